"""A recorded operation's arguments as PyTorch takes them: values in their places, dtypes of the replay, no luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from grader.checks.allowed import operation
from grader.checks.operations import Node, NotReplayable
from grader.checks.sizes import MAX_ELEMENTS

NORMALISATIONS = ("batch_norm", "native_batch_norm", "cudnn_batch_norm")
RANDOM = ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
NOT_BACK = "it uses a tensor that did not come back"
LARGEST_SCALE, MOST_DECIMALS, LEAST_EPS = 1e6, 30, 1e-30
SIZES = ("size", "sizes", "shape", "normalized_shape")
ATTENTION = ("scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu")
RECURRENT = ("gru", "lstm", "rnn_relu", "rnn_tanh")
_CHECKED = (*SIZES, "eps")
_HOW_STORED = ("Device", "ScalarType", "Layout", "MemoryFormat")
_STORED = ("device", "pin_memory", "layout", "memory_format")
_DTYPES = {
    f"torch.{name}": getattr(torch, name)
    for name in (
        "float32",
        "float64",
        "float16",
        "bfloat16",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
        "bool",
    )
}


Prepared = tuple[torch._ops.OpOverload, list[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Template:
    """What is the same whenever a node runs in a precision: its operation, and its arguments but for tensors.

    `places` are those of its tensors among the arguments, with their numbers. `costs` is for what it needs, by the
    shapes and dtypes of these.
    """

    operation: torch._ops.OpOverload
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    places: tuple[tuple[int, int], ...]
    costs: dict[Any, Any] = field(default_factory=dict)

    def filled(self, values: Mapping[int, Tensor]) -> list[Any]:
        """The arguments with these tensors. Raises NotReplayable."""
        args = list(self.args)
        for place, number in self.places:
            if number not in values:
                raise NotReplayable(NOT_BACK)
            args[place] = values[number]
        return args


def template_of(node: Node, prepared: Prepared) -> Template | None:
    """The template of what was prepared; None where tensors are more than single arguments that stay as they are."""
    operation, args, kwargs = prepared
    lists = [part for part in (*args, *kwargs.values()) if isinstance(part, list)]
    nested = any(not isinstance(item, int | float | str) for part in lists for item in part)
    if node.name in _REWRITTEN or nested or any(isinstance(part, Tensor) for part in kwargs.values()):
        return None
    places = [(place, node.args[place]["value"]) for place, part in enumerate(args) if isinstance(part, Tensor)]
    bare = tuple(None if isinstance(part, Tensor) else part for part in args)
    return Template(operation, bare, kwargs, tuple(places))


def prepare(node: Node, values: Mapping[int, Tensor], precision: torch.dtype) -> Prepared:
    """The operation that stands for a node's, with its arguments. Floating-point results are at least of `precision`.

    Raises NotReplayable.
    """
    found = operation(node.op, node.name)
    args = [_decode(part, values) for part in _arguments(node)]
    kwargs = {name: _decode(part, values) for name, part in node.kwargs.items() if name not in _STORED}
    if rewrite := _REWRITTEN.get(node.name):
        args, kwargs = rewrite(args, kwargs)
    names, stored = _names_and_stored(found)
    _check_sizes(names, args, kwargs)
    for place, kind in stored:
        if place < len(args):
            args[place] = _stored_here(kind, args[place], precision)
    if "dtype" in kwargs:
        kwargs["dtype"] = _dtype(kwargs["dtype"], precision)
    return found, args, {name: value for name, value in kwargs.items() if name != "dtype" or value is not None}


@lru_cache(maxsize=1024)
def _names_and_stored(operation: torch._ops.OpOverload) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """The names of an operation's arguments, in order; place and kind of those that say how tensors are stored."""
    parts = operation._schema.arguments
    kinds = [(place, str(part.real_type)) for place, part in enumerate(parts)]
    stored = [(place, kind) for place, kind in kinds if any(name in kind for name in _HOW_STORED)]
    return tuple([part.name for part in parts]), tuple(stored)


def _check_sizes(names: Sequence[str], args: list[Any], kwargs: Mapping[str, Any]) -> None:
    """No size is negative, but for -1, which stands for what is left; no eps vanishes in float32."""
    for name, given in (*zip(names, args, strict=False), *kwargs.items()):
        if name not in _CHECKED:
            continue
        sizes = given if name in SIZES and isinstance(given, list) else []
        if any(isinstance(size, int) and size < -1 for size in sizes):
            raise NotReplayable(f"its forward pass could not be written down: malformed (a size of {min(sizes)})")
        if name == "eps" and isinstance(given, float) and 0 < abs(given) < LEAST_EPS:
            raise NotReplayable(f"an eps of {given:g} is beyond what float32 can hold")


def _dtype(wanted: Any, precision: torch.dtype) -> torch.dtype | None:
    """What is not a dtype is left out. A network that computes in less than the replay does is run in the replay's."""
    if not isinstance(wanted, torch.dtype):
        return None
    return torch.promote_types(wanted, precision) if wanted.is_floating_point else wanted


