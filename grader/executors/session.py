"""What a worker is told of a batch before its first submission, and whether it is fit for it."""

from __future__ import annotations

import pickle
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.basis import Basis, versions
from grader.batch.remote_work import Task
from grader.catalog import load_assignment
from grader.sandbox.protocol import Device

MEND = "hint: install the same homework-grader, PyTorch and Python on every machine"


@dataclass(frozen=True, kw_only=True)
class BatchSession:
    """One batch. `files` are the assignment's, by path; `slots` and `gpus` are what a worker has been given."""

    name: str
    assignment: str
    files: Mapping[str, bytes]
    seed: int
    device: Device
    sandbox: str
    versions: Mapping[str, str]
    asked_with: str
    assessed_with: str
    shared: str | None = None
    slots: int = 1
    gpus: int | None = None

    @classmethod
    def of(cls, task: Task, shared: Path | None) -> BatchSession:
        """What workers need to know of a batch."""
        return cls(
            name=task.name,
            assignment=task.assignment.id,
            files=assignment_files(task.assignment.folder),
            seed=task.basis.seed,
            device=task.device,
            sandbox=task.sandbox,
            versions=versions_here(),
            asked_with=task.basis.asked_with,
            assessed_with=task.basis.assessed_with,
            shared=None if shared is None else str(shared),
        )

    def packed(self) -> bytes:
        """For the way to a worker, which trusts whoever gives it work."""
        return pickle.dumps(self)

    def on(self, slots: int, gpus: int | None) -> BatchSession:
        """As it holds for one worker."""
        return replace(self, slots=slots, gpus=gpus)

    def unpacked(self, root: Path) -> Assignment:
        """The assignment, its files written below `root`. Raises OSError, AssignmentError."""
        for name, content in self.files.items():
            path = root / self.assignment / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return load_assignment(self.assignment, root)


def assignment_files(folder: Path) -> dict[str, bytes]:
    """An assignment's whole folder, `hidden/` included, without what Python and tools keep there."""
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    }


def versions_here() -> dict[str, str]:
    """What has to be the same on every machine."""
    return {
        "homework-grader": version("homework-grader"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **versions(),
    }


def other_versions(expected: Mapping[str, str], found: Mapping[str, str]) -> str | None:
    """Which versions differ, both named; None if none does."""
    names = sorted({*expected, *found})
    differing = [
        f"{name} {found.get(name, 'not installed')}, expected {expected.get(name, 'none')}"
        for name in names
        if expected.get(name) != found.get(name)
    ]
    return "; ".join(differing) or None


def unlike(session: BatchSession, assignment: Assignment) -> str | None:
    """Why this machine would grade otherwise than the one that keeps the gradebook; None if it would not."""
    if differing := other_versions(session.versions, versions_here()):
        return f"other versions: {differing}\n{MEND}"
    basis = Basis(assignment, session.seed)
    if basis.assessed_with != session.assessed_with:
        return f"the same versions, but other files of grader\n{MEND}"
    if basis.asked_with != session.asked_with:
        return f"the same versions, but other files of grader, or the seed gives other data there\n{MEND}"
    return None
