"""Pickled histories: dictionaries, lists, numbers and NumPy's arrays come out; nothing else is called, ever.

A pickle is a program. It is read here, in the sandbox, and may name nothing but what `ALLOWED` has.
"""

from __future__ import annotations

import io
import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import records
from .log_parts import FileFound, UnreadableFile, to_float

MAX_NODES = 3_000_000


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Only what is listed. Raises UnreadableFile."""
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        what = f"{module}.{name}"[:120]
        if module.split(".", maxsplit=1)[0] in ("torch", "pandas", "tensorflow", "keras"):
            raise UnreadableFile(f"it holds an object of {what}: save plain numbers (float(loss)) as JSON or CSV")
        raise UnreadableFile(f"reading it would call {what}, which is not done: save plain numbers as JSON or CSV")

    def persistent_load(self, _: Any) -> Any:
        """What `torch.save` writes for tensors. Raises UnreadableFile."""
        raise UnreadableFile("it holds tensors: save plain numbers (float(loss)) as JSON or CSV")


def read(content: bytes) -> FileFound:
    """What a pickle holds. Raises UnreadableFile."""
    found = FileFound("pickle")
    try:
        value = _Reader(io.BytesIO(content)).load()
    except UnreadableFile:
        raise
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - a pickle may make anything fail
        raise UnreadableFile(f"it is no whole pickle: {type(error).__name__}: {error}"[:300]) from None
    records.values(plain(value, [MAX_NODES]), found)
    if not found.parts and not found.facts:
        raise UnreadableFile(f"there are no numbers in it: it is a {type(value).__name__}")
    return found


def plain(value: Any, left: list[int], depth: int = 0) -> Any:
    """Dictionaries, lists, numbers and texts. `left` nodes may be made: few bytes of a pickle can name many.

    Raises UnreadableFile.
    """
    left[0] -= 1
    if left[0] < 0 or depth > records.MAX_DEPTH:
        raise UnreadableFile("it holds more than a history does, or is nested too deeply")
    if isinstance(value, np.ndarray):
        return _array(value, left, depth)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(key)[:200]: plain(part, left, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple | deque):
        return [plain(part, left, depth + 1) for part in value]
    return value if isinstance(value, int | float | str | bool) or value is None else None


def _array(value: np.ndarray[Any, Any], left: list[int], depth: int) -> Any:
    if value.dtype.hasobject:
        return plain(value.tolist(), left, depth + 1)
    left[0] -= value.size
    if left[0] < 0:
        raise UnreadableFile("it holds more than a history does")
    if value.dtype.kind not in "biuf" or value.ndim > 2:
        return None
    return [to_float(one) for one in value] if value.ndim == 1 else value.tolist()


def _empty(kind: Any, shape: Any, _: Any) -> Any:
    """An array that is still to get its content; its shape is always (0,)."""
    if kind is not np.ndarray or shape not in ((0,), [0]):
        raise UnreadableFile("it holds an array that is made in an unusual way")
    return np.empty(0, np.int8)


def _scalar(kind: Any, content: Any = b"") -> Any:
    if not isinstance(kind, np.dtype) or kind.hasobject or not isinstance(content, bytes):
        raise UnreadableFile("it holds a number that is made in an unusual way")
    return np.frombuffer(content, kind, 1)[0]


def _from_buffer(content: Any, kind: Any, shape: Any, order: Any) -> Any:
    if not isinstance(kind, np.dtype) or kind.hasobject:
        raise UnreadableFile("it holds an array that is made in an unusual way")
    return np.frombuffer(content, kind).reshape(shape, order=order)


def _bytes_of(text: Any, encoding: Any) -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise UnreadableFile("it holds bytes that are made in an unusual way")
    return text.encode("latin-1")


_CONTAINERS = {"list": list, "dict": dict, "int": int, "float": float, "set": set, "tuple": tuple, "str": str}
_CORE = ("numpy.core", "numpy._core")
ALLOWED: Mapping[tuple[str, str], Any] = {
    **{("builtins", name): kind for name, kind in _CONTAINERS.items()},
    **{("__builtin__", name): kind for name, kind in _CONTAINERS.items()},
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): defaultdict,
    ("collections", "deque"): deque,
    ("collections", "Counter"): Counter,
    ("_codecs", "encode"): _bytes_of,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{(f"{core}.multiarray", "_reconstruct"): _empty for core in _CORE},
    **{(f"{core}.multiarray", "scalar"): _scalar for core in _CORE},
    **{(f"{core}.numeric", "_frombuffer"): _from_buffer for core in _CORE},
}