def _stored_here(kind: str, value: Any, precision: torch.dtype) -> Any:
    """A device becomes this processor. A dtype is a dtype: a number in its place can crash PyTorch."""
    if "Device" in kind:
        return torch.device("cpu")
    if isinstance(value, int):
        raise NotReplayable("its forward pass could not be written down: malformed (expected a dtype)")
    return _dtype(value, precision)


def _arguments(node: Node) -> list[Any]:
    args = list(node.args)
    if node.name in (*NORMALISATIONS, "instance_norm"):
        if len(args) <= 5 or not isinstance(args[5], bool):
            raise NotReplayable(f"operation {node.op[:80]} does not say whether it trains")
        if args[5]:
            args[3:5] = [None, None]  # running statistics: not used in training mode, and not ours to update
    if _is_random(node, args):
        raise NotReplayable(f"its forward pass is random (operation {node.op[:80]})")
    return args


def _is_random(node: Node, args: list[Any]) -> bool:
    """Whether the result depends on drawn numbers. A dropout with probability 0 draws none."""
    given = {index: arg for index, arg in enumerate(args)} | dict(node.kwargs)  # noqa: C416 - both kinds of keys
    if node.name in RANDOM:
        return args[2:] == [True] and args[1] != 0
    if node.name in RECURRENT:
        return args[6:7] == [True] and args[5] != 0 and args[4] != 1
    if node.name in ATTENTION:
        return bool(given.get(4 if node.name == ATTENTION[0] else 3, given.get("dropout_p", 0)) != 0)
    return node.name == "rrelu" and bool(given.get(3, given.get("training", False)))


def _decode(part: Any, values: Mapping[int, Tensor]) -> Any:
    match part:
        case {"value": int(number)}:
            if number not in values:
                raise NotReplayable(NOT_BACK)
            return values[number]
        case {"float": str(text)}:
            return float(text)
        case {"other": str(text)}:
            return _DTYPES.get(text)
        case list():
            return [_decode(item, values) for item in part]
        case _:
            return part


Arguments = tuple[list[Any], dict[str, Any]]


def _attention(args: list[Any], kwargs: dict[str, Any]) -> Arguments:
    """As the formula takes it: a mask of true and false is added as 0 and -∞."""
    if abs(kwargs.get("scale") or 0) > LARGEST_SCALE:
        raise NotReplayable("the scale of an attention is beyond what float32 can hold")
    mask = args[3] if len(args) > 3 else kwargs.pop("attn_mask", None)
    query = args[0] if args else None
    if isinstance(query, Tensor) and not query.is_floating_point():
        raise NotReplayable("an attention over numbers without fractions")
    if isinstance(mask, Tensor) and mask.dtype == torch.bool and isinstance(query, Tensor):
        mask = torch.zeros_like(mask, dtype=query.dtype).masked_fill_(mask.logical_not(), -torch.inf)
    return [*args[:3], mask, *args[4:]], kwargs


def _flash_attention(args: list[Any], kwargs: dict[str, Any]) -> Arguments:
    """The mask comes before the dropout."""
    return _attention([*args[:3], kwargs.pop("attn_mask", None), *args[3:]], kwargs)


def _round(args: list[Any], kwargs: dict[str, Any]) -> Arguments:
    """To so many digits as float32 can tell apart."""
    if abs(kwargs.get("decimals") or 0) > MOST_DECIMALS:
        raise NotReplayable(f"rounding to {kwargs['decimals']} digits is beyond what float32 can hold")
    return args, kwargs


def _one_hot(args: list[Any], kwargs: dict[str, Any]) -> Arguments:
    """As many classes as the largest label asks for, where none are named."""
    classes = args[1] if len(args) > 1 else kwargs.get("num_classes", -1)
    if args and isinstance(args[0], Tensor) and classes == -1 and args[0].numel():
        classes = int(args[0].max()) + 1
    return [*args[:1], classes], {}


def _masks_as_places(args: list[Any], kwargs: dict[str, Any]) -> Arguments:
    """Masks of true and false as the places where they are true: how many there are decides the result's size."""
    if len(args) < 2 or not isinstance(args[1], list):
        return args, kwargs
    places: list[Any] = []
    for part in args[1]:
        mask = isinstance(part, Tensor) and part.dtype in (torch.bool, torch.uint8)
        if mask and part.numel() * max(1, part.dim()) > MAX_ELEMENTS:
            raise NotReplayable("a mask is too large for a homework's network")
        places += _places(part, args[0], len(places)) if mask else [part]
    return [args[0], places, *args[2:]], kwargs


def _places(mask: Tensor, given: Any, axis: int) -> list[Tensor]:
    sizes = tuple(given.shape[axis : axis + mask.dim()]) if isinstance(given, Tensor) else None
    if not mask.dim() or tuple(mask.shape) != sizes:
        raise NotReplayable(f"a mask of {tuple(mask.shape)} does not fit a tensor of {sizes}")
    return list(mask.nonzero(as_tuple=True))


_REWRITTEN: Mapping[str, Callable[[list[Any], dict[str, Any]], Arguments]] = {
    "scaled_dot_product_attention": _attention,
    "_scaled_dot_product_flash_attention_for_cpu": _flash_attention,
    "one_hot": _one_hot,
    "round": _round,
    "index": _masks_as_places,
    "index_put": _masks_as_places,
}
