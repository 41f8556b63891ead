"""What came back from the sandbox: parsed once from untrusted data into frozen types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from grader.sandbox.protocol import Array, Frame, Status
from grader.submission import LeftOut, OpenedArchive, Origin

MAX_ERRORS = 50
MAX_LINES = 20
MAX_LOST = 300
APART = ("timed", "document", "files")  # modes of boxes whose frames are told from those of the student's process
# Causes of an error that are no student's fault: what is missing where work is graded.
NOT_HERE = frozenset(("package", "stand-in", "operation", "handed", "unknown", "python"))


class MissingEvidence(Exception):
    """A check asked for what did not come back. `ours` tells whose fault that is."""

    def __init__(self, reason: str, *, ours: bool = False, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.ours, self.hint = reason, ours, hint


@dataclass(frozen=True)
class FileRecord:
    """A submitted file: path, bytes, digest, and what it is by its content (`grader.intake.kinds`)."""

    path: str
    size: int
    sha256: str
    kind: str = ""


@dataclass(frozen=True)
class SubmissionRecord:
    """What was handed in, without its contents. `entry` is the file that was graded."""

    student: str
    folder: str
    attempt: int
    submitted_at: datetime
    sha256: str
    files: tuple[FileRecord, ...]
    notes: tuple[str, ...]
    entry: str | None
    problem: str | None = None
    ambiguous: str | None = None
    origin: Origin | None = None
    timed: bool = True
    archives: tuple[OpenedArchive, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def told_at(self) -> datetime | None:
        """When it was handed in; None where nobody knows."""
        return self.submitted_at if self.timed else None


@dataclass(frozen=True)
class ExecutionRecord:
    """How one box ended; `mode` is `run` or `definitions` of student code, `document`: reading the file `about`,
    `files`: reading those that `about` (a `ReadFiles`) names, or `timed`: timing a function (a `TimeFunction`).
    """

    mode: str
    status: Status
    reason: str
    wall_s: float
    cpu_s: float
    start_cpu_s: float
    peak_mib: int
    device: str
    console: str
    frames: int
    about: str = ""


@dataclass(frozen=True)
class Evidence:
    """All raw data of one submission. `seed` is the batch's; hidden inputs follow from it.

    `frames` are in the order of `executions`. Those of documents and other files come from boxes without student code,
    and last.
    `asked_with` is a digest of all that was sent into the sandbox with it (`batch/basis.py`), `drawn` has digests of
    the data and cases that a check draws again (`collect/drawn.py`), and is None in evidence that was saved before
    they were kept.
    """

    submission: SubmissionRecord
    seed: int
    executions: tuple[ExecutionRecord, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    asked_with: str = ""
    drawn: Mapping[str, str] | None = field(default_factory=dict)

    @property
    def sandbox(self) -> str:
        """The sandbox that the submission ran in: bubblewrap, podman, docker, or none."""
        return self.environment.get("sandbox", "bubblewrap")

    def of_kind(self, kind: str) -> list[Frame]:
        """The frames of one kind from boxes with student code, oldest first."""
        return [frame for frame in self._code_frames() if frame.header.get("kind") == kind]

    def array(self, name: str) -> Array | None:
        """An array that is sent once and referred to by several frames."""
        return next((frame.arrays[name] for frame in self._code_frames() if name in frame.arrays), None)

    @property
    def code_runs(self) -> tuple[ExecutionRecord, ...]:
        """The executions of student code."""
        return tuple(run for run in self.executions if run.mode not in APART)

    def documents(self) -> dict[str, tuple[ExecutionRecord, tuple[Frame, ...]]]:
        """For each document that was read, by path: how the reading ended, and what it sent."""
        return {run.about: (run, frames) for run, frames in self._apart() if run.mode == "document"}

    def timed(self, timing: str) -> tuple[ExecutionRecord, tuple[Frame, ...]] | None:
        """How the box of a `TimeFunction` ended, by its id, and what its own process sent; None if there was none."""
        return next((found for found in self._apart() if found[0].mode == "timed" and found[0].about == timing), None)

    def files_read(self, reading: str) -> list[tuple[ExecutionRecord, tuple[Frame, ...]]]:
        """For each box in which files of a `ReadFiles` were read, by its id: how it ended, and what it sent."""
        return [found for found in self._apart() if found[0].mode == "files" and found[0].about == reading]

    def _apart(self) -> Iterator[tuple[ExecutionRecord, tuple[Frame, ...]]]:
        start = len(self._code_frames())
        for run in self.executions:
            if run.mode in APART:
                yield run, self.frames[start : start + run.frames]
                start += run.frames

    def document_frames(self, path: str) -> tuple[Frame, ...]:
        """What was read of a document. Raises MissingEvidence, which is ours only if the sandbox failed."""
        found = self.documents().get(path)
        if found is None:
            raise MissingEvidence(f"{path} was not read")
        run, frames = found
        if run.status is not Status.EXITED:
            raise MissingEvidence(f"{path} could not be read: {run.reason}", ours=run.status is Status.SANDBOX_FAILED)
        return frames

    def _code_frames(self) -> tuple[Frame, ...]:
        """Student code could send frames that look like a document's: where they came from decides."""
        return self.frames[: len(self.frames) - sum(run.frames for run in self.executions if run.mode in APART)]

    def why_missing(self) -> MissingEvidence:
        """The reason why something is not there, from how the executions ended."""
        if self.submission.ambiguous:
            return MissingEvidence(self.submission.ambiguous, ours=True)
        if self.submission.problem:
            return MissingEvidence(self.submission.problem)
        if self.submission.entry is None and all(run.status is Status.EXITED for run in self.code_runs):
            unread = _unread(self.submission)
            return MissingEvidence(unread or _nothing_to_run(self.submission), ours=unread is not None)
        if not self.code_runs or any(run.status is Status.SANDBOX_FAILED for run in self.code_runs):
            reason = self.code_runs[-1].reason if self.code_runs else "it was never run"
            return MissingEvidence(f"the sandbox failed: {reason}", ours=True)
        for run in self.code_runs:
            if run.status is not Status.EXITED:
                return MissingEvidence(f"the program did not finish: {run.reason}")
        return _ended_early(self.first_error())

    def first_error(self) -> Mapping[str, Any] | None:
        """The first error of the main file: `where`, `kind`, `message` (texts), `line` (from 1, or None); `code`, the
        lines about it, of which `first` is the number of the first one; `lost`, the names that have no value because
        of it; `undefined`, the name that was missing, and `cause` (`grader.readings.faults`), or None.
        """
        return next(iter(self.errors()), None)

    def errors(self) -> list[Mapping[str, Any]]:
        """All errors of the main file, one for each cell that failed, in the form of `first_error`."""
        for frame in self.of_kind("loaded"):
            errors = frame.header.get("errors")
            if isinstance(errors, list) and errors:
                return [_error(found) for found in errors[:MAX_ERRORS] if isinstance(found, dict)]
        return []


