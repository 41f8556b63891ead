"""A small training set-up of our own for a student's training loop, the same inside the sandbox and outside.

The network has batch normalization, so that training mode shows in its numbers; the last batch is a short one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .building import hidden_parameter

SIZE, COUNT, BATCH = 8, 103, 8  # pixels, samples, samples in a batch: 13 batches, the last one of 7
BATCHES = -(-COUNT // BATCH)
CHANNELS, CLASSES = 4, 2  # so few that hardly any batch has no right answer at all
# By case: what is used, in words.
OPTIMIZERS = {"adam": "Adam", "sgd": "SGD with momentum"}
SCHEDULERS = {"adam": "cosine annealing", "sgd": "falling rate"}
CRITERIA = {"adam": "cross-entropy", "sgd": "smoothed labels"}
# Kinds of entries in what a loop returns: a tensor without gradient is a number in all but its name.
KEPT_TENSOR, PLAIN_TENSOR = "Tensor", "Tensor without gradient"


def network(seed: int) -> nn.Sequential:
    """Convolution, batch normalization, ReLU, pooling, linear layer, with hidden weights; in evaluation mode."""
    made = nn.Sequential(
        nn.Conv2d(1, CHANNELS, 3, padding=1, bias=False),  # a bias would get rounding alone as its gradient
        nn.BatchNorm2d(CHANNELS),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * CHANNELS, CLASSES),
    )
    with torch.no_grad():
        for index, weights in enumerate(made.parameters()):
            weights.copy_(torch.from_numpy(hidden_parameter(seed, index, tuple(weights.shape))))
    return made.eval()


def optimizer(case: str, parameters: Any, kind: Callable[[type], type] = lambda known: known) -> Any:
    """Adam or SGD with momentum, by the case's id. `kind` may put a class of its own in place of PyTorch's."""
    if case == "adam":
        return kind(torch.optim.Adam)(parameters, lr=0.02)
    return kind(torch.optim.SGD)(parameters, lr=0.1, momentum=0.8)


def scheduler(case: str, optimizer: Any, kind: Callable[[type], type] = lambda known: known) -> Any:
    """Cosine annealing, or a rate that falls by a tenth at each step."""
    if case == "adam":
        return kind(torch.optim.lr_scheduler.CosineAnnealingLR)(optimizer, T_max=2 * BATCHES)
    return kind(torch.optim.lr_scheduler.ExponentialLR)(optimizer, gamma=0.9)


def criterion(case: str) -> Callable[[Tensor, Tensor], Tensor]:
    """Cross-entropy, or that with smoothed labels: the loss is the caller's choice."""
    return lambda output, target: F.cross_entropy(output, target, label_smoothing=0.0 if case == "adam" else 0.2)


def samples(random: np.random.Generator) -> tuple[Any, Any]:
    """Images (N × 1 × size × size, float32) and their labels (N, int64)."""
    images = random.standard_normal((COUNT, 1, SIZE, SIZE)).astype(np.float32)
    return images, random.integers(CLASSES, size=COUNT).astype(np.int64)


def batches(images: Any, labels: Any) -> list[tuple[Tensor, Tensor]]:
    """The samples in order."""
    starts = range(0, COUNT, BATCH)
    return [
        (torch.from_numpy(np.array(images[at : at + BATCH])), torch.from_numpy(np.array(labels[at : at + BATCH])))
        for at in starts
    ]


def sizes() -> Any:
    """Samples in each batch, as an array."""
    return np.array([min(BATCH, COUNT - at) for at in range(0, COUNT, BATCH)])
