"""Homework 5: a deep classifier from SkipBlocks (ECE 60146, Purdue)."""

from decimal import Decimal

from grader import Ask, Assignment, Criterion, HandIn, LatePolicy, Limits

from . import accuracy, archive, confusion, forward, layers, report, skip_blocks, training
from .data import CLASSES
from .hidden import guides, observations
from .settings import BUDGET, crossing

NETWORK = Ask("network", "network", [{"id": case, "classes": CLASSES} for case in ("structure", "forward")], seconds=40)

ASSIGNMENT = Assignment(
    title="A deep classifier from SkipBlocks",
    course="ECE 60146, homework 5",
    rubric=[
        Criterion("archive", "hw5.zip and hw5.pdf", 5, archive.check),
        Criterion("layers", "At least 40 learnable layers", 10, layers.check),
        Criterion("skip_blocks", "At least 20 working skip blocks", 15, skip_blocks.check),
        Criterion("forward", "Logits for 3 × 64 × 64 images", 10, forward.check),
        Criterion("training", "It learns at two learning rates", 15, training.check),
        Criterion("accuracy", "Accuracy", 10, accuracy.check, public=False),
        Criterion("confusion_matrix", "A confusion matrix for each learning rate", 15, confusion.check),
        Criterion("report", "The report", 10, report.check),
        Criterion(
            "observations",
            "Observations, in comparison with Net3",
            10,
            shows=observations.shows,
            guide=guides.OBSERVATIONS,
        ),
    ],
    probes=[NETWORK, BUDGET.probe(CLASSES)],
    entry={
        r"hw_?0?5": 3,
        r"class\s+\w*(Net|HW5)\w*\s*\(": 3,
        r"class\s+\w*(Skip|Res)\w*\s*\(": 3,
        r"(Skip|Res)\w*Block\s*\(|BMEnet": 2,
        r"nn\.Module|nn\.Sequential": 1,
        r"class\s+DLStudio": -6,
    },
    data=crossing,
    # The training alone may take 1,200 CPU seconds on a slow machine, and its weights come back.
    usual_cpu_s=10,
    limits=Limits(cpu_s=1500, wall_s=5400, memory_mib=4096, result_mib=320),
    late_policy=LatePolicy(points_per_day=Decimal(10), days=5),
    code="definitions",
    documents=("*.pdf",),
    hand_in=[HandIn("hw5.zip", ("*.py",), archive=True), HandIn("hw5.pdf", ("*.pdf",))],
    report_rules=("confusion_matrix", "report"),
)
