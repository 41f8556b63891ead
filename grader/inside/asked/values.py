"""Values of functions on their way out: nested lists, tuples and dictionaries as arrays by name."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from ..arrays import as_array, is_sparse
from ..raised import class_name
from ..served import Array
from ..torch_there import is_tensor

MAX_PARTS, MAX_DEPTH = 200, 4
LONGEST_TEXT = 200  # letters of a text that come back
PLAIN = (bool, int, float)
# Looked up first, as a call that draws is made a thousand times: most values are of one of these themselves.
_FIXED = frozenset({*PLAIN, str, type(None)})
_PLAIN = _FIXED | {dict, list, tuple, np.ndarray}


class Kind(str):
    """What kind of thing a value is that holds no numbers."""

    __slots__ = ()


def is_plain(value: Any) -> bool:
    """Whether a value is numbers, a text, or lists and dictionaries: not an object of a class of the student's."""
    kind = type(value)
    if type(kind) is type and kind in _PLAIN:  # another's class of classes may not be hashable
        return True
    tensor = any(part.__name__ == "Tensor" and part.__module__.startswith("torch") for part in kind.__mro__)
    return tensor or issubclass(kind, (*PLAIN, str, dict, list, tuple, np.ndarray, np.generic))


def flat(name: str, value: Any, depth: int = MAX_DEPTH) -> dict[str, Array | str | None]:
    """A value as arrays by name: `out`, `grads['w']`, `layers[0]`. What holds no numbers is a text or None."""
    kind = type(value)
    if issubclass(kind, dict) and depth:
        parts = [(f"{name}[{_plain_key(key)!r:.60}]", part) for key, part in list(dict.items(value))[:MAX_PARTS]]
        if not parts:
            return {name: Kind("an empty dictionary")}
        return {key: part for inner, item in parts for key, part in flat(inner, item, depth - 1).items()}
    if issubclass(kind, list | tuple) and depth:
        items = list(list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value))[:MAX_PARTS]
        if not _is_one_array(items):
            parts = [(f"{name}[{index}]", item) for index, item in enumerate(items)]
            return {key: part for inner, item in parts for key, part in flat(inner, item, depth - 1).items()}
    if value is None or issubclass(kind, str):  # also NumPy's, of an array of names
        return {name: value if value is None else str.__str__(value)[:LONGEST_TEXT]}
    array = None if _reads_itself(value) else as_array(value)[0]
    return {name: Kind(f"a {_name(value)}") if array is None else array}


def _reads_itself(value: Any) -> bool:
    """Whether it is an object whose own `__getitem__` would have to run for its entries, such as a data set."""
    kind = type(value)
    return (
        not is_plain(value)
        and not hasattr(kind, "__array__")
        and not is_sparse(kind)
        and isinstance(getattr(kind, "__getitem__", None), FunctionType)
    )


def _plain_key(key: Any) -> Any:
    """NumPy's numbers as Python's: keys that are equal read the same."""
    if issubclass(type(key), np.generic):
        return key.item()
    return tuple(map(_plain_key, key)) if type(key) is tuple else key


def results(value: Any, count: int) -> list[Any]:
    """What a function returned, as so many results where it is a tuple (a named one too) or a list of them, or an array
    of so many parts, as Python assigns them to several names.
    """
    if count != 1 and issubclass(type(value), tuple | list):
        return list(tuple.__iter__(value) if isinstance(value, tuple) else list.__iter__(value))
    is_array = count != 1 and is_plain(value) and hasattr(value, "ndim")
    return list(value) if is_array and value.ndim and len(value) == count else [value]


def _is_one_array(items: list[Any]) -> bool:
    """Whether the parts of a list are numbers, or lists of numbers of one length."""
    if all(type(item) in PLAIN or issubclass(type(item), np.generic) for item in items):
        return True
    return all(
        type(item) in (list, tuple) and len(item) == len(items[0]) and _is_one_array(list(item)) for item in items
    )


def _name(value: Any) -> str:
    return class_name(type(value))


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The inputs that hold other numbers, or other keys, than before."""
    return [
        name
        for name in before
        if not _is_the_same(before[name], after[name]) and not same(flat(name, before[name]), flat(name, after[name]))
    ]


def _is_the_same(one: Any, other: Any) -> bool:
    """Of two numbers, two arrays, or two tensors, quickly: a call that draws is looked at a thousand times."""
    if one is other:
        return type(type(one)) is type and type(one) in _FIXED
    if is_tensor(one) and is_tensor(other) and one.is_leaf and not one.requires_grad and not other.requires_grad:
        try:
            one, other = one.numpy(), other.numpy()
        except (RuntimeError, TypeError):  # a tensor that no array can stand for
            return False
    return type(one) is np.ndarray and type(other) is np.ndarray and not one.dtype.hasobject and _equal(one, other)


def grown(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The dictionaries that hold more keys than before, and the same under those that they had."""
    dictionaries = [name for name, value in before.items() if type(value) is dict and type(after[name]) is dict]
    return [
        name
        for name in dictionaries
        if before[name].keys() < after[name].keys()
        and same(flat(name, before[name]), flat(name, {key: after[name][key] for key in before[name]}))
    ]


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two values are the same numbers in the same places."""
    return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    return type(one) is type(other) and bool(one == other)


def copied(value: Any) -> Any:
    """A copy that shares no numbers with it. A tensor keeps its graph."""
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return value.copy(order="K")
    if type(value) is dict:
        return {key: copied(part) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(copied(part) for part in value)
    if hasattr(value, "requires_grad"):
        return value.clone()
    return copy.deepcopy(value)
