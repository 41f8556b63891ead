"""The reference: a larger BMEnet, written to be read. Its spread over seeds is what students are compared with."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SkipBlock(nn.Module):
    """Two 3 × 3 convolutions; the block's input is added to what they make.

    A 1 × 1 convolution takes the input along where the shape changes.
    """

    def __init__(self, in_ch: int, out_ch: int, downsample: bool = False, batch_norm: bool = True) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, stride, padding=1)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(out_ch) if batch_norm else nn.Identity()
        self.bn2 = nn.BatchNorm2d(out_ch) if batch_norm else nn.Identity()
        self.skip: nn.Module = nn.Identity()
        if downsample or in_ch != out_ch:
            self.skip = nn.Conv2d(in_ch, out_ch, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """N × in_ch × H × W to N × out_ch × H × W, or half of H and W."""
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.skip(x))


class HW5Net(nn.Module):
    """`2 * depth + 3` skip blocks between an entry convolution and two linear layers, for 3 × 64 × 64 images."""

    def __init__(self, classes: int = 5, depth: int = 9, width: int = 64, batch_norm: bool = True) -> None:
        super().__init__()

        def blocks(channels: int, count: int) -> list[SkipBlock]:
            return [SkipBlock(channels, channels, batch_norm=batch_norm) for _ in range(count)]

        first = max(1, depth // 4)
        self.entry = nn.Conv2d(3, width, 3, padding=1)
        self.trunk = nn.Sequential(
            *blocks(width, first),
            SkipBlock(width, width, downsample=True, batch_norm=batch_norm),
            *blocks(width, depth - first),
            SkipBlock(width, 2 * width, downsample=True, batch_norm=batch_norm),
            *blocks(2 * width, depth),
            SkipBlock(2 * width, 2 * width, downsample=True, batch_norm=batch_norm),
        )
        self.fc1 = nn.Linear(2 * width * 4 * 4, 1000)
        self.fc2 = nn.Linear(1000, classes)

    def forward(self, x: Tensor) -> Tensor:
        """N × 3 × 64 × 64 to N × classes logits."""
        x = F.max_pool2d(F.relu(self.entry(x)), 2)
        x = torch.flatten(self.trunk(x), 1)
        logits: Tensor = self.fc2(F.relu(self.fc1(x)))
        return logits
