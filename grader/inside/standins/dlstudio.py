"""DLStudio, the module of Purdue's deep-learning course, as far as homework builds on it: the public names.

Written anew after its documentation: `SkipConnections.SkipBlock` and `SkipConnections.BMEnet` work, everything else
can be named and imported and says when it is used that it is not here. A copy that was handed in comes first.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..raised import mark

NAME = "DLStudio"


class SkipBlock(nn.Module):
    """Two 3 × 3 convolutions with batch normalization and ReLU, and the block's input added to them.

    As in DLStudio, a block that halves the size and keeps the number of channels adds nothing.
    """

    def __init__(self, in_ch: int, out_ch: int, downsample: bool = False, skip_connections: bool = True) -> None:
        super().__init__()
        self.downsample, self.skip_connections = downsample, skip_connections
        self.in_ch, self.out_ch = in_ch, out_ch
        self.convo1 = nn.Conv2d(in_ch, in_ch, 3, padding=1)
        self.convo2 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.bn1, self.bn2 = nn.BatchNorm2d(in_ch), nn.BatchNorm2d(out_ch)
        self.in2out = nn.Conv2d(in_ch, out_ch, 1)
        if downsample:
            self.downsampler1 = nn.Conv2d(in_ch, in_ch, 1, stride=2)
            self.downsampler2 = nn.Conv2d(out_ch, out_ch, 1, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """N × in_ch × H × W to N × out_ch × H × W, or half of H and W."""
        out = F.relu(self.bn1(self.convo1(x)))
        out = F.relu(self.bn2(self.convo2(out)))
        identity = x
        if self.downsample:
            out, identity = self.downsampler2(out), self.downsampler1(identity)
        if not self.skip_connections or (self.downsample and self.in_ch == self.out_ch):
            return out
        if self.in_ch == self.out_ch:
            return out + identity
        if self.downsample and self.out_ch == 2 * self.in_ch:
            return out + torch.cat((identity, identity), dim=1)
        sum_: Tensor = out + self.in2out(identity)
        return sum_


class BMEnet(nn.Module):
    """A classifier of `2 * depth + 3` skip blocks, for images of 32 × 32 or larger."""

    def __init__(self, *given: Any, skip_connections: bool = True, depth: int = 8) -> None:
        super().__init__()
        for value in given:  # DLStudio object, skip_connections, depth: versions differ in which come first
            if isinstance(value, bool):
                skip_connections = value
            elif isinstance(value, int):
                depth = value
        names = next((value.classes for value in given if isinstance(value, DLStudio) and value.classes), range(10))
        self.depth = depth
        self.conv = nn.Conv2d(3, 64, 3, padding=1)
        self.skip64_arr = nn.ModuleList(_blocks(64, depth, skip_connections))
        self.skip64ds = SkipBlock(64, 64, downsample=True, skip_connections=skip_connections)
        self.skip64to128ds = SkipBlock(64, 128, downsample=True, skip_connections=skip_connections)
        self.skip128_arr = nn.ModuleList(_blocks(128, depth, skip_connections))
        self.skip128ds = SkipBlock(128, 128, downsample=True, skip_connections=skip_connections)
        self.fc1, self.fc2 = nn.Linear(2048, 1000), nn.Linear(1000, len(names))

    def forward(self, x: Tensor) -> Tensor:
        """N × 3 × H × W to logits."""
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        first = max(1, self.depth // 4)
        for block in (
            *self.skip64_arr[:first],
            self.skip64ds,
            *self.skip64_arr[first:],
            self.skip64to128ds,
            *self.skip128_arr[:first],
            self.skip128ds,
            *self.skip128_arr[first:],
        ):
            x = block(x)
        x = F.adaptive_avg_pool2d(x, 4).flatten(1)
        logits: Tensor = self.fc2(F.relu(self.fc1(x)))
        return logits


def _blocks(channels: int, count: int, skip_connections: bool) -> list[SkipBlock]:
    return [SkipBlock(channels, channels, skip_connections=skip_connections) for _ in range(count)]


class _Named(type):
    """A class whose unknown nested classes can be named, and fail when they are made."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _absent(f"{cls.__name__}.{name}")


def _absent(name: str) -> type:
    def __init__(self: Any, *_: Any, **__: Any) -> None:  # noqa: ARG001, N807 - it becomes the class's own
        words = f"{name} is used, and only a part of DLStudio is there when work is graded"
        raise mark(NotImplementedError(words), "stand-in")

    return type(name.rpartition(".")[2], (nn.Module,), {"__init__": __init__, "__module__": NAME})


class DLStudio(metaclass=_Named):
    """Holds the settings that it is given."""

    class SkipConnections(nn.Module):
        """The part of DLStudio that teaches skip connections."""

        SkipBlock, BMEnet = SkipBlock, BMEnet

        def __init__(self, dl_studio: Any = None, **_: Any) -> None:
            super().__init__()
            self.dl_studio = dl_studio

    SkipBlock, BMEnet = SkipBlock, BMEnet

    def __init__(self, *_: Any, **settings: Any) -> None:
        self.classes: Sequence[str] = ()
        self.device = torch.device("cpu")
        vars(self).update(settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(type(self), name)


for _kind in (SkipBlock, BMEnet, DLStudio, DLStudio.SkipConnections):
    _kind.__module__ = NAME


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parts = fullname.split(".")
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True) if parts[0] == NAME else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = types.ModuleType(spec.name)
        vars(module).update(DLStudio=DLStudio, __version__="0", __all__=["DLStudio"])
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def install() -> None:
    """Serve `DLStudio` to those who hand in no copy of it."""
    sys.meta_path.append(_Finder())
