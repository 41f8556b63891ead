"""Plain values as JSON holds them, and again as they were: numbers, texts, arrays; tuples, lists and dicts of these.

The same value comes back, bit by bit and of the same type: a verdict must not hang on whether something was kept.
"""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

PLAIN = (type(None), bool, int, float, str)
KINDS = "biufc"  # of numbers in arrays; objects are none
EXPECTED = "expected None, numbers, texts, arrays of numbers, and tuples, lists and dicts of these"


def written(value: object) -> Any:
    """A value as JSON holds it. Raises TypeError for what is not plain."""
    if type(value) in PLAIN:
        return value
    if type(value) is list:
        return [written(part) for part in value]
    if type(value) is tuple:
        return {"tuple": [written(part) for part in value]}
    if type(value) is dict and all(type(name) is str for name in value):
        return {"dict": {name: written(part) for name, part in value.items()}}
    if type(value) is np.ndarray and value.dtype.kind in KINDS:
        content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": [value.dtype.str, list(value.shape), content]}
    raise TypeError(f"{EXPECTED}; found {type(value).__name__}")


def read(told: Any) -> Any:
    """The value again; its arrays cannot be written to. Raises ValueError for what `written` did not make."""
    match told:
        case None | bool() | int() | float() | str():
            return told
        case list():
            return [read(part) for part in told]
        case {"tuple": list(parts)}:
            return tuple(read(part) for part in parts)
        case {"dict": dict(parts)}:
            return {name: read(part) for name, part in parts.items()}
        case {"array": [str(kind), list(shape), str(content)]}:
            return _array(kind, shape, content)
    raise ValueError(f"{EXPECTED}; found something else")


def _array(kind: str, shape: list[Any], content: str) -> np.ndarray[Any, Any]:
    try:
        dtype, raw = np.dtype(kind), base64.b64decode(content, validate=True)
        if dtype.kind not in KINDS or len(raw) != dtype.itemsize * math.prod(shape):
            raise ValueError("its size is another")
        return np.frombuffer(raw, dtype).reshape(shape)
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected an array, found none: {str(error)[:100]}") from None
