"""Practical 6, solved: gradient norm against depth in a residual network of 30 blocks.

Run it to see the four curves: `python solution.py`. The handout is section "Deep Learning Practical
Session 6" of the course; the network is that of He et al., "Deep Residual Learning" (2016), small.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NB_BLOCKS, NB_CHANNELS, KERNEL_SIZE, NB_SAMPLES = 30, 10, 3, 100
CONFIGURATIONS = tuple(product((False, True), repeat=2))  # (skip_connections, batch_normalization)


class ResNetBlock(nn.Module):
    """N × nb_channels × H × W → the same shape."""

    def __init__(
        self, nb_channels: int, kernel_size: int, skip_connections: bool = True, batch_normalization: bool = True
    ) -> None:
        super().__init__()
        same = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=same)
        self.bn1 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=same)
        self.bn2 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.skip_connections = skip_connections

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y: Tensor = self.bn1(self.conv1(x)).relu()
        y = self.bn2(self.conv2(y))
        if self.skip_connections:
            y = y + x  # before the last ReLU
        return y.relu()


class ResNet(nn.Module):
    """N × 3 × 32 × 32 images → N × nb_classes logits."""

    def __init__(
        self,
        nb_residual_blocks: int,
        nb_channels: int,
        kernel_size: int = 3,
        nb_classes: int = 10,
        skip_connections: bool = True,
        batch_normalization: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)  # the stem keeps its own, whatever the flag says
        self.resnet_blocks = nn.Sequential(
            *(
                ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                for _ in range(nb_residual_blocks)
            )
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = self.bn(self.conv(x)).relu()
        x = self.resnet_blocks(x)
        logits: Tensor = self.fc(x.mean((2, 3)))
        return logits


def gradient_norms(model: ResNet, samples: Iterator[tuple[Tensor, Tensor]]) -> Tensor:
    """Blocks × samples: the L2 norm of each sample's own gradient for each block's first convolution."""
    monitored = [block.conv1.weight for block in model.resnet_blocks if isinstance(block, ResNetBlock)]
    columns = []
    for image, target in samples:
        loss = F.cross_entropy(model(image[None]), target[None])
        columns.append(torch.stack([gradient.norm() for gradient in torch.autograd.grad(loss, monitored)]))
    return torch.stack(columns, dim=1)


def get_stats(images: Tensor, targets: Tensor, skip_connections: bool, batch_normalization: bool) -> Tensor:
    """30 × 100 gradient norms of a fresh network in training mode."""
    model = ResNet(
        NB_BLOCKS,
        NB_CHANNELS,
        KERNEL_SIZE,
        skip_connections=skip_connections,
        batch_normalization=batch_normalization,
    )
    return gradient_norms(model, zip(images[:NB_SAMPLES], targets[:NB_SAMPLES], strict=True))
