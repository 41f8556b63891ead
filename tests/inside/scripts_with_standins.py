"""Scripts that use data sets, a GPU, a keyboard, a network and absent packages, and tell what they saw."""

from __future__ import annotations

DATASETS = """
from facts import fact, attempt
import torch, torchvision
from torchvision import datasets, transforms
from torchvision.transforms import ToTensor
from torchvision.datasets import CIFAR10
from torchvision.datasets.mnist import FashionMNIST
import torchvision.transforms as T

train = datasets.CIFAR10(root="./data", train=True, download=True, transform=transforms.ToTensor())
test = torchvision.datasets.CIFAR10("./data", False, T.Compose([T.ToTensor(), T.Normalize((0.5,) * 3, (0.5,) * 3)]),
                                    lambda label: label + 100)
fact("lengths", [len(train), len(test)])
fact("data", [type(train.data).__name__, str(train.data.dtype), list(train.data.shape)])
fact("targets", [type(train.targets).__name__, train.targets])
fact("sums", [int(train.data.sum()), int(test.data.sum())])
image, label = train[3]
fact("image", [list(image.shape), str(image.dtype), float(image.max()) <= 1, label == train.targets[3]])
fact("test", [float(test[0][0].min()) < 0, test[0][1] - 100 == test.targets[0]])
fact("class", [train.classes[3], train.class_to_idx["truck"], isinstance(train, torch.utils.data.Dataset)])
raw = CIFAR10("data")
fact("pil", [type(raw[0][0]).__name__, raw[0][0].size, raw[0][0].mode])

loader = torch.utils.data.DataLoader(train, batch_size=8, shuffle=True, num_workers=2)
fact("batches", sorted(list(images.shape) + list(labels.shape) for images, labels in loader))
subset, rest = torch.utils.data.random_split(train, [15, 5])
fact("split", [len(subset), len(rest)])

digits = datasets.MNIST(root="x", train=True, download=False)
fact("mnist", [type(digits.data).__name__, str(digits.data.dtype), list(digits.data.shape), str(digits.targets.dtype),
               list(digits.train_labels.shape), digits[0][0].mode, type(digits[0][1]).__name__])
attempt("unknown", lambda: datasets.SVHN("data", split="train", download=True))
attempt("not served", lambda: FashionMNIST("data"))
attempt("no such name", lambda: datasets.download_url)
"""

MODELS = """
from facts import fact, attempt
import torchvision
fact("attribute", torchvision.models.alexnet.__name__)
from torchvision import models, ops
from torchvision.models import resnet18
fact("resnet", sum(p.numel() for p in resnet18(num_classes=10).parameters()) > 1e7)
fact("vgg", torchvision.models.vgg11 is models.vgg11)
fact("version", torchvision.__version__[0].isdigit())
import torch
fact("iou", ops.box_iou(torch.tensor([[0.0, 0, 1, 1]]), torch.tensor([[0.0, 0, 1, 2]])).item())
fact("registered", str(torch.ops.torchvision.nms.default._schema))
attempt("absent", lambda: torchvision.no_such_part)
fact("grid", list(torchvision.utils.make_grid(torch.zeros(4, 3, 8, 8)).shape))
"""

PRACTICAL = """
from facts import fact
import dlc_practical_prologue as prologue
import torch
train_input, train_target, test_input, test_target = prologue.load_data(cifar=True, one_hot_labels=True,
                                                                        normalize=True, flatten=False)
fact("shapes", [list(t.shape) for t in (train_input, train_target, test_input, test_target)])
fact("normal", [abs(train_input.mean().item()) < 1e-4, abs(train_input.std().item() - 1) < 1e-4])
fact("one hot", train_target.sum(1).tolist())
flat = prologue.load_data(cifar=False)
fact("mnist", [list(flat[0].shape), flat[0].max().item() > 200, str(flat[1].dtype)])
fact("args", prologue.args.full)
"""

