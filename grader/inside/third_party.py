"""Packages of other people's that homework in this field imports: if one is not installed, that is no student's fault.

A module of any other name that cannot be found is taken for a file that was not handed in.
"""

from __future__ import annotations

_LIST = """
accelerate albumentations ale_py apex astropy autograd axial_positional_embedding bitsandbytes bokeh boto3
botorch bs4 captum catboost chainer clearml clip cma comet_ml coremltools cupy cv2 cvxpy cython dask datasets
deepspeed dgl diffusers dill dm_control dotenv e3nn easydict efficientnet_pytorch einops escnn evaluate
face_recognition fairscale faiss fastai fastapi fastprogress fasttext flair flash_attn flask flax foolbox
fvcore gdown gensim geopandas google gpytorch gradio graphviz gym gymnasium h5py hiddenlayer huggingface_hub
hydra ignite imageio imblearn imgaug ipdb ipykernel ipywidgets jax jaxlib jaxtyping jieba joblib jupyter k3d
kaggle keras kornia librosa lightgbm lightning line_profiler livelossplot lmdb lpips lxml mamba_ssm
matplotlib_inline mediapipe medmnist memory_profiler mlflow mlxtend mmcv mmdet monai more_itertools moviepy
mpi4py mpl_toolkits msgpack mujoco music21 natsort neptune netCDF4 networkx nibabel nltk notebook numba
numexpr nvidia ogb omegaconf onnx onnxruntime open_clip openai opencv openpyxl optuna orjson pandas patsy peft
pettingzoo PIL plotly plotnine polars portalocker pprintpp prettytable psutil ptflops pyarrow pycocotools
pydantic pydicom pydot pygame pyglet pymc pymsgbox pynvml pyro pytorch_grad_cam pytorch_lightning
pytorch_metric_learning pytorch_model_summary pytorch_msssim pytorch_wavelets pytorchvideo pyvista pywt ray
regex requests rich sacrebleu sacred scienceplots scikitplot seaborn segmentation_models_pytorch
sentence_transformers sentencepiece setproctitle shap skimage sklearn skorch skvideo snntorch soundfile spacy
speechbrain stable_baselines3 statsmodels streamlit summarytools supervision sympy tabulate tensorboard
tensorboard_logger tensorboardX tensorboardx tensordict tensorflow tensorflow_datasets tensorly termcolor thop
tifffile tiktoken tikzplotlib timm tokenizers toml torch_cluster torch_geometric torch_scatter torch_sparse
torchattacks torchaudio torchbearer torchdata torchdiffeq torcheval torchgeo torchinfo torchio torchlens
torchmetrics torchrl torchsample torchsde torchsummary torchsummaryX torchtext torchtoolbox torchtyping
torchview torchvision torchviz tqdm traitlets transformers triton trl typeguard typer typing_extensions ujson
ultralytics umap visdom vit_pytorch wandb wget wordcloud x_transformers xarray xformers xgboost yacs yaml
yellowbrick yolov5 zarr
"""
NAMES = frozenset(_LIST.split())
