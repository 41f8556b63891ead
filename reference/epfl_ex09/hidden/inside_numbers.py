"""Hidden numbers that the box draws for itself, drawn again here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.inside.building import hidden_parameter
from grader.sandbox.protocol import Array

FIRST_BUFFER = 1000  # as in inside/networks.py, which cannot be imported outside of a box


def hidden_buffer(inside_seed: int, index: int, shape: Sequence[int]) -> Array:
    """Running statistics, all above zero."""
    values: Array = np.abs(hidden_parameter(inside_seed, FIRST_BUFFER + index, shape)) + np.float32(0.2)
    return values
