"""What an instructor may want to change."""

from __future__ import annotations

from pathlib import Path

from grader import Array
from grader.checks import HeldOutBudget, ImageSource, image_folder

from . import data

# A folder of images by class (train/ and val/, as torchvision's ImageFolder reads them) to train on instead of
# the embedded digits. Measure the reference on it first: python -m grader.checks.measure ece60146_hw5 --images FOLDER
IMAGES: Path | None = None
BUDGET = HeldOutBudget()
LEARNING_RATES = (1e-3, 5e-4)
TEST_IMAGES = 400  # of each class, in the COCO subset of homework 4


def source(folder: Path | None) -> ImageSource:
    """The images of a batch by its seed: those of the folder, or the embedded ones."""
    return image_folder(folder, data.SIZE, data.TRAIN, data.HELD_OUT) if folder else data.digits


def data_name(folder: Path | None) -> str:
    """As `spread.json` calls it."""
    return folder.name if folder else "digits"


def served(seed: int) -> dict[str, Array]:
    """What goes into the sandbox."""
    return source(IMAGES)(seed).served("hw5", seed)


def held_out(seed: int) -> tuple[Array, Array]:
    """The images that networks are asked about outside, and their labels."""
    images = source(IMAGES)(seed)
    return images.held_out, images.held_out_labels
