"""A file of predictions, brought back as it lies: a table as its bytes, an array as numbers. Nothing is judged here."""

from __future__ import annotations

import csv
import io
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from ..channel import sendable
from ..raised import last_line
from ..served import Array

Header = dict[str, Any]


def answer(_: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """The file that is called `file`, else the only one that fits one of `patterns`."""
    paths = sorted(path for path in Path.cwd().rglob("*") if path.is_file() and not path.is_symlink())
    files = found([path.relative_to(Path.cwd()).as_posix() for path in paths], case["file"], case["patterns"])
    if len(files) != 1:
        return {"files": files}, {}
    path = Path(files[0])
    if path.stat().st_size > case["most"]:
        return {"files": files, "broken": f"is larger than {case['most'] // 2**20} MiB"}, {}
    with path.open("rb") as stream:
        is_array = stream.read(6) == b"\x93NUMPY"
    if not is_array:
        return {"files": files}, {"table": np.frombuffer(path.read_bytes(), dtype=np.uint8).copy()}
    try:
        array = np.load(path, allow_pickle=False, mmap_mode=None)
        texts = array.dtype.kind in "US" and array.ndim in (1, 2)
        return {"files": files}, {"table": _as_table(array)} if texts else {"array": sendable(array)}
    except MemoryError:
        return {"files": files, "broken": "declares an array that is larger than the file"}, {}
    except Exception as error:  # noqa: BLE001 - the file is a student's
        return {"files": files, "broken": f"could not be read: {last_line(error)[:300]}"}, {}


def _as_table(array: Array) -> Array:
    """Texts, row by row, as the bytes of a table."""
    rows = [[one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in row] for row in _rows(array)]
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return np.frombuffer(written.getvalue().encode("utf-8", "replace"), dtype=np.uint8).copy()


def _rows(array: Array) -> list[list[Any]]:
    return [list(row) for row in array.reshape(len(array), -1).tolist()]


def found(paths: list[str], asked: str, patterns: list[str]) -> list[str]:
    """The file of that name that lies nearest to the top, else all that fit a pattern."""
    own = sorted((one for one in paths if _name(one) == asked.lower()), key=lambda one: one.count("/"))
    if own and own[0].count("/") < min((one.count("/") for one in own[1:]), default=99):
        return own[:1]
    return own or [one for one in paths if any(fnmatchcase(_name(one), pattern.lower()) for pattern in patterns)][:10]


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()
