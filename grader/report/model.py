"""What a report is made from: frozen facts, nothing read from the clock, the disk or the network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grader.exhibit import Exhibit
from grader.gradebook.desk_records import Comment
from grader.gradebook.request_records import Request
from grader.grading import Grade


class ReportError(Exception):
    """A report could not be made as it should be. The message is for the instructor."""


@dataclass(frozen=True)
class SubmissionFacts:
    """What was handed in: `files` holds (path, bytes, sha256); `entry` is the file that was graded."""

    entry: str | None
    files: tuple[tuple[str, int, str], ...]
    notes: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class RunFacts:
    """How one box ended. `what` says in words what ran in it; times in seconds, memory in MiB."""

    what: str
    status: str
    reason: str
    wall_s: float
    cpu_s: float
    peak_mib: int
    device: str


@dataclass(frozen=True)
class FeedbackReport:
    """One student's report.

    `environment` holds (label, value) rows of versions and the machine, `provenance` those of limits, seed and
    digests. `attachment` (the grade as JSON) is embedded in the PDF. `anonymous` says that the name was left out.
    `usual_cpu_s` is the CPU time that most submissions need, for whoever ran out of it. `comments` are a person's
    words at places of the work.
    """

    assignment_title: str
    course: str
    assignment_id: str
    grade: Grade
    submission: SubmissionFacts
    environment: tuple[tuple[str, str], ...]
    console_tail: str
    batch_median: Decimal | None = None
    attachment: bytes | None = None
    provenance: tuple[tuple[str, str], ...] = ()
    runs: tuple[RunFacts, ...] = ()
    due: datetime | None = None
    anonymous: bool = False
    usual_cpu_s: float | None = None
    comments: tuple[Comment, ...] = ()
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True)
class ClassReport:
    """The whole batch. `generated_from` is the batch's digest. `anonymous` says that names were left out.

    `measured` is what the assignment's own reference was found to do; `pages` holds (student, address of the report).
    """

    assignment_title: str
    course: str
    assignment_id: str
    grades: tuple[Grade, ...]
    generated_from: str
    due: datetime | None = None
    anonymous: bool = False
    measured: tuple[Exhibit, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
