"""The handout's FFNet and ResNet, many at once: copies with different weights, half of them tanh, half ReLU.

Layers of five units cost more in calls than in arithmetic, so that ten networks take little longer than one.
Weights, initialisation (Glorot uniform, biases 0), batch normalization (momentum 0.99, ε 1e-3) as in Keras.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 5
MOMENTUM, EPSILON = 0.99, 1e-3


@dataclass(frozen=True)
class Architecture:
    """`depth` counts hidden dense layers: those of FFNet, or 2 + 2 × blocks + 1 of ResNet."""

    residual: bool
    depth: int
    batch_norm: bool

    @property
    def blocks(self) -> int:
        """Residual blocks."""
        return (self.depth - 3) // 2 if self.residual else 0


class Dense(nn.Module):
    """`copies` dense layers side by side: copies × N × inputs → copies × N × outputs."""

    def __init__(self, copies: int, inputs: int, outputs: int, seed: int) -> None:
        super().__init__()
        limit = math.sqrt(6 / (inputs + outputs))
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter((torch.rand(copies, inputs, outputs, generator=generator) * 2 - 1) * limit)
        self.bias = nn.Parameter(torch.zeros(copies, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """xW + b of each copy."""
        return torch.baddbmm(self.bias, x, self.weight)


class BatchNorm(nn.Module):
    """Batch normalization over N, each copy for itself."""

    mean: Tensor
    variance: Tensor

    def __init__(self, copies: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(copies, 1, WIDTH))
        self.shift = nn.Parameter(torch.zeros(copies, 1, WIDTH))
        self.register_buffer("mean", torch.zeros(copies * WIDTH))
        self.register_buffer("variance", torch.ones(copies * WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        """Copies × N × WIDTH."""
        copies, count, width = x.shape
        flat = x.transpose(0, 1).reshape(count, copies * width)
        scale, shift = self.scale.reshape(-1), self.shift.reshape(-1)
        out = F.batch_norm(flat, self.mean, self.variance, scale, shift, self.training, 1 - MOMENTUM, EPSILON)
        return out.reshape(count, copies, width).transpose(0, 1)


class Networks(nn.Module):
    """2 × `seeds` networks of one architecture; the first half has tanh, the second ReLU."""

    def __init__(self, architecture: Architecture, seeds: int) -> None:
        super().__init__()
        copies, depth = 2 * seeds, architecture.depth
        self.architecture, self.seeds = architecture, seeds
        self.dense = nn.ModuleList(Dense(copies, WIDTH if layer else 2, WIDTH, layer) for layer in range(depth))
        self.norms = nn.ModuleList(BatchNorm(copies) for _ in range(depth if architecture.batch_norm else 0))
        self.output = Dense(copies, WIDTH, 1, depth)

    def forward(self, x: Tensor) -> Tensor:
        """N × 2 points → copies × N logits."""
        x = x.expand(2 * self.seeds, *x.shape)
        hidden = self._residual(x) if self.architecture.residual else self._plain(x)
        logits: Tensor = self.output(hidden)
        return logits.squeeze(2)

    def _plain(self, x: Tensor) -> Tensor:
        for layer in range(self.architecture.depth):
            x = self._norm(layer, self._active(self.dense[layer](x)))
        return x

    def _residual(self, x: Tensor) -> Tensor:
        """Two dense layers, blocks of batch normalization, dense, dense and an addition, a last dense layer."""
        for layer in (0, 1):
            x = self._active(self.dense[layer](x))
        for block in range(self.architecture.blocks):
            first = 2 + 2 * block
            inner = self._active(self.dense[first](self._norm(first, x)))
            x = x + self._active(self.dense[first + 1](inner))
        return self._active(self.dense[-1](x))

    def _norm(self, layer: int, x: Tensor) -> Tensor:
        normalised: Tensor = self.norms[layer](x) if self.architecture.batch_norm else x
        return normalised

    def _active(self, x: Tensor) -> Tensor:
        return torch.cat([x[: self.seeds].tanh(), x[self.seeds :].relu()])
