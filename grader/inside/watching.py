"""A block made alone, with hidden weights: what it runs in both modes, and its buffers before and after a pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from . import building
from .arrays import named_numbers
from .cause import their_objects
from .passes import passes_in, set_mode


def watched(make: Callable[[], nn.Module], x: Tensor, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters, operations in training and in evaluation mode, buffers before and after a pass in training mode.

    Raises what making and running it raises, marked as the student's.
    """
    with their_objects():
        block = make()
        block.float()
        header: dict[str, Any] = {"parameters": building.fill(block, seed)}
    arrays = named_numbers("before.", block.named_buffers())
    for mode in ("training", "evaluation"):
        header[mode], found = passes_in(mode, block, x)
        arrays |= found
    with torch.no_grad(), their_objects():
        set_mode(block, training=True)(x)
    return header, arrays | named_numbers("after.", block.named_buffers())
