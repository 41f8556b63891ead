"""Small networks as students write them: each takes N × 3 × 8 × 8 images in training mode."""

from __future__ import annotations

import math

import torch
from blocks_to_trace import BLOCKS
from torch import Tensor, nn
from torch.nn import functional as F


def mlp() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 12), nn.Tanh(), nn.Linear(12, 12), nn.GELU(), nn.Linear(12, 5))


def padded(mode: str) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, padding_mode=mode),
        nn.ReLU(),
        nn.Conv2d(4, 2, 3, padding="same", padding_mode=mode),
    )


def strided() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, dilation=2, padding="valid", bias=False),
        nn.LeakyReLU(0.2),
        nn.Conv2d(6, 6, 1, groups=3),
    )


def pooled() -> nn.Module:
    pools = nn.MaxPool2d(2, padding=1), nn.AvgPool2d(3, stride=1), nn.AdaptiveAvgPool2d(2), nn.AdaptiveMaxPool2d(1)
    return nn.Sequential(*pools[:2], nn.Conv2d(3, 4, 1), *pools[2:], nn.Flatten())


def normalised(kind: str) -> nn.Module:
    made = {
        "batch": nn.BatchNorm2d(4),
        "batch without statistics": nn.BatchNorm2d(4, track_running_stats=False),
        "group": nn.GroupNorm(2, 4),
        "layer": nn.LayerNorm([4, 8, 8]),
        "instance": nn.InstanceNorm2d(4, affine=True),
    }[kind]
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), made, nn.ReLU(inplace=True), nn.Conv2d(4, 2, 3))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(3, 4, 1)
        self.conv1, self.conv2 = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.bn1, self.bn2 = nn.BatchNorm2d(4), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.head(x), inplace=True)
        y = F.relu_(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x
        return y.relu_().mean((2, 3))


class Concatenated(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 2, 1), nn.Conv2d(5, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([x, F.elu(self.one(x))], dim=1)
        return torch.cat((x, self.two(x)), 1).flatten(1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(3, 4) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(2).transpose(1, 2)
        scores = self.query(x) @ self.key(x).transpose(-2, -1) / math.sqrt(4)
        return torch.matmul(scores.softmax(-1), self.value(x)).mean(1)


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.b1 = nn.Parameter(torch.randn(4, 3, 3, 3)), nn.Parameter(torch.zeros(4))
        self.w2 = nn.Parameter(torch.randn(64, 3))

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.silu(F.conv2d(x, self.w1, self.b1, padding=1)), 2)
        return F.log_softmax(x.view(x.size(0), -1).mm(self.w2) + 1.5, dim=1)


class Pieces(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 1)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.conv(x).chunk(2, dim=1)
        c, d = torch.split(a * torch.sigmoid(b), [2, 1], dim=1)
        first, second, *_ = torch.unbind(c * d, dim=2)
        return torch.stack([first, second[:, :, ::1]], dim=2)[..., 1:]


class Einsum(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 4))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("nchw,cd->ndhw", x, self.weight).permute(0, 2, 3, 1).sum((1, 2))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 3, padding=1)
        self.again = self.first
        self.layers = nn.ModuleList([self.first, nn.Softplus(), self.first])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.again(x)


class Constants(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(192, 4)
        self.scale = torch.tensor([1.0, 2.0, 3.0, 4.0])
        self.mean = torch.zeros(3, 1, 1, dtype=torch.float64)
        self.register_buffer("shift", torch.arange(4.0))

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean.float()) / torch.tensor(2.0)
        return self.linear(x.flatten(1)) * self.scale + self.shift + torch.ones(4)


class SliceAssignment(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros(x.size(0), 4, 8, 8)
        whole = y.view(x.size(0), -1)
        y[:, :2] = self.conv(x)
        y[:, 2, 1] += 1
        y[:, 3].copy_(x[:, 0]).mul_(2)
        return whole + y.flatten(1)


class InPlaceOnViews(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        y.flatten(1).relu_()
        y.transpose(1, 3).mul_(3)
        y.permute(2, 0, 1, 3).add_(1)
        a, b = y.chunk(2, 1)
        a += b
        row = y.unbind(2)[1]
        row.sub_(0.5)
        return torch.cat([y, a.unsqueeze(0).squeeze(0)], 1)


class Turned(nn.Module):
    """In-place operations that change a shape and no number."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        z = y[:, :3]
        z.transpose_(1, 2)
        return z + y[:, :3].transpose(1, 2)


class ChangesItsInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x += 1
        return self.conv(x.mul_(2))


class EarlyExit(nn.Module):
    """Returns its input where nothing is to be done, as a network of no blocks does."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential()
        self.last = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layers(x))


NETWORKS = {
    "mlp": mlp,
    **{f"padding {mode}": lambda mode=mode: padded(mode) for mode in ("zeros", "reflect", "replicate", "circular")},
    "strided, dilated, grouped": strided,
    "pooled": pooled,
    **{
        f"{kind} norm": lambda kind=kind: normalised(kind)
        for kind in ("batch", "batch without statistics", "group", "layer", "instance")
    },
    "residual": Residual,
    "concatenated": Concatenated,
    "attention": Attention,
    "functional": Functional,
    "chunk, split, unbind": Pieces,
    "einsum": Einsum,
    "shared": Shared,
    "constants": Constants,
    "slice assignment": SliceAssignment,
    "in place on views": InPlaceOnViews,
    "turned in place": Turned,
    "changes its input": ChangesItsInput,
    "early exit": EarlyExit,
    **BLOCKS,
}
