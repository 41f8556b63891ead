"""Whether weights have the scale that an initialiser gives, or one that was built on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from grader.checks.operations import Network
from grader.sandbox.protocol import Array

# Root mean squares. PyTorch's default, Kaiming, Xavier, orthogonal, truncated normal and dirac weights lie between 0.01
# and 2; people also draw normal weights with a deviation of 0.001 to 1. Zeros are given to biases and to the scale of
# a last batch norm, and by some recipes to a last layer.
LEAST, MOST = 1e-4, 30.0
LEAST_OF_VECTORS, MOST_OF_VECTORS = 1e-9, 100.0
LEAST_FACTOR, MOST_FACTOR = 1e-6, 1e6
FACTORS = ("mul", "multiply", "div", "divide", "true_divide")


def unusual_scales(weights: Mapping[str, Array]) -> list[str]:
    """What is strange about the weights (parameters by name), one sentence each; empty if nothing is.

    Arrays of two or more dimensions are weights of layers, others biases and the like. Zeros are not strange.
    """
    return [problem for name, weight in weights.items() for problem in _strange(name[:80], np.asarray(weight))]


def root_mean_square(weight: Array) -> float:
    """The scale of an array of numbers; 0 for an empty one."""
    if not weight.size:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean(np.square(weight.astype(np.float64)))))


def _strange(name: str, weight: Array) -> Iterator[str]:
    if weight.dtype.kind not in "fiub":
        return
    scale = root_mean_square(weight)
    if not np.isfinite(scale):
        yield f"{name} holds numbers that are not finite"
    elif weight.ndim >= 2 and scale and not LEAST <= scale <= MOST:
        yield f"{name} has a root mean square of {scale:.1e}, expected {LEAST:g} to {MOST:g}"
    elif weight.ndim < 2 and scale and not LEAST_OF_VECTORS <= scale <= MOST_OF_VECTORS:
        yield f"{name} has a root mean square of {scale:.1e}, expected {LEAST_OF_VECTORS:g} to {MOST_OF_VECTORS:g}"


def unusual_factors(network: Network) -> list[str]:
    """Numbers that a forward pass multiplies or divides by and that would hide everything, one sentence each."""
    constants = [
        part
        for node in network.reached()
        if node.name in FACTORS
        for part in node.args
        if isinstance(part, int | float) and not isinstance(part, bool)
    ]
    strange = dict.fromkeys(part for part in constants if not LEAST_FACTOR <= abs(part) <= MOST_FACTOR)
    return [f"its forward pass multiplies or divides by {part:.1e}" for part in strange]
