"""Functions in which a student answers questions: in a file of their own, in the main file, or in any other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .. import building
from ..arrays import as_array
from ..cause import told
from ..torch_there import is_tensor

MAX_BYTES, MAX_NOTEBOOK = 5_000_000, 30_000_000
DOCUMENTS = (".pdf", ".docx", ".odt", ".tex", ".md", ".jpg", ".jpeg", ".png", ".heic")
_Space = tuple[str, dict[str, Any], Sequence[dict[str, Any]]]  # a file, its names, and its errors
_SPACES: dict[tuple[str, str, tuple[str, ...]], list[_Space]] = {}


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Call `case["function"]` with each of the served `calls`; the first file whose function is filled in answers.

    Files that are called `file` come first, then those with it in their names. Where there is none, the error that
    took it away is told, documents are named, and notebooks that speak of `topics` (a regular expression) between
    their cells.
    """
    header: dict[str, Any] = {"missing": True}
    calls = json.loads(session.arrays[case["calls"]].tobytes())[case["function"]]
    for where, space, errors in _spaces(session, case["names"], case["file"]):
        function = _function(space, case["function"])
        if function is None:
            lost = next((error for error in errors if case["function"] in error.get("lost", ())), None)
            header = {**header, "lost": lost} if lost and "lost" not in header else header
            continue
        found: dict[str, Any] = {"where": where, "answers": [_called(function, call) for call in calls]}
        if not all("NotImplementedError" in part.get("error", "") for part in found["answers"]):
            return found, {}
        header = header if "answers" in header else {**header, **found}
    return header | {"written": [] if "answers" in header else _written(case["topics"])}, {}


def _written(topics: str) -> list[str]:
    """Files in which the answers may stand as text: documents, and notebooks that speak of them between their cells."""
    speaks_of_it = re.compile(topics, re.IGNORECASE)
    paths = [path for path in Path().rglob("*") if path.is_file()]
    documents = [path for path in paths if path.suffix.lower() in DOCUMENTS]
    notebooks = [path for path in paths if path.suffix.lower() == ".ipynb" and path.stat().st_size <= MAX_NOTEBOOK]
    return [str(path) for path in documents + [path for path in notebooks if speaks_of_it.search(_markdown(path))]][:5]


def _markdown(path: Path) -> str:
    try:
        cells = json.loads(path.read_bytes())["cells"]
        texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
        return "\n".join(text if isinstance(text, str) else "".join(text) for text in texts)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _spaces(session: Any, names: list[str], file: str) -> list[_Space]:
    """The namespaces to look in: files called so first, then the main file, then others that define a name."""
    entry = session.request["entry"]
    key = (entry, file, tuple(names))
    if key not in _SPACES:
        others = [path for path in _files() if path != entry and _defines(path, names)]
        called = [path for path in [entry, *others] if path and file in Path(path).name.lower()]
        ordered = dict.fromkeys([*sorted(called, key=_nearest(file)), entry, *others])
        _SPACES[key] = [
            (path, session.main_names, ()) if path == entry else (path, *_loaded(session, path)) for path in ordered
        ]
    return _SPACES[key]


def _nearest(file: str) -> Callable[[str], tuple[Any, ...]]:
    """What orders paths: the very name before others that have it in them, upper folders before lower ones, and
    higher numbers before lower ones.
    """

    def place(path: str) -> tuple[Any, ...]:
        stem = Path(path).stem.lower()
        return stem != file, path.count("/"), [-int(number) for number in re.findall(r"\d{1,9}", stem)], path

    return place


def _files() -> list[str]:
    paths = (path for path in Path().rglob("*") if path.suffix.lower() in (".py", ".ipynb") and path.is_file())
    return sorted(str(path) for path in paths if path.stat().st_size <= MAX_BYTES)


def _defines(path: str, names: list[str]) -> bool:
    text = Path(path).read_bytes().decode("utf-8", "replace")
    return any(re.search(rf"\b{name}\b\s*(?:=|\()", text, re.IGNORECASE) for name in names)


def _loaded(session: Any, path: str) -> tuple[dict[str, Any], Sequence[dict[str, Any]]]:
    loaded = session.load_file(path)
    return loaded.namespace, loaded.errors


def _function(space: dict[str, Any], name: str) -> Any:
    """That of the very name, else the last one whose name differs by capitals and underscores alone."""
    if callable(space.get(name)):
        return space[name]
    wanted = name.replace("_", "")
    found = [value for key, value in space.items() if key.lower().replace("_", "") == wanted and callable(value)]
    return found[-1] if found else None


def _called(function: Any, call: list[Any]) -> dict[str, Any]:
    """One call: the numbers that came back and what they are, or what it raised."""
    try:
        result = function(*[list(value) if isinstance(value, list) else value for value in call])
    except Exception as error:  # noqa: BLE001 - student code
        return told(error, 500)
    parts = list(result) if isinstance(result, tuple | list) else [result]
    if (isinstance(result, np.ndarray) or is_tensor(result)) and result.ndim == 1:
        parts = list(result)
    return {"kind": type(result).__name__[:60], "length": len(parts), "parts": [_part(value) for value in parts[:8]]}


def _part(value: Any) -> dict[str, Any]:
    """A number as JSON holds it: integers exactly, as text."""
    kind = type(value).__name__[:60]
    if type(value) is int:
        return {"kind": kind, "integer": str(value) if value.bit_length() < 400 else "too large"}
    if isinstance(value, Fraction):
        return {"kind": kind, "number": repr(float(value))}
    array, _ = as_array(value)
    if array is None or array.size != 1 or array.dtype.kind not in "biuf":
        return {"kind": kind, "text": str(building.simple(value))[:100]}
    if array.dtype.kind in "iub":
        return {"kind": kind, "integer": str(int(array.reshape(()).item()))}
    return {"kind": kind, "number": repr(float(array.reshape(()).item()))}
