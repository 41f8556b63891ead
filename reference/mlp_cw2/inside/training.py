"""The framework's training loop on a small budget: Adam, cosine annealing, one batch after the other.

Imports nothing of the grader: the reference is trained with it too. Adam is written out because
`torch.optim` spends two seconds on importing what it does not need here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HIGHEST_RATE, LOWEST_RATE = 1e-3, 2e-5  # Adam's default, the framework's `eta_min`
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def train(network: nn.Module, images: Tensor, labels: Tensor, *, batch: int, steps: int) -> list[float]:
    """Cross-entropy before each of `steps` updates. The network stays in the mode that it is in."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    adam = Adam(parameters)
    losses = []
    for step in range(steps):
        chosen = torch.arange(step * batch, (step + 1) * batch) % len(images)
        loss = F.cross_entropy(network(images[chosen]), labels[chosen])
        for parameter in parameters:
            parameter.grad = None
        loss.backward()  # type: ignore[no-untyped-call]
        adam.update(cosine(step, steps))
        losses.append(float(loss.detach()))
    return losses


def cosine(step: int, steps: int) -> float:
    """The learning rate of `CosineAnnealingLR` at a step, from 0."""
    return LOWEST_RATE + (HIGHEST_RATE - LOWEST_RATE) * (1 + math.cos(math.pi * step / steps)) / 2


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1) on the gradients that the parameters hold."""

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.mean = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.square = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.count = 0

    @torch.no_grad()
    def update(self, rate: float) -> None:
        """One step. A parameter without a gradient is treated as one whose gradient is zero."""
        self.count += 1
        gradients = [torch.zeros_like(part) if part.grad is None else part.grad for part in self.parameters]
        torch._foreach_lerp_(self.mean, gradients, 1 - BETA_1)
        torch._foreach_mul_(self.square, BETA_2)
        torch._foreach_addcmul_(self.square, gradients, gradients, 1 - BETA_2)
        scale = torch._foreach_sqrt(self.square)
        torch._foreach_div_(scale, math.sqrt(1 - BETA_2**self.count))
        torch._foreach_add_(scale, EPSILON)
        torch._foreach_addcdiv_(self.parameters, self.mean, scale, -rate / (1 - BETA_1**self.count))
