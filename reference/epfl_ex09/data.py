"""Real handwritten digits in MNIST's form and hidden inputs, drawn from the batch's secret seed."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any

import numpy as np

from grader import Array
from grader.checks import loop_samples

TRAIN, VALIDATION = 131, 43  # neither is a multiple of the batch sizes asked for
NETWORK_IMAGES = {20: 3, 28: 2, 33: 1, 56: 2}  # width: batch size
BLOCK_CHANNELS = (4, 6)
BLOCK_IMAGES = {8: 3, 9: 1}  # one image alone too: some blocks squeeze it, or take its own statistics
DATA_SETS = ("mnist", "fashion_mnist")
RANDOM_STATE = 9
TRAINING_IMAGES, TRAINING_LABELS = "hidden.training.images", "hidden.training.labels"


@lru_cache(maxsize=4)
def served(seed: int) -> dict[str, Array]:
    """What is sent into the sandbox: two data sets, inputs for the networks, samples for an epoch."""
    random = np.random.default_rng([seed, RANDOM_STATE])
    arrays = _data_sets(random)
    for width, count in NETWORK_IMAGES.items():
        arrays[images_of(width)] = random.standard_normal((count, 1, width, width)).astype(np.float32)
    for channels, (width, count) in itertools.product(BLOCK_CHANNELS, BLOCK_IMAGES.items()):
        shape: tuple[int, ...] = (count, channels, width, width)
        arrays[block_images_of(channels, width)] = random.standard_normal(shape).astype(np.float32)
    arrays[TRAINING_IMAGES], arrays[TRAINING_LABELS] = loop_samples(random)
    return arrays


def images_of(width: int) -> str:
    """The name of the hidden images of one width."""
    return f"hidden.images.{width}"


def block_images_of(channels: int, width: int) -> str:
    """The name of the hidden inputs of a block."""
    return f"hidden.block.{channels}.{width}"


def _data_sets(random: np.random.Generator) -> dict[str, Array]:
    """Different digits in each half of each data set; in FashionMNIST's place they are mirrored and bright."""
    images, labels = _digits()
    order = random.permutation(len(images))
    arrays: dict[str, Array] = {}
    for name in DATA_SETS:
        for half, size in (("train", TRAIN), ("test", VALIDATION)):
            taken, order = order[:size], order[size:]
            shown = images[taken] if name == "mnist" else 255 - images[taken][:, :, ::-1] // 2
            arrays[f"{name}.{half}.images"] = np.ascontiguousarray(shown)
            arrays[f"{name}.{half}.labels"] = labels[taken]
    return arrays


@lru_cache(maxsize=1)
def _digits() -> tuple[Array, Array]:
    """1797 digits (UCI's optical recognition of handwritten digits), 8 × 8, enlarged to N × 28 × 28 uint8."""
    from sklearn.datasets import load_digits

    small: Any = load_digits()
    position = (np.arange(28) + 0.5) * 8 / 28 - 0.5
    low = np.clip(np.floor(position).astype(int), 0, 6)
    part = np.clip(position - low, 0, 1)
    rows = small.images[:, low] * (1 - part)[None, :, None] + small.images[:, low + 1] * part[None, :, None]
    both = rows[:, :, low] * (1 - part) + rows[:, :, low + 1] * part
    images, first = np.unique(np.clip(both * 255 / 16, 0, 255).astype(np.uint8), axis=0, return_index=True)
    return images, small.target[first].astype(np.int64)
