"""The layers of a network with the gradients that a plot of them is given, and one number for each layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from grader.sandbox.protocol import Array

Reduction = Callable[[Array], Array | float]
KINDS = ("weights", "convolutions", "all")  # all but the biases; without normalisations either; everything


@dataclass(frozen=True)
class LayerGradients:
    """The parameters of one network, in order: names, gradients and weights."""

    network: str
    names: tuple[str, ...]
    gradients: tuple[Array, ...]
    weights: tuple[Array, ...]

    def chosen(self, kind: str) -> list[int]:
        """Indices of `weights`, of `convolutions` (and linear maps: no normalisation), or of `all` parameters."""
        return [index for index, name in enumerate(self.names) if kind == "all" or self._is_layer(index, name, kind)]

    def _is_layer(self, index: int, name: str, kind: str) -> bool:
        return "bias" not in name and (kind == "weights" or self.weights[index].ndim > 1)

    def reduced(self, kind: str, reduce: Reduction, *, of_weights: bool = False) -> Array:
        """One number for each chosen parameter."""
        values = self.weights if of_weights else self.gradients
        return np.array([float(reduce(values[index].astype(np.float64))) for index in self.chosen(kind)])


@dataclass(frozen=True)
class FlowFigure:
    """What is plotted of a layer's gradient: in words, as a noun, of any values, at the axis, as a function, in code.

    `todo` says what to do about another figure.
    """

    words: str
    noun: str
    of_values: str
    axis: str
    reduce: Reduction
    code: str
    todo: str


MEAN_ABSOLUTE = FlowFigure(
    "mean absolute gradient",
    "mean",
    "the mean absolute value",
    "mean |gradient|",
    lambda values: float(np.abs(values).mean()),
    "param.grad.abs().mean()",
    "take the absolute value first, then the mean: param.grad.abs().mean()",
)
NORM = FlowFigure(
    "gradient norm",
    "norm",
    "the L2 norm",
    "norm of the gradient",
    lambda values: float(np.sqrt((values**2).sum())),
    "param.grad.norm()",
    "the root of the sum of squares: param.grad.norm()",
)


def drawn_gradients(random: np.random.Generator, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """One gradient for each parameter: both signs, a mean that is not zero, and a size of its own; float32."""
    found = []
    for shape in shapes:
        size = 10 ** random.uniform(-3, 0)
        offset = random.choice([-1, 1]) * random.uniform(0.2, 0.7)
        found.append((size * (random.standard_normal(shape) + offset)).astype(np.float32))
    return found
