"""Arguments as the handout has them, passed to a student's function by name or in order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any

BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def called(function: Callable[..., Any], names: Sequence[str], values: Mapping[str, Any]) -> Any:
    """By name, where the function knows all the names; else in order, but for those that go by name alone. None is not
    passed to a function that has no place for it: that is as if it were not told.
    """
    named = _by_name(function, names)
    rest = _with_a_place(function, [name for name in names if name not in named], values)
    return function(*(values[name] for name in rest), **{other: values[name] for name, other in named.items()})


def _with_a_place(function: Callable[..., Any], names: Sequence[str], values: Mapping[str, Any]) -> Sequence[str]:
    kinds = [part.kind for part in _parameters(function).values()]
    if not kinds or any(kind is inspect.Parameter.VAR_POSITIONAL for kind in kinds):
        return names
    places = sum(kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)
    return names[:places] if all(values[name] is None for name in names[places:]) else names


def _by_name(function: Callable[..., Any], names: Sequence[str]) -> dict[str, str]:
    """The names that are passed by name, and what the function calls them."""
    parameters = _parameters(function)
    if all(name in parameters and parameters[name].kind in BY_NAME for name in names):
        return {name: name for name in names}
    alone = [part.name for part in parameters.values() if part.kind is part.KEYWORD_ONLY]
    needed = [name for name in alone if parameters[name].default is inspect.Parameter.empty]
    found = {name: name for name in names if name in alone}
    in_order = sum(part.kind in (part.POSITIONAL_ONLY, part.POSITIONAL_OR_KEYWORD) for part in parameters.values())
    left = [name for name in names if name not in found][in_order:]
    others = [name for name in needed if name not in found]
    return found | (dict(zip(left, others, strict=True)) if len(left) == len(others) else {})


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Those of `forward`, of a module; none where they cannot be known."""
    if type(function) is FunctionType or type(function) is type:
        return _of_defined(function)
    try:
        forward = getattr(function, "forward", None)
    except (TypeError, ValueError):  # of an object of the student's
        return {}
    called = forward if inspect.ismethod(forward) else function
    if type(called) is MethodType and type(called.__func__) is FunctionType:
        return _of_method(called.__func__)
    return _of(called)


@lru_cache(maxsize=64)  # one that draws is called a thousand times, a reference with hundreds of weights
def _of_defined(function: FunctionType | type) -> Mapping[str, inspect.Parameter]:
    return _of(function)


@lru_cache(maxsize=64)
def _of_method(function: FunctionType) -> Mapping[str, inspect.Parameter]:
    return _of(MethodType(function, object()))


def _of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
