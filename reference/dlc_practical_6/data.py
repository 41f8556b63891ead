"""Images in CIFAR-10's form, drawn from the batch's secret seed: textures whose pattern depends on the class."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from grader import Array

TRAIN, TEST = 1000, 200
FULL_SIZES: dict[str, Array] = {"cifar10.size": np.array([50_000, 10_000])}
BLOCK_INPUT, NETWORK_INPUT = "hidden.block", "hidden.images"


@lru_cache(maxsize=4)
def served(seed: int) -> dict[str, Array]:
    """All arrays that are sent into the sandbox: the data set's two halves and hidden inputs for block and network."""
    random = np.random.default_rng([seed, 6])
    patterns = random.standard_normal((10, 3, 4, 4))
    arrays: dict[str, Array] = {}
    for half, size in (("train", TRAIN), ("test", TEST)):
        labels = random.integers(10, size=size)
        arrays[f"cifar10.{half}.images"] = _images(random, patterns[labels])
        arrays[f"cifar10.{half}.labels"] = labels.astype(np.int64)
    arrays[BLOCK_INPUT] = random.standard_normal((4, 10, 8, 8)).astype(np.float32)
    arrays[NETWORK_INPUT] = random.standard_normal((2, 3, 32, 32)).astype(np.float32)
    return arrays


def _images(random: np.random.Generator, patterns: Array) -> Array:
    """N × 3 × 4 × 4 patterns → N × 32 × 32 × 3 uint8, each shifted and with noise of its own."""
    coarse = patterns + 0.7 * random.standard_normal(patterns.shape)
    smooth = coarse.repeat(8, axis=2).repeat(8, axis=3)
    smooth = (smooth + np.roll(smooth, 4, axis=2) + np.roll(smooth, 4, axis=3)) / 3
    noisy = smooth + 0.3 * random.standard_normal(smooth.shape)
    return np.clip(128 + 50 * noisy, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1).copy()
