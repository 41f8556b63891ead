"""Measure the reference's networks over seeds, and write `measured.json`. `make measure HW=mlp_cw2` runs it.

For each network and seed: the mean absolute gradient of each layer as the network was made (at the handout's
size), and for each budget the losses while training, afterwards in training and in evaluation mode. Kept are
the median, the least and the largest over seeds.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from grader import Array
from grader.checks import Training, spread_of

from .. import data
from ..cases import BUDGETS, CLASSES, FILTERS, Budget
from . import solution

SEEDS = 12


def layers(network: nn.Module) -> list[Tensor]:
    """The weights of convolutions and of the linear layer, in order."""
    return [part.weight for part in network.modules() if isinstance(part, nn.Conv2d | nn.Linear)]


def as_made(name: str, seed: int) -> Array:
    """Mean absolute gradient of each layer's weight."""
    torch.manual_seed(seed)
    images, labels = map(torch.from_numpy, data.full(seed))
    network = solution.NETWORKS[name](tuple(images.shape), CLASSES, FILTERS)
    solution.gradients(network, images, labels)
    return np.array([float(weight.grad.double().abs().mean()) for weight in layers(network) if weight.grad is not None])


def trained(name: str, budget: Budget, seed: int) -> tuple[Array, float, float]:
    """Losses while training, and afterwards in training and in evaluation mode."""
    torch.manual_seed(seed)
    images, labels = map(torch.from_numpy, data.small(budget, seed))
    shape = (budget.batch, *images.shape[1:])
    network = solution.NETWORKS[name](shape, budget.classes, budget.filters).train()
    run = Training(network=network, images=images, labels=labels, budget=budget.training)
    run.run()
    with torch.no_grad():
        # Evaluation first: a pass in training mode would update the running statistics once more.
        evaluation = float(F.cross_entropy(network.eval()(images), labels))
        training = float(F.cross_entropy(network.train()(images), labels))
    return np.array(run.losses), training, evaluation


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """All networks."""
    found: dict[str, Any] = {}
    for name in solution.NETWORKS:
        entry: dict[str, Any] = {"gradients": spread_of([as_made(name, seed) for seed in range(SEEDS)])}
        for budget in BUDGETS.values():
            runs = [trained(name, budget, seed) for seed in range(SEEDS)]
            parts = zip(("losses", "training", "evaluation"), zip(*runs, strict=True), strict=True)
            entry[budget.id] = {part: spread_of(list(values)) for part, values in parts}
            print(
                f"{name}, {budget.id}: {entry[budget.id]['training']} {entry[budget.id]['evaluation']}", file=sys.stderr
            )
        found[name] = entry
    return {"seeds": SEEDS, "networks": found}
