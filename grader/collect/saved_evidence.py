"""Evidence on the disk: saved whole or not at all, and loaded as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from grader.evidence import Evidence, ExecutionRecord, SubmissionRecord
from grader.files import write_folder
from grader.sandbox.protocol import Array, Frame

if TYPE_CHECKING:
    from pydantic import TypeAdapter

DOCUMENT, ARRAYS = "evidence.json", "arrays.safetensors"


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # a tenth of a second, which only saving and loading have to wait for

    return TypeAdapter(kind, config={"strict": True} if kind is int else None)


def save(evidence: Evidence, folder: Path) -> None:
    """Write `evidence.json` and `arrays.safetensors`; the folder appears whole or not at all."""
    save_files(files_of(evidence), folder)


def files_of(evidence: Evidence) -> dict[str, bytes]:
    """What `save` writes, by file name."""
    document = json.dumps(_document(evidence), ensure_ascii=True).encode()
    return {DOCUMENT: document, ARRAYS: save_arrays(_arrays(evidence))}


def save_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write evidence's files as they are; the folder appears whole or not at all."""
    write_folder(folder, {name: files[name] for name in (DOCUMENT, ARRAYS)})


def _document(evidence: Evidence) -> dict[str, Any]:
    return {
        "schema": 1,
        "submission": _adapter(SubmissionRecord).dump_python(evidence.submission, mode="json"),
        "seed": evidence.seed,
        "asked_with": evidence.asked_with,
        **({} if evidence.drawn is None else {"drawn": dict(evidence.drawn)}),
        "executions": _adapter(tuple[ExecutionRecord, ...]).dump_python(evidence.executions, mode="json"),
        "environment": dict(evidence.environment),
        "frames": [dict(frame.header) for frame in evidence.frames],
    }


def _arrays(evidence: Evidence) -> dict[str, Array]:
    return {
        f"{index}/{name}": np.asarray(array, order="C")
        for index, frame in enumerate(evidence.frames)
        for name, array in frame.arrays.items()
    }


def load(folder: Path) -> Evidence:
    """Read what `save` wrote. Raises OSError when it is not there, ValueError when it is not whole."""
    return from_files({name: (folder / name).read_bytes() for name in (DOCUMENT, ARRAYS)}, str(folder))


def outline(folder: Path) -> Evidence:
    """Saved evidence without its arrays, which are most of it: enough for whatever does not assess it. Raises as `load`
    does, but damaged arrays are not noticed.
    """
    document = (folder / DOCUMENT).read_bytes()
    return from_files({DOCUMENT: document, ARRAYS: save_arrays({})}, str(folder))


def from_files(files: Mapping[str, bytes], where: str = "evidence") -> Evidence:
    """Evidence from what `files_of` made of it. Raises ValueError when it is not whole."""
    try:
        return _from_files(files[DOCUMENT], files[ARRAYS])
    except (ValueError, KeyError, IndexError, TypeError, SafetensorError) as error:
        raise ValueError(f"{where}: expected saved evidence, found it damaged ({str(error)[:200]})") from error


def load_record(folder: Path) -> SubmissionRecord:
    """What was handed in, of saved evidence, without the rest. Raises OSError or ValueError as `load` does."""
    try:
        record: SubmissionRecord = _adapter(SubmissionRecord).validate_python(
            json.loads((folder / DOCUMENT).read_bytes())["submission"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder}: expected saved evidence, found it damaged ({str(error)[:200]})") from error
    return record


def _from_files(document_bytes: bytes, arrays_bytes: bytes) -> Evidence:
    document = json.loads(document_bytes)
    headers = _adapter(list[dict[str, Any]]).validate_python(document["frames"])
    arrays: list[dict[str, Array]] = [{} for _ in headers]
    for name, array in load_arrays(arrays_bytes).items():
        index, _, rest = name.partition("/")
        arrays[int(index)][rest] = array
    return Evidence(
        _adapter(SubmissionRecord).validate_python(document["submission"]),
        _adapter(int).validate_python(document["seed"]),
        _adapter(tuple[ExecutionRecord, ...]).validate_python(document["executions"]),
        _adapter(dict[str, str]).validate_python(document["environment"]),
        tuple(Frame(header, found) for header, found in zip(headers, arrays, strict=True)),
        str(document.get("asked_with", "")),
        _adapter(dict[str, str]).validate_python(document["drawn"]) if "drawn" in document else None,
    )
