"""In-place operations on views, written down as operations that make new values.

`x[:, :4] = y` changes `x` through a view of it. In a list of operations whose values never change, the view's
new content has to be put back into `x`, and other views of `x` have to be taken again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .torch_there import is_tensor, torch

if TYPE_CHECKING:
    from torch import Tensor

_SAME_ORDER = (
    "alias",
    "contiguous",
    "detach",
    "flatten",
    "ravel",
    "reshape",
    "reshape_as",
    "squeeze",
    "unflatten",
    "unsqueeze",
    "view",
    "view_as",
    "_unsafe_view",
)
_SPLITTING = ("chunk", "split", "split_with_sizes", "tensor_split", "unsafe_chunk", "unsafe_split")
_THEIR_OWN_INVERSE = ("adjoint", "mH", "mT", "matrix_H", "numpy_T", "swapaxes", "swapdims", "t", "transpose")
_SHAPE_ONLY = ("squeeze_", "swapaxes_", "swapdims_", "t_", "transpose_", "unsqueeze_")

Emit = Callable[[str, list[Any]], int]


class NotTraceable(Exception):
    """The forward pass does what cannot be written down, or more than a homework's network does."""


@dataclass(frozen=True)
class View:
    """How a tensor was taken from `base`: the operation and its arguments after the base."""

    base: Tensor
    op: str
    args: Sequence[Any]

    @property
    def name(self) -> str:
        """`slice` for `aten.slice.Tensor`."""
        return self.op.split(".")[1]


@dataclass
class Aliases:
    """Which tensors share memory, and which of them were numbered before that memory changed."""

    views: dict[int, View] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)  # of the memory, by its first tensor
    numbered_at: dict[int, int] = field(default_factory=dict)

    def note(self, func: Any, inputs: Sequence[Any], encoded: Sequence[Any], results: Sequence[Any]) -> None:
        """Remember the results that are views of the first input."""
        if not inputs or not is_tensor(inputs[0]):
            return
        view = View(inputs[0], str(func), list(encoded[1:]))
        parts = _taken_alone(view, results) if len(results) > 1 else [view]
        for part, taken in zip(results, parts, strict=True):
            if is_tensor(part) and id(part) not in self.numbered_at and _is_view(part, view.base):
                self.views[id(part)] = taken

    def fresh(self, tensor: Tensor) -> None:
        """The tensor has just been numbered."""
        self.numbered_at[id(tensor)] = self._version(tensor)

    def is_stale(self, tensor: Tensor) -> bool:
        """Whether its memory has changed since it was numbered."""
        return self.numbered_at.get(id(tensor), 0) < self._version(tensor)

    def wrote(self, tensor: Tensor) -> list[View]:
        """Its memory changed: the views between it and the tensor that owns the memory, innermost first."""
        chain: list[View] = []
        owner = tensor
        while view := self.views.get(id(owner)):
            chain.append(view)
            owner = view.base
        self.versions[id(owner)] = self.versions.get(id(owner), 0) + 1
        return chain

    def _version(self, tensor: Tensor) -> int:
        while view := self.views.get(id(tensor)):
            tensor = view.base
        return self.versions.get(id(tensor), 0)


def _is_view(part: Tensor, of: Tensor) -> bool:
    return part is not of and bool(torch._C._is_alias_of(part, of))  # type: ignore[attr-defined]


def _taken_alone(view: View, results: Sequence[Any]) -> list[View]:
    """The results of `unbind`, `chunk` or `split` as if each had been taken alone."""
    given = view.args if view.name == "unbind" else view.args[1:]
    axis = given[0] if given and isinstance(given[0], int) else 0
    if view.name == "unbind":
        return [View(view.base, "aten.select.int", [axis, index]) for index in range(len(results))]
    if view.name not in _SPLITTING:
        return [view] * len(results)
    ends = list(itertools.accumulate(part.shape[axis] for part in results))
    starts = [0, *ends]
    return [View(view.base, "aten.slice.Tensor", [axis, *piece]) for piece in zip(starts, ends, strict=False)]


def is_write(func: Any) -> bool:
    """Whether an operation changes the numbers in its first argument."""
    if str(func).split(".")[1] in _SHAPE_ONLY:
        return False
    arguments = func._schema.arguments
    return bool(arguments and arguments[0].alias_info is not None and arguments[0].alias_info.is_write)


def take_again(view: View, base: int, emit: Emit) -> int:
    """The view of its base's newest value."""
    return emit(view.op, [{"value": base}, *view.args])


def put_back(view: View, base: int, changed: int, emit: Emit) -> int:
    """The base's value once the view has a new one. Raises NotTraceable."""
    new, old = {"value": changed}, {"value": base}
    if view.name in ("slice", "select", "diagonal"):
        return emit(f"aten.{view.name}_scatter.default", [old, new, *view.args])
    if view.name == "narrow":
        axis, start, length = view.args
        start = start % view.base.shape[axis]
        return emit("aten.slice_scatter.default", [old, new, axis, start, start + length])
    if view.name in _SAME_ORDER:
        return emit("aten.reshape.default", [new, list(view.base.shape)])
    if view.name in _THEIR_OWN_INVERSE:
        return emit(view.op, [new, *view.args])
    if view.name in ("movedim", "moveaxis"):
        return emit(view.op, [new, view.args[1], view.args[0]])
    if view.name == "permute":
        order = [axis % view.base.dim() for axis in view.args[0]]
        return emit(view.op, [new, [order.index(axis) for axis in range(len(order))]])
    raise NotTraceable(f"an in-place operation on the result of {view.name}")
