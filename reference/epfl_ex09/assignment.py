"""Exercise 9: convolutional and residual networks, Adam and SGDM, receptive fields (CS-433, EPFL)."""

from grader import Assignment, Criterion, HandIn, Limits

from . import data, dataloaders, given, preview
from .cases import PROBES
from .hidden import cells, guides, mlp_and_cnn, residual_block, theory_findings, train_epoch

ASSIGNMENT = Assignment(
    title="Convolutional and residual networks",
    course="Machine Learning, exercise 9",
    rubric=[
        Criterion("dataloaders", "Both loaders give what is asked", 10, dataloaders.check),
        Criterion("mlp", "get_mlp is the described network", 10, mlp_and_cnn.check_mlp, preview=preview.mlp),
        Criterion("cnn", "get_cnn is the described network", 10, mlp_and_cnn.check_cnn, preview=preview.cnn),
        Criterion("train_epoch", "train_epoch trains one epoch", 15, train_epoch.check, preview=preview.train_epoch),
        Criterion(
            "residual_block",
            "ResidualBlock is the described block",
            20,
            residual_block.check,
            preview=preview.residual_block,
        ),
        Criterion(
            "optimizer_state",
            "State of Adam and SGDM",
            10,
            theory_findings.check_optimizer_state,
            preview=preview.optimizer_state,
        ),
        Criterion(
            "receptive_field",
            "Widths and receptive field",
            15,
            theory_findings.check_receptive_field,
            preview=preview.receptive_field,
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
