"""Inputs of timed calls: drawn in the box from numbers that nobody knew before, and outside from the same again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .channel import Array


def names_and_shapes(request: Mapping[str, Any]) -> list[tuple[str, tuple[int, ...]]]:
    """In the order of the arguments."""
    return [(name, tuple(shape)) for name, shape in request["shapes"]]


def draw(request: Mapping[str, Any], seed: int) -> dict[str, Array]:
    """Normal numbers, float32, `scale` times as large."""
    rng = np.random.default_rng(seed)
    return {
        name: (request["scale"] * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in names_and_shapes(request)
    }
