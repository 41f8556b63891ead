"""What an assignment is tried with: its solution, the starter, nothing at all, and functions without bodies."""

from __future__ import annotations

import ast
import io
import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from grader.assignment import Assignment
from grader.catalog import public_files
from grader.errors import UserError
from grader.probes import Ask, Probe, ReadFiles
from grader.validation.expected import Expected

ARTEFACTS = (".pt", ".pth", ".ckpt", ".safetensors", ".npz", ".bin", ".pkl", ".npy", ".csv", ".tsv")
NOTHING = {"nothing.txt": b""}  # what somebody hands in who has nothing: a folder without files is nobody's


class NoSolution(UserError):
    """Nothing can be graded, because there is no solution as a student would hand it in."""


@dataclass(frozen=True)
class TrialWork:
    """What somebody could hand in: files by path. `origin` says where it comes from."""

    name: str
    files: Mapping[str, bytes]
    origin: str


def solution_of(assignment: Assignment, given: Path | None, expected: Expected | None) -> TrialWork:
    """The solution as a student would hand it in: what is `given`, else the sample that `expected.toml` calls
    `solution = true`, else `hidden/solution.py` (or `.ipynb`).

    Raises NoSolution.
    """
    marked = expected.solution() if expected is not None else None
    beside = [assignment.folder / "hidden" / name for name in ("solution.py", "solution.ipynb")]
    path = given or marked or next((one for one in beside if one.is_file()), None)
    if path is None:
        raise NoSolution(
            f"{assignment.folder / 'hidden'}: expected solution.py, the solution as a student would hand it in, "
            "found none\nhint: write it, name a file or folder with --solution, or mark a sample with solution = true"
        )
    return TrialWork("solution", _files(path), str(path))


def starter_of(assignment: Assignment) -> TrialWork | None:
    """What students start from, unchanged; None if nothing of it can be graded."""
    folder = assignment.folder / "starter"
    files = public_files(folder)
    programs = any(PurePosixPath(path).suffix in (".py", ".ipynb") for path in files)
    return TrialWork("starter", files, str(folder)) if programs else None


def empty_of(solution: TrialWork) -> TrialWork:
    """The solution's programs, with nothing in them."""
    found = unpacked(solution.files)
    files = {path: b"" for path in found if path.endswith(".py")}
    files |= {path: notebook([]) for path in found if path.endswith(".ipynb")}
    return TrialWork("empty", files, "an empty file")


def bodiless_of(solution: TrialWork, answers: Collection[str] = ()) -> TrialWork:
    """The solution, in which every function does nothing and returns None, and the `answers`, by name, are None."""
    found = unpacked(solution.files)
    files = {path: _without_bodies(path, content, answers) for path, content in found.items()}
    return TrialWork("without-bodies", files, "the solution in which every function only returns None")


def without_artefacts(work: TrialWork) -> TrialWork:
    """The same without what its program would have made: weights and predictions."""
    kept = {path: content for path, content in work.files.items() if not path.lower().endswith(ARTEFACTS)}
    return TrialWork(work.name, kept or NOTHING, work.origin)


def without_read(work: TrialWork, reads: Sequence[ReadFiles], documents: Sequence[str] = ()) -> TrialWork:
    """The same without the files that are read in boxes of their own (logs, weights, and reports, which are `documents`
    by their names), programs aside: where nothing was done there are none.
    """

    def is_read(path: str) -> bool:
        name = PurePosixPath(path).name.lower()
        return any(reading.fits(path) for reading in reads) or any(fnmatchcase(name, one.lower()) for one in documents)

    kept = {
        path: content for path, content in work.files.items() if path.endswith((".py", ".ipynb")) or not is_read(path)
    }
    return TrialWork(work.name, kept or NOTHING, work.origin)


def _files(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {path.name: path.read_bytes()}
    found = [one for one in sorted(path.rglob("*")) if one.is_file() and "__pycache__" not in one.parts]
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in found}


def unpacked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same with what lies in zips, each in a folder of its own: so programs in them can be changed too."""
    found: dict[str, bytes] = {}
    for path, content in files.items():
        if not path.lower().endswith(".zip"):
            found[path] = content
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inner = {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
        found |= {f"{path[:-4]}/{name}": part for name, part in unpacked(inner).items()}
    return found


def answers_of(probes: Sequence[Probe]) -> frozenset[str]:
    """The variables that hold written answers."""
    asked = [probe for probe in probes if isinstance(probe, Ask) and probe.library]
    cases = [case for probe in asked if probe.module == "written" for case in probe.cases]
    return frozenset(name for case in cases for name in case["names"])


def _without_bodies(path: str, content: bytes, answers: Collection[str]) -> bytes:
    if path.endswith(".py"):
        return _emptied(content.decode("utf-8", "replace"), answers).encode()
    if path.endswith(".ipynb"):
        return notebook([_emptied(source, answers) for source in code_cells(content)])
    return content


def _emptied(source: str, answers: Collection[str]) -> str:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = ast.parse("super().__init__()" if node.name == "__init__" else "return None").body
        elif isinstance(node, ast.Lambda):
            node.body = ast.Constant(None)
        elif isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id in answers for one in node.targets
        ):
            node.value = ast.Constant(None)
    return ast.unparse(ast.fix_missing_locations(tree))


def code_cells(content: bytes) -> list[str]:
    """The sources of a notebook's code cells; none if it cannot be read."""
    try:
        cells = json.loads(content)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return []
    return [source if isinstance(source, str) else "".join(source) for source in sources]


def notebook(sources: list[str]) -> bytes:
    """A notebook with these code cells."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
