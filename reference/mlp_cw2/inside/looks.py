"""A first look at a block, only to choose which ones to build networks from. The verdict is made outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from inside.raised import last_line

from .variants import Variant, set_mode

CHANNELS, SIZE = 32, 8  # the handout's number of filters: some blocks are written for no other
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class Look:
    """What a block seems to be. `ratio` is its output's width over its input's, 1 or 1/2 for a block."""

    convolutions: int = 0
    normalised: int = 0
    shortcut: bool = False
    ratio: float = 0.0
    error: str | None = None


@lru_cache(maxsize=64)
def look(variant: Variant, seed: int) -> Look:
    """Make the block and try it. Whatever it raises is in `error`."""
    try:
        return _look(variant, seed)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - constructors and forward passes are student code
        return Look(error=last_line(error)[:500])


def _look(variant: Variant, seed: int) -> Look:
    block = variant.make(CHANNELS, SIZE, seed)
    x = torch.randn(4, CHANNELS, SIZE, SIZE)
    layers = [part for part in block.modules() if isinstance(part, _CONVOLUTIONS)]
    with torch.no_grad():
        out = block(x)
        ratio = out.shape[-1] / SIZE if out.dim() == 4 and out.shape[1] == CHANNELS else 0.0
        acting = sum(_acts(block, part, x, out) for part in block.modules() if isinstance(part, _BatchNorm))
        invariant = sum(_is_invariant(block, layer, x) for layer in layers)
        return Look(len(layers), max(min(acting, len(layers)), invariant), _shortcut(variant, seed, x), ratio)


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


def _shortcut(variant: Variant, seed: int, x: Tensor) -> bool:
    block = set_mode(variant.make(CHANNELS, SIZE, seed), training=False)
    for part in block.modules():
        if isinstance(part, _CONVOLUTIONS):
            for parameter in part.parameters():
                parameter.zero_()
        elif isinstance(part, _BatchNorm):
            part.reset_running_stats()  # building runs the block once
    left = block(x)
    positive = x > 0
    return left.shape == x.shape and bool(torch.allclose(left[positive], x[positive], rtol=1e-3, atol=1e-4))
