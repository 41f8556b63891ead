"""Homework 5: a deep classifier from SkipBlocks (ECE 60146, Purdue)."""

from decimal import Decimal

from grader import Assignment, Criterion, HandIn, LatePolicy, Limits
from grader.checks import (
    HeldOutBudget,
    archive_of_programs,
    as_accurate,
    enough_layers,
    enough_skip_blocks,
    learns_at_each_rate,
    logits,
    matrix_of_each_rate,
)

from . import report, tasks
from .hidden import guides, observations
from .settings import BUDGET
from .words import ABOUT, HOMEWORK

LAYERS, BLOCKS = 40, 20


def with_budget(budget: HeldOutBudget) -> Assignment:
    """The assignment, with so much training."""
    trained = tasks.trained(budget)
    matrices = tasks.matrices(trained)
    return Assignment(
        title="A deep classifier from SkipBlocks",
        course="ECE 60146, homework 5",
        rubric=[
            Criterion(
                "archive",
                "hw5.zip and hw5.pdf",
                5,
                archive_of_programs("hw5.zip", "hw5.pdf", HOMEWORK, trained_again=True),
            ),
            Criterion(
                "layers", "At least 40 learnable layers", 10, enough_layers(tasks.NETWORK, LAYERS, blocks=BLOCKS)
            ),
            Criterion("skip_blocks", "At least 20 working skip blocks", 15, enough_skip_blocks(tasks.NETWORK, BLOCKS)),
            Criterion("forward", "Logits for 3 × 64 × 64 images", 10, logits(tasks.NETWORK)),
            Criterion(
                "training", "It learns at two learning rates", 15, learns_at_each_rate(trained, ABOUT, tasks.report)
            ),
            Criterion("accuracy", "Accuracy", 10, as_accurate(trained, matrices)),
            Criterion(
                "confusion_matrix", "A confusion matrix for each learning rate", 15, matrix_of_each_rate(matrices)
            ),
            Criterion("report", "The report", 10, report.check),
            Criterion(
                "observations",
                "Observations, in comparison with Net3",
                10,
                shows=observations.shows(trained),
                guide=guides.OBSERVATIONS,
            ),
        ],
        entry={
            r"hw_?0?5": 3,
            r"class\s+\w*(Net|HW5)\w*\s*\(": 3,
            r"class\s+\w*(Skip|Res)\w*\s*\(": 3,
            r"(Skip|Res)\w*Block\s*\(|BMEnet": 2,
            r"nn\.Module|nn\.Sequential": 1,
            r"class\s+DLStudio": -6,
        },
        # The training alone may take 1,200 CPU seconds on a slow machine, and its weights come back.
        usual_cpu_s=10,
        limits=Limits(cpu_s=1500, wall_s=5400, memory_mib=4096, result_mib=320),
        late_policy=LatePolicy(points_per_day=Decimal(10), days=5),
        code="definitions",
        documents=("*.pdf",),
        hand_in=[HandIn("hw5.zip", ("*.py",), archive=True), HandIn("hw5.pdf", ("*.pdf",))],
        report_rules=("confusion_matrix", "report"),
    )


ASSIGNMENT = with_budget(BUDGET)
