"""What an operation would make and read, found on PyTorch's `meta` device before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from grader.checks.no_compiler import COMPILER, without_compiler
from grader.checks.operations import NotReplayable, UnknownOperation
from grader.checks.primitives import PRICES, VIEWS, numbers, tensors
from grader.checks.sizes import MAX_ELEMENTS, check_arguments, check_tensor, check_whole_numbers, extent, named
from grader.errors import is_out_of_memory

MAX_SCRATCH = 100_000_000  # numbers: a convolution in float64 unfolds its input
MAX_WORK = 50_000_000_000  # multiply-adds
MAX_PARTS = 20_000
MAX_STEPS = 20_000  # primitives that one operation is made of: a recurrent network takes some for each step
SPLITTING = tuple(
    f"aten::{name}"
    for name in ("chunk", "hsplit", "split", "tensor_split", "unbind", "unsafe_chunk", "unsafe_split", "vsplit")
)


@dataclass(frozen=True)
class Cost:
    """Numbers made, intermediate ones included, and multiply-adds."""

    numbers: int
    work: int


@dataclass(frozen=True, slots=True)
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
        check_tensor(part, "an argument of an operation")
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
    if operation._schema.name in SPLITTING and any(_parts(key) > MAX_PARTS for key in args):
        raise NotReplayable(f"operation {operation} makes too many tensors")
    try:
        with without_compiler():
            return _measured(operation, args, kwargs)
    except NotReplayable:  # which must not be for want of what had stand-ins
        with without_compiler([COMPILER]):
            return _measured(operation, args, kwargs)


def _measured(operation: torch._ops.OpOverload, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> Cost:
    counter = _Counter()
    # In inference mode nothing is taken apart into primitives.
    with torch.inference_mode(False), torch.no_grad():
        examples, options = [_example(key) for key in args], {name: _example(key) for name, key in kwargs}
        check_whole_numbers(operation, examples, options)
        if any(part.name == "device" for part in operation._schema.arguments[len(args) :]):
            options["device"] = "meta"
        attempt(operation, lambda: counter.watch(lambda: operation(*examples, **options)))
    return Cost(counter.numbers, counter.work)


def attempt(operation: torch._ops.OpOverload, run: Callable[[], Any]) -> Any:
    """What PyTorch raises for malformed arguments, which is no closed list, as NotReplayable.

    Raises MemoryError where memory runs out: that is no fault of the network.
    """
    try:
        return run()
    except (NotReplayable, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        if is_out_of_memory(error):
            raise MemoryError(str(error)) from None
        raise NotReplayable(f"operation {operation} failed: {str(error).partition(chr(10))[0][:200]}") from None


def _parts(key: Any) -> int:
    """Into how many parts a tensor of this shape, or this argument, may split one."""
    return max(key.shape, default=0) if isinstance(key, _Meta) else key if isinstance(key, int) else 0


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees the primitive operations of which others are made, and so their intermediate results."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = self.work = self.steps = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which costs a CPU second

    def watch(self, run: Callable[[], Any]) -> Any:
        with self:
            return run()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name, arguments = primitive(func), named(func, args, kwargs or {})
        check_arguments(name, arguments)
        result = func(*args, **(kwargs or {}))
        self._charge(func, name, arguments, list(tensors(result)))
        return result

    def _charge(self, func: Any, name: str, arguments: Mapping[str, Any], results: Sequence[Tensor]) -> None:
        for part in results:
            check_tensor(part, f"operation {func}: its result")
        made = sum(extent(part.shape) for part in results)
        price = PRICES[name](arguments, results)
        if name in VIEWS:  # shows again what is there already, unless it is expanded
            made = max(0, made - numbers(list(arguments.values())))
        self.numbers += made
        self.work += price.work
        self.steps += 1
        if made > MAX_ELEMENTS or self.work > MAX_WORK or price.scratch > MAX_SCRATCH:
            raise NotReplayable(f"operation {func} is too large for a homework's network")
        if self.steps > MAX_STEPS:
            raise NotReplayable(f"operation {func} is too large for a homework's network: more than {MAX_STEPS} steps")


def primitive(func: Any) -> str:
    """The name of an operation without overload, and without the mark of writing in place. Raises UnknownOperation."""
    name = str(func._schema.name).removeprefix("aten::")
    bare = name if name.startswith("_") else name.removesuffix("_")
    if bare not in PRICES:
        raise UnknownOperation(f"operation {func} is not known here")
    return bare
