"""Exercise 9: convolutional and residual networks, Adam and SGDM, receptive fields (CS-433, EPFL)."""

from functools import partial

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import data_loaders, network_as_described, right_answers, training_loop

from . import data, given
from .cases import CNN, LOADERS, MLP, PROBES, RESIDUAL, TRAINING
from .hidden import cells, derivations, guides, network_hints, residual_block, solution, theory_questions
from .theory_calls import OPTIMIZER_FUNCTIONS, SHEET, WIDTH_FUNCTIONS

_described = partial(
    network_as_described, hints=network_hints.HINTS, sizes="image sizes", counted=("28", "28 × 28 images")
)
SOURCE = "The right values come from taking the steps, and from PyTorch's own convolutions."

ASSIGNMENT = Assignment(
    title="Convolutional and residual networks",
    course="Machine Learning, exercise 9",
    rubric=[
        Criterion("dataloaders", "Both loaders give what is asked", 10, data_loaders(LOADERS)),
        Criterion("mlp", "get_mlp is the described network", 10, _described(MLP, solution.get_mlp)),
        Criterion("cnn", "get_cnn is the described network", 10, _described(CNN, solution.get_cnn)),
        Criterion("train_epoch", "train_epoch trains one epoch", 15, training_loop(TRAINING, solution.train_epoch)),
        Criterion(
            "residual_block",
            "ResidualBlock is the described block",
            20,
            residual_block.check,
            preview=RESIDUAL.right_shapes,
        ),
        Criterion(
            "optimizer_state",
            "State of Adam and SGDM",
            10,
            right_answers(
                SHEET,
                OPTIMIZER_FUNCTIONS,
                theory_questions.OPTIMIZER_STATE,
                key="optimizers",
                source=SOURCE,
                derived=derivations.optimizers(),
            ),
        ),
        Criterion(
            "receptive_field",
            "Widths and receptive field",
            15,
            right_answers(
                SHEET,
                WIDTH_FUNCTIONS,
                theory_questions.RECEPTIVE_FIELD,
                key="widths",
                source=SOURCE,
                derived=derivations.widths(),
            ),
        ),
        Criterion("discussion", "What the experiments show", 10, shows=cells.show, guide=guides.DISCUSSION),
    ],
    probes=PROBES,
    entry={
        r"get_?dataloaders": 2,
        r"get_?mlp|class\s+MLP": 2,
        r"get_?cnn|class\s+CNN": 2,
        r"def\s+train_?epoch": 2,
        r"class\s+Residual_?Block": 2,
        r"def\s+(?:adam|sgdm)_(?:constant_gradient|values_per_parameter)": 1,
        r"def\s+(?:receptive_field|conv1d_\w+)": 1,
    },
    data=data.served,
    code="definitions",
    long_running=("train_epoch", "run_training"),
    given=given.recognise,
    usual_cpu_s=3,
    limits=Limits(cpu_s=30, wall_s=300, memory_mib=3072),
    hand_in=[
        HandIn("", ("*.ipynb", "ex*.py")),
        HandIn("theory.py", ("theory.py",)),
        HandIn("discussion.pdf", ("*.pdf",), required=False),
    ],
)
