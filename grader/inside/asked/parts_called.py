"""What a function of a chain calls others of the chain with, and what those give: noted while it runs."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..served import Array
from .steps_taken import Step
from .values import flat, results

MOST_CALLS, MOST_NUMBERS = 6, 20_000  # so that what is noted takes little of the room for results
Raised = tuple[str, Exception]  # a function, what it raised
Part = tuple[str, dict[str, Array] | None, dict[str, Array] | None]  # a function, its inputs, its results


@contextmanager
def parts_noted(
    step: Step, steps: Sequence[Step], namespace: Mapping[str, Any], raised: list[Raised]
) -> Iterator[list[Part]]:
    """Meanwhile the calls of other functions of `steps` from the module of one are noted, in order; and in `raised`
    those that raised something.

    What is no array of numbers is None, and so is all of a call from within another one.
    """
    found: list[Part] = []
    own = namespace.get(step.path) if step.is_defined else None
    home = own.__globals__ if isinstance(own, types.FunctionType) else {}
    others = {
        other.path: (other, home[other.path])
        for other in steps
        if other.is_defined and other.path != step.path and _is_it(home.get(other.path), namespace.get(other.path))
    }
    for name, (other, function) in others.items():
        home[name] = _noting(other, function, found, raised)
    try:
        yield found
    finally:
        home.update({name: function for name, (_, function) in others.items()})


def _is_it(one: Any, other: Any) -> bool:
    return isinstance(one, types.FunctionType) and one is other


def _noting(step: Step, function: Callable[..., Any], found: list[Part], raised: list[Raised]) -> Callable[..., Any]:
    inside = False

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        nonlocal inside
        if inside or len(found) >= MOST_CALLS:
            return function(*args, **named)
        inputs, inside = _inputs(step, function, args, named), True
        try:
            result = function(*args, **named)
        except Exception as error:
            raised.append((step.path, error))
            raise
        finally:
            inside = False
        found.append((step.path, inputs, _arrays(step.outputs, results(result, len(step.outputs)))))
        return result

    return call


def _inputs(
    step: Step, function: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]
) -> dict[str, Array] | None:
    """By the handout's names, if it is called with as many values as the handout has."""
    try:
        given = list(inspect.signature(function).bind(*args, **named).arguments.values())
    except (TypeError, ValueError):
        return None
    return _arrays(step.inputs, given)


def _arrays(names: Sequence[str], values: Sequence[Any]) -> dict[str, Array] | None:
    if len(names) != len(values):
        return None
    parts = {name: flat(name, value) for name, value in zip(names, values, strict=True)}
    found = {name: part[name] for name, part in parts.items() if list(part) == [name]}
    arrays = {name: array.copy() for name, array in found.items() if isinstance(array, np.ndarray)}
    small = sum(array.size for array in arrays.values()) <= MOST_NUMBERS
    return arrays if small and len(arrays) == len(names) else None
