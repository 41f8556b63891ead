"""What an operation would make and read, found on PyTorch's `meta` device before anything is allocated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from grader.checks.operations import NotReplayable

MAX_ELEMENTS = 50_000_000
MAX_SCRATCH = 200_000_000  # numbers: a convolution in float64 unfolds its input
MAX_WORK = 50_000_000_000  # multiply-adds
MAX_PARTS = 20_000
SPLITTING = ("aten::split", "aten::chunk", "aten::unbind")


@dataclass(frozen=True)
class Cost:
    """Numbers made, intermediate ones included, and multiply-adds."""

    numbers: int
    work: int


@dataclass(frozen=True)
class _Meta:
    """A tensor without its numbers."""

    shape: tuple[int, ...]
    dtype: torch.dtype


def cost(operation: torch._ops.OpOverload, args: list[Any], kwargs: dict[str, Any]) -> Cost:
    """What `operation` needs for these arguments. Raises NotReplayable if it cannot run or needs too much."""
    return _cost(operation, _key(args), tuple((name, _key(value)) for name, value in kwargs.items()))


def _key(part: Any) -> Any:
    """Hashable, and different for 1, 1.0 and True, which PyTorch tells apart."""
    if isinstance(part, Tensor):
        return _Meta(tuple(part.shape), part.dtype)
    if isinstance(part, list):
        return tuple([_key(item) for item in part])
    return (type(part), part) if isinstance(part, bool | float) else part


def _example(key: Any) -> Any:
    match key:
        case _Meta():
            return torch.empty(key.shape, dtype=key.dtype, device="meta")
        case (type(), value):
            return value
        case torch.device():
            return torch.device("meta")
        case tuple():
            return [_example(item) for item in key]
        case _:
            return key


@lru_cache(maxsize=4096)  # a network repeats the same few operations; PyTorch measures slowly
def _cost(operation: torch._ops.OpOverload, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> Cost:
    if operation._schema.name in SPLITTING and any(isinstance(key, _Meta) and max(key.shape, default=0) > MAX_PARTS
                                                   for key in args):  # fmt: skip
        raise NotReplayable(f"operation {operation} makes too many tensors")
    counter = _Counter()
    named = {name: _example(key) for name, key in kwargs}
    if any(part.name == "device" for part in operation._schema.arguments[len(args) :]):
        named["device"] = "meta"
    try:
        with torch.no_grad(), counter:
            operation(*[_example(key) for key in args], **named)
    except NotReplayable:
        raise
    except Exception as error:  # noqa: BLE001 - what PyTorch raises for malformed arguments is not a closed list
        raise NotReplayable(f"operation {operation} failed: {str(error).partition(chr(10))[0][:200]}") from None
    return Cost(counter.numbers, counter.work)


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees the primitive operations of which others are made, and so their intermediate results."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = self.work = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which costs a CPU second

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        parts = result if isinstance(result, tuple | list) else (result,)
        made = sum(part.numel() for part in parts if isinstance(part, Tensor))
        reads, channels = _reads(func._schema.name, args)
        self.numbers += made
        self.work += made * reads
        if made > MAX_ELEMENTS or self.work > MAX_WORK or made // channels * reads > MAX_SCRATCH:
            raise NotReplayable(f"operation {func} is too large for a homework's network")
        return result


def _reads(name: str, args: tuple[Any, ...]) -> tuple[int, int]:
    """Numbers read for each number made, and how many of those share what they read."""
    match name.removeprefix("aten::"):
        case "convolution":
            weight = args[1]
            return weight.numel() // max(1, weight.shape[0]), max(1, weight.shape[0])
        case "mm" | "bmm":
            return args[0].shape[-1], args[1].shape[-1] or 1
        case "addmm" | "baddbmm":
            return args[1].shape[-1], args[2].shape[-1] or 1
        case "max_pool2d_with_indices" | "avg_pool2d":
            return math.prod(args[1] * 2 if len(args[1]) == 1 else args[1]), MAX_SCRATCH
        case _:
            return 1, 1
