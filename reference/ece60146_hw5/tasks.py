"""What the criteria ask for: a network of skip blocks, trained here, and the matrices in its report."""

from __future__ import annotations

from pathlib import Path

from grader import Evidence
from grader.checks import (
    USUAL_VALUES,
    ChosenNetwork,
    Document,
    HeldOutBudget,
    MatrixOfEachRate,
    TrainedHere,
    the_report,
)

from . import data, settings
from .words import ABOUT, HOMEWORK

HERE = Path(__file__).parent
NETWORK = ChosenNetwork(
    named=r"hw_?0?5",
    earlier=r"^(hw_?0?4_?)?net_?[123]$|hw_?0?4",  # the networks of homework 4
    course_module="DLStudio",
    classes=data.CLASSES,
    shape=(3, data.SIZE, data.SIZE),
    images="hw5.images",
    served=settings.served,
    values=((r"dls|dl_?studio|parent", None), *USUAL_VALUES),
    wanted="a network built from SkipBlocks",
)


def report(evidence: Evidence) -> Document:
    """The report. Raises MissingEvidence: the student's fault if it is no PDF, ours if its text cannot be read."""
    return the_report(evidence, HOMEWORK, "the report hw5.pdf", HERE / "starter" / "report.md")


def trained(budget: HeldOutBudget) -> TrainedHere:
    """The network trained within a budget, on the embedded images or on the instructor's."""
    return TrainedHere(
        network=NETWORK,
        budget=budget,
        rates=settings.LEARNING_RATES,
        train_images="hw5.train.images",
        train_labels="hw5.train.labels",
        held_out=settings.held_out,
        measured=HERE / "hidden" / "spread.json",
        data=settings.data_name(settings.IMAGES),
    )


def matrices(training: TrainedHere) -> MatrixOfEachRate:
    """The confusion matrices of the report; those of the training here are shown beside them."""
    return MatrixOfEachRate(
        classes=data.CLASSES,
        images=settings.TEST_IMAGES,
        about=ABOUT,
        report=report,
        recomputed=training.matrices,
    )