def _error(found: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = {
        name: found[name][:2000] if isinstance(found.get(name), str) else "" for name in ("where", "kind", "message")
    }
    around = found.get("around")
    around = around if isinstance(around, dict) else {}
    lines = around.get("lines")
    code = tuple(text[:240] for text in lines[:MAX_LINES] if isinstance(text, str)) if isinstance(lines, list) else ()
    lost = found.get("lost")
    names = tuple(name[:200] for name in lost[:MAX_LOST] if isinstance(name, str)) if isinstance(lost, list) else ()
    more = {name: part[:200] if isinstance(part := found.get(name), str) else None for name in ("cause", "undefined")}
    return {
        **texts,
        **more,
        "line": _line(found.get("line")),
        "first": _line(around.get("first")),
        "code": code,
        "lost": names,
    }


def _ended_early(error: Mapping[str, Any] | None) -> MissingEvidence:
    words = "the program ended without showing it"
    if error and error["cause"] in NOT_HERE:
        return MissingEvidence(f"{words}; {_mend(error)}", ours=True, hint="a person has to look: that is missing here")
    return MissingEvidence(words, hint=_mend(error) if error else None)


def _line(number: Any) -> int | None:
    return number if type(number) is int and 0 < number < 10**9 else None


def _mend(error: Mapping[str, Any]) -> str:
    line = f", line {error['line']}" if error["line"] else ""
    return f"its first error is in {error['where']}{line}: {error['kind']}: {error['message']}"[:400]


def _unread(submission: SubmissionRecord) -> str | None:
    """Why the work may lie in what could not be read; None if all of it was."""
    closed = [f"{one.path}: {one.ambiguous}" for one in submission.archives if one.ambiguous]
    large = [f"{one.path} was not read: {one.why}" for one in submission.left_out if one.work]
    listed = "; ".join((*closed, *large)[:3])
    return f"the work asked for was not found, and not all could be read: {listed}" if listed else None


def _nothing_to_run(submission: SubmissionRecord) -> str:
    sources = [file for file in submission.files if PurePosixPath(file.path).suffix.lower() in (".py", ".ipynb")]
    if sources and not any(file.size for file in sources):
        return f"not attempted: {', '.join(file.path for file in sources[:8])} is empty"
    listed = ", ".join(file.path for file in submission.files[:8]) or "nothing"
    return f"expected a Python script or a notebook with the work asked for, found {listed}"