HARD_CODED = """
from facts import fact, attempt
import torch
from torch import nn
device = torch.device("cuda")
gpu = 1
net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).cuda()
net = net.to(device).to("cuda:0").to(0).to(device=device, dtype=torch.float32).cuda(0)
fact("net", {str(p.device) for p in net.parameters()} == {"cpu"})
x = torch.randn(2, 3, device=device)
y = torch.zeros(2, 3, device="cuda:0") + torch.ones(2, 3).cuda() + torch.tensor(1.0, device="cuda").to(device)
z = torch.zeros(2, 3, device=f"cuda:{gpu}") + torch.rand(3, device=0) + x.new_zeros(3, device=device)
fact("forward", list(net(x + y + z.to("cuda", non_blocking=True).to(0)).shape))
generator = torch.Generator(device="cuda").manual_seed(3)
numbers = torch.randperm(5, generator=generator, device=device)
fact("generator", [isinstance(generator, torch.Generator), list(numbers.shape)])
torch.cuda.manual_seed_all(0); torch.cuda.synchronize(); torch.cuda.empty_cache(); torch.cuda.set_device(0)
fact("names", [torch.cuda.get_device_name(0), torch.cuda.current_device()])
torch.save(net.state_dict(), "net.pt")
for place in ("cuda", "cuda:0", device):
    net.load_state_dict(torch.load("net.pt", map_location=place))
fact("loss", nn.CrossEntropyLoss().cuda()(net(x), torch.zeros(2, dtype=torch.long, device=device)).dim())
fact("linear", str(nn.Linear(3, 3, device="cuda").weight.device))
with torch.device("cuda"):
    fact("context", str(torch.ones(3).device))
torch.set_default_device("cuda")
fact("default", str(torch.ones(3).device))
torch.set_default_device(None)
x.requires_grad_()
(x.cuda() ** 2).sum().backward()
fact("gradient", x.grad is not None)
fact("available", torch.cuda.is_available())
fact("vmap", list(torch.func.vmap(lambda row: row.to(device) * 2)(x).shape))
"""

CONDITIONAL = """
from facts import fact
import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
fact("device", str(device))
fact("sum", torch.ones(3, device=device).to(device).sum().item())
if torch.cuda.is_available():
    raise RuntimeError("there is none")
"""

EVERYDAY = """
from facts import fact, attempt
import argparse, sys, urllib.request
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=3)
fact("arguments", [parser.parse_args().epochs, sys.argv])
attempt("input", lambda: input("How many? "))
attempt("urlopen", lambda: urllib.request.urlopen("https://example.org/data.zip"))
attempt("urlretrieve", lambda: urllib.request.urlretrieve("https://example.org/data.zip", "data.zip"))
attempt("shell", lambda: get_ipython().run_line_magic("matplotlib", "inline"))
display("shown")

from google.colab import drive, files
drive.mount("/content/drive", force_remount=True)
files.download("model.pt")
import os
from pathlib import Path
here = os.getcwd()
for elsewhere in ("/content/drive/MyDrive/course", Path("/home/me/practicals"), "C:/Users/me", "~/work"):
    os.chdir(elsewhere)
fact("stayed", os.getcwd() == here)
attempt("relative", lambda: os.chdir("no such folder"))
os.mkdir("figures"); os.chdir(os.path.abspath("figures"))
fact("went", os.path.basename(os.getcwd()))
os.chdir("..")
import multiprocessing, os, torch.multiprocessing
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool
def where(number): return [number, os.getpid() == here]
here = os.getpid()
pools = [Pool(2), multiprocessing.Pool(processes=2), multiprocessing.get_context("spawn").Pool(2),
         torch.multiprocessing.Pool(2)]
fact("pools", [pool.map(where, [1, 2]) for pool in pools])
with ProcessPoolExecutor(2, mp_context=None) as executor:
    fact("executor", list(executor.map(where, [1, 2])))
attempt("upload", lambda: files.upload())

from tqdm import tqdm, trange
from tqdm.auto import tqdm as auto
from tqdm.notebook import tqdm as in_notebooks
bar = tqdm([1, 2, 3], desc="x")
bar.set_description("y")
fact("tqdm", [sum(bar), len(bar), list(trange(2)), list(auto(range(2))), list(in_notebooks(range(2)))])
with auto(total=3) as bar:
    bar.update(1)

import seaborn as sns, wandb, torchsummary, IPython.display
sns.set_theme(style="whitegrid"); sns.set()
attempt("seaborn", lambda: sns.lineplot(x=[1], y=[2]))
wandb.init(project="x")
torchsummary.summary(None, (3, 32, 32))
import scienceplots, tikzplotlib
tikzplotlib.save("norms.tex")
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter("runs") as writer:
    writer.add_scalar("loss", 1.0, 0)
attempt("other", lambda: __import__("no_such_package"))
"""
