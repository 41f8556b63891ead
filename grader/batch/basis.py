"""What a grade rests on besides the evidence, as digests: if they are the same, nothing need be done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.batch.imports import imported
from grader.collect.collect import ASKED
from grader.policies import Terms
from grader.sandbox.protocol import Array

ROOT = Path(__file__).parent.parent
ASSESSING = ("assess/criteria.py", "grading.py")  # and whatever they and the assignment's files import
ASKING = ("inside", "collect", "probes.py")
PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Basis:
    """The assignment's files, the grader's code and the versions that grades of one batch rest on."""

    assignment: Assignment
    seed: int

    @cached_property
    def assessed_with(self) -> str:
        """Digest of all that turns evidence into a grade."""
        digest = hashlib.sha256(self.library.encode())
        _add(digest, files_of(self.assignment.folder))
        return digest.hexdigest()

    @cached_property
    def library(self) -> str:
        """Digest of all of that which is not the assignment's own: the grader's code, and versions of packages."""
        digest = hashlib.sha256(json.dumps(versions()).encode())
        own = (path for path in files_of(self.assignment.folder) if path.suffix == ".py")
        checks = [ROOT / name for name in ASSESSING]
        _add(digest, sorted({*checks, *imported([*checks, *own])}))
        return digest.hexdigest()

    @cached_property
    def asked_with(self) -> str:
        """Digest of all that goes into the sandbox, beside the submission itself, and of what receives it there."""
        assignment = self.assignment
        told = {name: getattr(assignment, name) for name in ASKED}
        digest = hashlib.sha256(json.dumps([told, versions()], default=_plain, sort_keys=True).encode())
        for name, content in sorted((assignment.support() | assignment.handed_out()).items()):
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
        for arrays in (assignment.data(self.seed), assignment.full_sizes):
            _add_arrays(digest, arrays)
        _add(digest, _asking())
        return digest.hexdigest()

    def of(self, terms: Terms, told: Any = None) -> str:
        """Digest of what one grade rests on: `assessed_with`, the student's terms and what an LMS `told`."""
        text = f"{self.assessed_with}\0{terms!r}\0{told!r}"
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


_STOPPED = "stopped "


def stopped(basis: str) -> str:
    """The basis of a grade with criteria at which assessing was ended: it is not tried again by itself."""
    return f"{_STOPPED}{basis}"


def is_stopped(basis: str) -> bool:
    """Whether a basis is one of those."""
    return basis.startswith(_STOPPED)


@cache
def versions() -> Mapping[str, str]:
    """The installed versions of packages that grades rest on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def _asking() -> tuple[Path, ...]:
    return tuple(path for name in ASKING for path in files_of(ROOT / name))


def files_of(path: Path) -> list[Path]:
    """The files of a folder that somebody wrote, or the one file."""
    if path.is_file():
        return [path]
    found = (file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def _add(digest: Any, paths: Iterable[Path]) -> None:
    for path in paths:
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())


def _add_arrays(digest: Any, arrays: Mapping[str, Array]) -> None:
    for name, array in sorted(arrays.items()):
        digest.update(f"{name}\0{array.dtype}\0{array.shape}\0".encode())
        digest.update(array.tobytes())


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {"type": type(value).__qualname__, **asdict(value)}
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    return str(value)
