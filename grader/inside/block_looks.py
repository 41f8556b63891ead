"""A first look at a block, only to choose which one to ask more of. The verdict is made outside."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .passes import set_mode
from .raised import class_name, last_line

MAX_KINDS = 6
Shape = tuple[int, int, int, int]  # of its input: N × C × H × W
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class Look:
    """What a block seems to be. `ratio` is its output's width over its input's, 1 or 1/2 for a block."""

    convolutions: int = 0
    normalised: int = 0
    shortcut: bool = False
    ratio: float = 0.0
    error: str | None = None


def look_at(make: Callable[[], nn.Module], shape: Shape) -> Look:
    """Try a block, of which `make` gives two, on an input of this shape. Whatever it raises is in `error`."""
    try:
        return _look(make, shape)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - constructors and forward passes are student code
        return Look(error=last_line(error)[:500])


def blocks_in(network: nn.Module, shape: Shape) -> list[tuple[str, Look]]:
    """The blocks of a network that may be processing or reduction blocks: each kind once, the most frequent first."""
    kinds: dict[tuple[Any, ...], list[nn.Module]] = {}
    for part in list(network.modules())[1:]:
        if not type(part).__module__.startswith("torch.") and _has_convolution(part):
            kinds.setdefault((class_name(type(part)), *_settings(part)), []).append(part)
    ordered = sorted(kinds.values(), key=len, reverse=True)[:MAX_KINDS]
    return [(class_name(type(parts[0])), look_at(partial(copy.deepcopy, parts[0]), shape)) for parts in ordered]


def _has_convolution(part: nn.Module) -> bool:
    return any(isinstance(inner, _CONVOLUTIONS) for inner in part.modules())


def _settings(part: nn.Module) -> tuple[str, ...]:
    """What tells blocks of one class apart: their flags and the names of their parameters."""
    flags = [f"{name}={value}" for name, value in vars(part).items() if type(value) is bool and name != "training"]
    return (*sorted(flags), *(name for name, _ in part.named_parameters()))


def _look(make: Callable[[], nn.Module], shape: Shape) -> Look:
    block = set_mode(make(), training=True)
    x = torch.randn(shape)
    layers = [part for part in block.modules() if isinstance(part, _CONVOLUTIONS)]
    with torch.no_grad():
        out = block(x)
        ratio = out.shape[-1] / shape[-1] if out.dim() == 4 and out.shape[1] == shape[1] else 0.0
        acting = sum(_acts(block, part, x, out) for part in block.modules() if isinstance(part, _BatchNorm))
        invariant = sum(_is_invariant(block, layer, x) for layer in layers)
        shortcut = _shortcut(set_mode(make(), training=False), x)
        return Look(len(layers), max(min(acting, len(layers)), invariant), shortcut, ratio)


def _acts(block: nn.Module, part: _BatchNorm, x: Tensor, before: Tensor) -> bool:
    """Whether the output depends on a batch normalization's scale: hooks would miss direct calls of `forward`."""
    if part.weight is None:
        return False
    part.weight.mul_(2)
    after = block(x)
    part.weight.div_(2)
    return not torch.allclose(before, after, rtol=1e-3, atol=1e-4)


def _is_invariant(block: nn.Module, layer: nn.Conv1d | nn.Conv2d | nn.Conv3d, x: Tensor) -> bool:
    before = block(x)
    layer.weight.mul_(8)
    after = block(x)
    layer.weight.div_(8)
    return bool(torch.allclose(before, after, rtol=0.05, atol=0.02))


def _shortcut(block: nn.Module, x: Tensor) -> bool:
    for part in block.modules():
        if isinstance(part, _CONVOLUTIONS):
            for parameter in part.parameters():
                parameter.zero_()
        elif isinstance(part, _BatchNorm):
            part.reset_running_stats()  # building runs the block once
    left = block(x)
    positive = x > 0
    return left.shape == x.shape and bool(torch.allclose(left[positive], x[positive], rtol=1e-3, atol=1e-4))
