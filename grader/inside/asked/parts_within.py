"""What a module calls its parts with, what those give, and the gradients at both ends: noted while it runs.

A part is a module of a class that has a name of its own in the handout, or a function. `grader/checks/blocks/` has the
half that reads it.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ..raised import class_name
from ..served import Array

MOST_CALLS, MOST_NUMBERS = 20, 120_000  # so that what is noted takes little of the room for results
Wrapped = Callable[..., Any]


@dataclass
class NotedCall:
    """One call: tensors that went in and came out by place, and the gradients that came back at both ends; to
    which of those that went in gradients can come back, and whether they can from what came out.
    """

    name: str
    given: dict[int, Tensor]
    gave: dict[int, Tensor]
    slopes_given: dict[int, Tensor] = field(default_factory=dict)
    slopes_gave: dict[int, Tensor] = field(default_factory=dict)
    learns: tuple[int, ...] = ()
    gives: bool = False

    def numel(self) -> int:
        """How many numbers went in and came out."""
        return sum(part.numel() for part in (*self.given.values(), *self.gave.values()))

    def arrays(self, place: str) -> dict[str, Array]:
        """All of it as arrays."""
        sides = {"in": self.given, "out": self.gave, "in slope": self.slopes_given, "out slope": self.slopes_gave}
        return {
            f"{place}/{side}/{number}": part.numpy() for side, parts in sides.items() for number, part in parts.items()
        }


def modules_named(target: nn.Module, name: str) -> dict[str, nn.Module]:
    """The modules within one that are of a class of this name, by their own names."""
    return {
        path: part
        for path, part in nn.Module.named_modules(target)
        if path and any(class_name(kind) == name for kind in type(part).__mro__)
    }


@contextmanager
def parts_noted_within(target: object, names: Sequence[str], namespace: Mapping[str, Any]) -> Iterator[list[NotedCall]]:
    """Meanwhile calls of the parts of these names are noted, in order."""
    found: list[NotedCall] = []
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(parts_replaced(target, name, namespace, functools.partial(_noting, name, found)))
        yield found


@contextmanager
def parts_replaced(
    target: object, name: str, namespace: Mapping[str, Any], replaced: Callable[[Wrapped], Wrapped]
) -> Iterator[None]:
    """Meanwhile every part of this name is what `replaced` makes of it."""
    function = namespace.get(name)
    home = function.__globals__ if isinstance(function, types.FunctionType) else {}
    changed = home if home.get(name) is function and isinstance(function, types.FunctionType) else {}
    modules = list(modules_named(target, name).values()) if isinstance(target, nn.Module) else []
    own = [part.__dict__.get("forward") for part in modules]  # an instance may have a `forward` of its own
    for part in modules:
        part.__dict__["forward"] = replaced(part.forward)
    if changed:
        changed[name] = replaced(changed[name])
    try:
        yield
    finally:
        if changed:
            changed[name] = function
        for part, before in zip(modules, own, strict=True):
            part.__dict__.pop("forward", None)
            if before is not None:
                part.__dict__["forward"] = before


def _noting(name: str, found: list[NotedCall], function: Wrapped) -> Wrapped:
    inside = False

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        nonlocal inside
        given = None if inside or len(found) >= MOST_CALLS else arguments(function, args, named)
        if given is None:
            return function(*args, **named)
        inside = True
        noted = NotedCall(name, {}, {})
        try:
            for number, (key, value) in enumerate(given.arguments.items()):
                if isinstance(value, Tensor):
                    given.arguments[key] = _watched(value, number, noted.given, noted.slopes_given)
            result = function(*given.args, **given.kwargs)
        finally:
            inside = False
        whole = tensors(result)
        places = enumerate(given.arguments.values())
        noted.learns = tuple(place for place, part in places if isinstance(part, Tensor) and part.requires_grad)
        noted.gives = any(part.requires_grad for part in whole)
        parts = [_watched(part, number, noted.gave, noted.slopes_gave) for number, part in enumerate(whole)]
        if parts and sum(one.numel() for one in (*found, noted)) <= MOST_NUMBERS:
            found.append(noted)
        return like(result, parts) if parts else result

    return call


def arguments(function: Wrapped, args: Sequence[Any], named: Mapping[str, Any]) -> inspect.BoundArguments | None:
    """What a part is called with, in its own order; what it is not told is as it has it."""
    try:
        bound = inspect.signature(function).bind(*args, **named)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return bound


def tensors(result: Any) -> list[Tensor]:
    """What a part gave, as tensors; none where it gave something else."""
    parts = list(result) if type(result) in (tuple, list) else [result]
    return parts if all(isinstance(part, Tensor) for part in parts) else []


def like(result: Any, parts: Sequence[Tensor]) -> Any:
    """Tensors in the form of a result."""
    return type(result)(parts) if type(result) in (tuple, list) else parts[0]


def _watched(tensor: Tensor, number: int, values: dict[int, Tensor], slopes: dict[int, Tensor]) -> Tensor:
    """The tensor, whose numbers and gradient are noted. Of one that is used elsewhere too, the gradient of this use."""
    values[number] = tensor.detach().cpu().clone()
    if not tensor.requires_grad:
        return tensor

    def note(slope: Tensor) -> None:
        with torch.no_grad():
            slopes[number] = slope.detach().cpu().clone()

    used = tensor.view_as(tensor)
    used.register_hook(note)  # type: ignore[no-untyped-call]
    return used
