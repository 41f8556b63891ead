"""Adam, written out: `torch.optim` spends two seconds on importing what it does not need here."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1) on the gradients that the parameters hold."""

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.mean = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.square = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.count = 0

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
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
