"""Hidden weights, drawn from a seed in the same way inside the sandbox and outside. Needs no PyTorch."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .served import Array

FIRST_STATISTIC = 1000  # of the hidden numbers; those before it are for parameters
KEPT, MOST_NUMBERS = 256, 1 << 15  # arrays, and numbers in one of them: at most 32 MiB
DRAWN_SHAPES = ((), (7,), (64, 10), (8, 4, 3, 3), (500,))


def hidden_parameter(seed: int, index: int, shape: Sequence[int]) -> Array:
    """Weights that nobody can foresee, of a size that keeps signals alive. Outside makes the same ones."""
    shape = tuple(shape)
    return _kept(seed, index, shape).copy() if math.prod(shape) <= MOST_NUMBERS else _drawn(seed, index, shape)


@lru_cache(maxsize=KEPT)  # a network is filled again for each mode, and those of a class mostly have the same shapes
def _kept(seed: int, index: int, shape: tuple[int, ...]) -> Array:
    return _drawn(seed, index, shape)


def _drawn(seed: int, index: int, shape: tuple[int, ...]) -> Array:
    values = np.random.default_rng([seed, index]).standard_normal(shape)
    fan_in = math.prod(shape[1:]) if len(shape) > 1 else 0
    scaled = values * np.sqrt(2 / fan_in) if fan_in else 0.5 + 0.4 * values
    return np.asarray(scaled, np.float32)


def hidden_statistic(seed: int, index: int, shape: Sequence[int]) -> Array:
    """A running mean or variance, all above zero, that nobody can foresee."""
    values: Array = np.abs(hidden_parameter(seed, FIRST_STATISTIC + index, shape)) + np.float32(0.2)
    return values


def hidden_digest(seed: int) -> str:
    """What tells whether two machines, or two versions of NumPy or of this module, draw the same hidden weights."""
    digest = hashlib.sha256()
    for index, shape in enumerate(DRAWN_SHAPES):
        digest.update(hidden_parameter(seed, index, shape).tobytes())
        digest.update(hidden_statistic(seed, index, shape).tobytes())
    return digest.hexdigest()
