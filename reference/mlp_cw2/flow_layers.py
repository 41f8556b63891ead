"""The layers of the given networks, with the gradients that `plot_grad_flow` is given here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from grader import Array, weights_seed

from . import data
from .cases import CLASSES, FLOW_FILTERS
from .given import NETWORKS

Reduction = Callable[[Array], Array | float]


@dataclass(frozen=True)
class Layers:
    """The parameters of one network: names, gradients and weights."""

    network: str
    names: tuple[str, ...]
    gradients: tuple[Array, ...]
    weights: tuple[Array, ...]

    def chosen(self, kind: str) -> list[int]:
        """Indices of `weights`, of `convolutions` (no batch normalization), or of `all` parameters."""
        return [
            index
            for index, name in enumerate(self.names)
            if kind == "all" or ("bias" not in name and (kind == "weights" or "bn" not in name))
        ]

    def reduced(self, kind: str, reduce: Reduction, *, of_weights: bool = False) -> Array:
        """One number for each chosen parameter."""
        values = self.weights if of_weights else self.gradients
        return np.array([float(reduce(values[index].astype(np.float64))) for index in self.chosen(kind)])


def mean_absolute(values: Array) -> float:
    """What is asked for."""
    return float(np.abs(values).mean())


def layers(network: str, seed: int) -> Layers:
    """The given network as the box made it."""
    torch.manual_seed(weights_seed(seed))
    made = NETWORKS[network]((2, 3, 8, 8), CLASSES, FLOW_FILTERS)
    weights = tuple(parameter.detach().numpy() for parameter in made.parameters())
    names = tuple(name for name, _ in data.parameters(network))
    return Layers(network, names, tuple(data.gradients(network, seed)), weights)
