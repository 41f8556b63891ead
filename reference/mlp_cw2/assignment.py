"""MLP coursework 2: why a VGG with 38 layers does not train, and how it does (University of Edinburgh)."""

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import plotted_gradients

from . import batch_norm, data, diagnosis, residual, restored
from .cases import FULL, probes
from .grad_flow import FLOW
from .hidden import discussion

ASSIGNMENT = Assignment(
    title="Gradient flow, and a VGG_38 that trains",
    course="Machine Learning Practical, coursework 2",
    rubric=[
        Criterion("grad_flow", "Gradient flow is plotted", 20, plotted_gradients(FLOW)),
        Criterion("diagnosis", "Results show the problem", 10, diagnosis.check),
        Criterion("batch_norm", "Batch normalization works", 20, batch_norm.check),
        Criterion("residual", "Residual connections work", 20, residual.check),
        Criterion("gradients_restored", "The gradient is restored", 10, restored.check),
        Criterion(
            "discussion",
            "Hypothesis, literature, experiments",
            20,
            guide=discussion.GUIDE,
            shows=discussion.shows,
        ),
    ],
    probes=probes(FULL),
    entry={
        r"class\s+\w*Block\w*\s*\(": 4,
        r"BatchNorm|batch_norm": 3,
        r"class\s+ConvolutionalNetwork": 2,
        r"def\s+\w*grad_flow": 2,
        r"pytorch_mlp_framework|nn\.Module": 1,
    },
    data=data.served(FULL),
    code="definitions",
    usual_cpu_s=11,
    limits=Limits(cpu_s=100, wall_s=600, memory_mib=3072),
    hand_in=[HandIn("coursework_2.zip", ("*.py", "*.ipynb", "*.sh", "*.csv", "*.pdf"), archive=True)],
)
