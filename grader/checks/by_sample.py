"""Operations that treat each sample of a batch on its own: one pass over a batch is what its samples are alone.

A pass under `vmap` is right for any operation, and takes twice as long as one over a batch. So what is known to keep
samples apart is run on the batch; `keeps_apart` says whether that is all of a network, and `INSTEAD` refuses, while it
runs, arguments that would mix samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from grader.checks.operations import Network, Node, NotReplayable

CAT = "aten.cat.default"
ELEMENTWISE = ("clone", "detach", "elu", "gelu", "leaky_relu", "relu", "sigmoid", "silu", "tanh")
OF_PICTURES = ("adaptive_avg_pool2d", "avg_pool2d", "conv2d", "max_pool2d")


def keeps_apart(network: Network) -> bool:
    """Whether all operations that see the input are ones of which `INSTEAD` knows that they may be run on a batch."""
    flowing = {network.input}
    for node in network.reached():
        uses = sum(number in flowing for number in node.inputs)
        if not uses:
            continue  # made of weights alone
        if node.op not in _KNOWN or not _only_where_it_may(node, flowing, uses):
            return False
        flowing |= {number for number in node.out if number is not None}
    return network.output in flowing


def _only_where_it_may(node: Node, flowing: set[int], uses: int) -> bool:
    """Whether what sees the input, so many times, are those arguments that have to be of the batch, and all of them."""
    if node.op == CAT:
        parts = node.args[0] if node.args and isinstance(node.args[0], list) else []
        return len(parts) == uses and all(_number(part) in flowing for part in parts)
    places = [place for place, part in enumerate(node.args) if _number(part) in flowing]
    return places == _places(node) and len(places) == uses


def _number(part: Any) -> Any:
    return part["value"] if isinstance(part, dict) and "value" in part else None


def _places(node: Node) -> list[int]:
    """Which arguments have to be of the batch: the first, and both that are added."""
    return [0, 1] if node.name == "add" else [0]


def of_each(given: Tensor, weight: Any, bias: Any, eps: float) -> Tensor:
    """Batch normalization in training mode of samples that are each a batch of one: each channel on its own."""
    return F.group_norm(given, given.shape[1], weight, bias, eps)


def _batch_norm(given: Tensor, weight: Any, bias: Any, *rest: Any) -> Tensor:
    training, eps = rest[2], rest[4]
    _need(given.ndim == 4)
    if training:
        return of_each(given, weight, bias, eps)
    found: Tensor = torch.ops.aten.batch_norm.default(given, weight, bias, *rest)
    return found


def _need(apart: bool) -> None:
    if not apart:
        raise NotReplayable("its samples cannot be run in one batch")


def _where(least: int, operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation for tensors of at least so many dimensions: with fewer the first one is not that of samples."""

    def run(given: Tensor, *args: Any, **kwargs: Any) -> Any:
        _need(given.ndim >= least)
        return operation(given, *args, **kwargs)

    return run


def _add(given: Tensor, other: Tensor, **kwargs: Any) -> Tensor:
    _need(given.shape == other.shape)
    found: Tensor = torch.ops.aten.add.Tensor(given, other, **kwargs)
    return found


def _cat(parts: Sequence[Tensor], dim: int = 0) -> Tensor:
    _need(all(part.ndim and dim % part.ndim for part in parts))
    found: Tensor = torch.ops.aten.cat.default(list(parts), dim)
    return found


def _mean(given: Tensor, dims: Sequence[int] | None, *args: Any, **kwargs: Any) -> Tensor:
    _need(bool(dims) and all(dim % given.ndim for dim in dims or ()))
    found: Tensor = torch.ops.aten.mean.dim(given, dims, *args, **kwargs)
    return found


def _flatten(given: Tensor, first: int = 0, last: int = -1) -> Tensor:
    _need(first % given.ndim > 0)
    return given.flatten(first, last)


def _view(given: Tensor, sizes: Sequence[int], written_for: int = 1) -> Tensor:
    """As so many samples, mostly one, were given another shape; their number was the first dimension, and stays so."""
    rest, each = list(sizes[1:]), given[0].numel()
    _need(bool(sizes) and sizes[0] in (written_for, -1) and (-1 not in rest if sizes[0] == -1 else True))
    known = math.prod(size for size in rest if size != -1)
    _need(known > 0 and (each % known == 0 if -1 in rest else known == each))
    return given.reshape(len(given), *rest)


def _of_pictures(name: str) -> Callable[..., Any]:
    return _where(4, getattr(torch.ops.aten, name).default)


INSTEAD: dict[str, Callable[..., Any]] = {
    **{f"aten.{name}.default": _of_pictures(name) for name in OF_PICTURES},
    "aten.batch_norm.default": _batch_norm,
    "aten.add.Tensor": _add,
    "aten.add_.Tensor": _add,
    CAT: _cat,
    "aten.mean.dim": _mean,
    "aten.flatten.using_ints": _flatten,
    "aten.view.default": _view,
    "aten.reshape.default": _view,
    "aten.linear.default": _where(2, torch.ops.aten.linear.default),
}


def instead_for(written_for: int) -> dict[str, Callable[..., Any]]:
    """`INSTEAD` for operations that were written down for so many samples: a batch may have any number of them.

    A batch normalization that trains is refused: it takes all of them together.
    """

    def view(given: Tensor, sizes: Sequence[int]) -> Tensor:
        return _view(given, sizes, written_for)

    def batch_norm(given: Tensor, weight: Any, bias: Any, *rest: Any) -> Tensor:
        _need(not rest[2])
        return _batch_norm(given, weight, bias, *rest)

    changed: dict[str, Callable[..., Any]] = {
        "aten.view.default": view,
        "aten.reshape.default": view,
        "aten.batch_norm.default": batch_norm,
    }
    return INSTEAD | changed


_KNOWN = {*INSTEAD, *(f"aten.{name}{mark}.default" for name in ELEMENTWISE for mark in ("", "_"))}
