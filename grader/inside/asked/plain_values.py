"""Values that JSON cannot hold, in a form that it can: tuples, sets, bytes, dictionaries whose keys are no texts."""

from __future__ import annotations

from typing import Any

KIND = "\0kind"  # no dictionary of an assignment's has this key
_ITEMS = {"tuple": tuple, "set": set, "frozenset": frozenset}


def packed(value: Any) -> Any:
    """A value as it goes into the sandbox."""
    kind = type(value)
    if kind is dict and all(type(key) is str for key in value):
        return {key: packed(part) for key, part in value.items()}
    if kind is dict:
        return {KIND: "dict", "items": [[packed(key), packed(part)] for key, part in value.items()]}
    if kind is bytes:
        return {KIND: "bytes", "items": list(value)}
    if kind.__name__ in _ITEMS and kind in _ITEMS.values():
        items = sorted(value, key=repr) if kind in (set, frozenset) else value
        return {KIND: kind.__name__, "items": [packed(part) for part in items]}
    return [packed(part) for part in value] if kind is list else value


def unpacked(value: Any) -> Any:
    """What was packed; lists and dictionaries are new ones."""
    if type(value) is list:
        return [unpacked(part) for part in value]
    if type(value) is not dict:
        return value
    kind = value.get(KIND)
    if kind is None:
        return {key: unpacked(part) for key, part in value.items()}
    if kind == "bytes":
        return bytes(value["items"])
    items = [unpacked(part) for part in value["items"]]
    return {key: part for key, part in items} if kind == "dict" else _ITEMS[kind](items)  # noqa: C416 - pairs are lists
