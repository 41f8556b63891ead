"""What the tests of the core share: small assignments, submissions, evidence, and a sandbox that follows a script."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from grader.assignment import Assignment
from grader.evidence import Evidence, ExecutionRecord, SubmissionRecord
from grader.grading import ExecutionSummary
from grader.rubric import Criterion
from grader.sandbox.protocol import Array, Command, Execution, Frame, Limits, Status, Usage
from grader.submission import Submission, SubmittedFile

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SEED = 5_123_456_789_012_345_678
QUICK = ExecutionSummary("exited", "", 1.0, 1.0, 100, "cpu")


def data(seed: int) -> dict[str, Array]:
    """Four images that depend on the seed."""
    return {"cifar10.train.images": np.random.default_rng(seed).integers(256, size=(4, 2)).astype(np.uint8)}


def assignment(*criteria: Criterion, **changes: Any) -> Assignment:
    """An assignment that looks for `def get_stats` and `class Net`."""
    rubric = criteria or (Criterion("first", "First", 2),)
    entry = {r"def\s+get_stats": 4, r"class\s+Net\b": 2, r"\bplt\b": 1}
    made = {
        "title": "Title",
        "course": "Course",
        "rubric": rubric,
        "probes": (),
        "entry": entry,
        "data": data,
        "id": "small",
    }
    return Assignment(**{**made, **changes})


def submission(files: Mapping[str, str | bytes], **changes: Any) -> Submission:
    """Ada's files, by path."""
    made = [SubmittedFile(path, text if isinstance(text, bytes) else text.encode()) for path, text in files.items()]
    return Submission(**{"student": "ada", "folder": "ada", "files": tuple(made), "submitted_at": NOON, **changes})


def record(**changes: Any) -> SubmissionRecord:
    """What is kept of Ada's submission."""
    values = {
        "student": "ada",
        "folder": "ada",
        "attempt": 1,
        "submitted_at": NOON,
        "sha256": "0" * 64,
        "files": (),
        "notes": (),
        "entry": "main.py",
        **changes,
    }
    return SubmissionRecord(**values)


def execution(status: Status = Status.EXITED, **changes: Any) -> ExecutionRecord:
    """One box that ended."""
    values = {
        "mode": "run",
        "status": status,
        "reason": f"it {status}",
        "wall_s": 1.5,
        "cpu_s": 1.25,
        "start_cpu_s": 2.0,
        "peak_mib": 300,
        "device": "cpu",
        "console": "",
        "frames": 0,
        **changes,
    }
    return ExecutionRecord(**values)


def evidence(*frames: Frame, statuses: Sequence[Status] = (Status.EXITED,), **changes: Any) -> Evidence:
    """Evidence of Ada's submission."""
    executions = tuple(execution(status) for status in statuses)
    return Evidence(record(**changes), SEED, executions, {"torch": "2"}, frames)


def ended(status: Status = Status.EXITED, *frames: Frame) -> Execution:
    """What a sandbox answers."""
    return Execution(status, f"it {status}", frames, "printed", Usage(2.0, 1.0, 300, 2.0))


@dataclass
class Script:
    """A sandbox that runs nothing: it answers with the next line of its script, and keeps what it was asked."""

    answers: list[Execution]
    commands: list[Command] = field(default_factory=list)

    def run(self, command: Command) -> Execution:
        """The next answer. An IndexError if none is left: then it was asked too often."""
        self.commands.append(command)
        return self.answers.pop(0)

    @property
    def modes(self) -> list[str]:
        """How each box was to load the file."""
        return [command.request["mode"] for command in self.commands]


LIMITS = Limits(cpu_s=7)


def zipped(**files: bytes) -> bytes:
    return zip_of((name.replace("__", "."), content) for name, content in files.items())


def zip_of(entries) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()
