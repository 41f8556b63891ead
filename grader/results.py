"""The folder that a batch fills: where each file lies, and how exhibits are kept beside the grade."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from grader.finding import Exhibit
from grader.gradebook.atomic import write_atomically
from grader.grading import Grade

_EXHIBITS = TypeAdapter(dict[str, tuple[Exhibit, ...]])


class ResultsError(Exception):
    """The results folder cannot be used. The message is for the TA."""


@dataclass(frozen=True)
class StudentFolder:
    """One student's part: `grade.json`, `exhibits.json`, `feedback.pdf`, `evidence/`."""

    path: Path

    @property
    def grade(self) -> Path:
        """The grade as JSON."""
        return self.path / "grade.json"

    @property
    def feedback(self) -> Path:
        """The report."""
        return self.path / "feedback.pdf"

    @property
    def evidence(self) -> Path:
        """Raw data."""
        return self.path / "evidence"

    @property
    def exhibits(self) -> Path:
        """Figures and tables of the findings, as data."""
        return self.path / "exhibits.json"

    def evidence_sha256(self) -> str:
        """Digest of the saved evidence. Raises OSError if there is none."""
        digest = hashlib.sha256()
        for name in ("evidence.json", "arrays.safetensors"):
            digest.update((self.evidence / name).read_bytes())
        return digest.hexdigest()

    def save_exhibits(self, grade: Grade) -> None:
        """Keep what the gradebook does not hold."""
        shown = {mark.criterion: mark.finding.exhibits for mark in grade.marks}
        write_atomically(self.exhibits, _EXHIBITS.dump_json(shown))

    def with_exhibits(self, grade: Grade) -> Grade:
        """A stored grade with its figures and tables again."""
        try:
            shown = _EXHIBITS.validate_json(self.exhibits.read_bytes())
        except (OSError, ValueError):
            return grade
        return replace(
            grade,
            marks=tuple(
                replace(mark, finding=replace(mark.finding, exhibits=shown.get(mark.criterion, ())))
                for mark in grade.marks
            ),
        )


@dataclass(frozen=True)
class Results:
    """The whole folder."""

    path: Path

    @property
    def gradebook(self) -> Path:
        """SQLite."""
        return self.path / "gradebook.sqlite"

    @property
    def grades(self) -> Path:
        """CSV, one row per student."""
        return self.path / "grades.csv"

    @property
    def class_report(self) -> Path:
        """The class PDF."""
        return self.path / "class.pdf"

    def student(self, folder: str) -> StudentFolder:
        """One student's part."""
        return StudentFolder(self.path / folder)

    def clear(self, folders: list[str]) -> None:
        """Remove what an earlier batch wrote here, and nothing else."""
        for folder in folders:
            shutil.rmtree(self.path / folder, ignore_errors=True)
        for file in (self.grades, self.class_report, self.gradebook, self.path / "gradebook.sqlite-journal"):
            file.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove drafts that a killed batch left behind."""
        for draft in self.path.glob("*/.evidence-*"):
            shutil.rmtree(draft, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other graders out while this one works here. Raises ResultsError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ResultsError(f"{self.path}: expected a folder to write to, found: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise ResultsError(f"{self.path}: another grader is working here\nhint: wait for it") from None
        try:
            yield
        finally:
            os.close(handle)
