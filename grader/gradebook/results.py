"""The folder that a batch fills: where each file lies, and how exhibits are kept beside the grade."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from grader.errors import UserError
from grader.files import write_atomically
from grader.gradebook import kept_exhibits
from grader.gradebook.rows import StoredGrade
from grader.grading import Grade

ELSEWHERE = "hint: give a folder that you may write to, with --out"
WAIT = "hint: wait until it is done, or give another folder with --out"
REFERENCE = "reference"  # the setting of a batch that says which folder its assignment was loaded from
EVIDENCE_FILES = ("evidence.json", "arrays.safetensors")
_HEX = "[0-9a-f]" * 16
_DRAFTS = (
    f".{_HEX}.tmp",
    f"*/.{_HEX}.tmp",
    "*/.evidence-????????",
    ".class.pdf.????????",
    ".class.html.????????",
    "*/.feedback.pdf.????????",
    "*/.feedback.html.????????",
)


class ResultsError(UserError):
    """The results folder cannot be used. The message is for the TA."""


def forget(report: Path) -> None:
    """Remove a report, the PDF and the page."""
    for path in (report, page_of(report)):
        path.unlink(missing_ok=True)


def page_of(pdf: Path) -> Path:
    """The page for browsers that lies beside a PDF."""
    return pdf.with_suffix(".html")


@dataclass(frozen=True)
class StudentFolder:
    """One student's part.

    `grade.json`, `exhibits.json`, `findings.json`, `feedback.pdf` and `feedback.html`, `evidence/`.
    """

    path: Path

    @property
    def grade(self) -> Path:
        """The grade as JSON."""
        return self.path / "grade.json"

    @property
    def feedback(self) -> Path:
        """The report; its page for browsers lies beside it."""
        return self.path / "feedback.pdf"

    def forget_report(self) -> None:
        """Remove a report that no longer shows the grade."""
        forget(self.feedback)

    @property
    def evidence(self) -> Path:
        """The folder of what came back from the sandbox."""
        return self.path / "evidence"

    @property
    def exhibits(self) -> Path:
        """Figures and tables of the findings, as data."""
        return self.path / "exhibits.json"

    @property
    def findings(self) -> Path:
        """What was found for each criterion, and what that rests on, so that it need not be found again."""
        return self.path / "findings.json"

    def has_evidence(self) -> bool:
        """Whether saved evidence is there; it is not read."""
        return all((self.evidence / name).is_file() for name in EVIDENCE_FILES)

    def evidence_sha256(self) -> str:
        """Digest of the saved evidence. Raises OSError if there is none."""
        digest = hashlib.sha256()
        for name in EVIDENCE_FILES:
            digest.update((self.evidence / name).read_bytes())
        return digest.hexdigest()

    def holds(self, grade_json: bytes) -> bool:
        """Whether `grade.json` is there with exactly these bytes."""
        try:
            return self.grade.read_bytes() == grade_json
        except OSError:
            return False

    def forget_grade(self) -> None:
        """Remove `grade.json`, the sign that the evidence beside it is the one that was graded, and its exhibits."""
        with contextlib.suppress(NotADirectoryError):
            self.grade.unlink(missing_ok=True)
            self.exhibits.unlink(missing_ok=True)

    def save_exhibits(self, grade: Grade) -> None:
        """Keep what the gradebook does not hold; a report that shows other exhibits goes."""
        shown = {mark.criterion: mark.finding.exhibits for mark in grade.marks}
        content = kept_exhibits.as_json(shown)
        if self.exhibits.exists() and self.exhibits.read_bytes() != content:
            self.forget_report()
        write_atomically(self.exhibits, content)

    def with_exhibits(self, grade: Grade) -> Grade:
        """A stored grade with its figures and tables again."""
        try:
            shown = kept_exhibits.from_json(self.exhibits.read_bytes())
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
    def extensions(self) -> Path:
        """The extensions that hold, as they were given last."""
        return self.path / "extensions.csv"

    @property
    def class_report(self) -> Path:
        """The class PDF."""
        return self.path / "class.pdf"

    def student(self, folder: str) -> StudentFolder:
        """The files of one student."""
        return StudentFolder(self.path / folder)

    def with_exhibits(self, stored: Iterable[StoredGrade]) -> list[StoredGrade]:
        """Grades of the gradebook with their figures, tables and quotations again."""
        return [replace(one, grade=self.student(one.folder).with_exhibits(one.grade)) for one in stored]

    def clear(self, folders: Iterable[str]) -> None:
        """Remove what an earlier batch wrote here, and nothing else; the gradebook last."""
        for folder in folders:
            shutil.rmtree(self.path / folder, ignore_errors=True)
        forget(self.class_report)
        for file in (self.grades, self.extensions, self.path / "gradebook.sqlite-journal", self.gradebook):
            file.unlink(missing_ok=True)

    def graded_folders(self) -> list[str]:
        """The students' folders by what lies in them: for when the gradebook cannot tell."""
        return sorted(path.parent.parent.name for path in self.path.glob("*/evidence/evidence.json"))

    def sweep(self) -> None:
        """Remove drafts that a killed batch left behind."""
        for draft in [found for pattern in _DRAFTS for found in self.path.glob(pattern)]:
            if draft.is_dir():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self, wait_s: float = 0) -> Iterator[None]:
        """Keep other graders out while this one works here, after waiting for them at most so long.

        Raises ResultsError.
        """
        lock = FileLock(self.path / ".lock", timeout=wait_s, mode=0o644)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(poll_interval=0.01)
        except Timeout:
            raise ResultsError(f"{self.path}: another grader is working here\n{WAIT}") from None
        except OSError as error:
            raise ResultsError(
                f"{self.path}: expected a folder to write to, found: {error.strerror}\n{ELSEWHERE}"
            ) from None
        with lock:
            yield
