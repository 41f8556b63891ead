"""Work that is done on other machines, as a batch sees it: what is sent, what comes back, and who does it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from grader.assess.assessors import Assessed
from grader.assignment import Assignment
from grader.batch.basis import Basis
from grader.batch.progress import Progress
from grader.policies import Terms
from grader.sandbox.protocol import Device
from grader.submission import Submission


@dataclass(frozen=True)
class RemoteWork:
    """One submission to collect and assess; with saved `evidence` (its files by name) only to assess."""

    submission: Submission
    terms: Terms
    evidence: Mapping[str, bytes] | None = None


@dataclass(frozen=True)
class Worked:
    """What came back: the evidence's files by name, the findings, and the machine that did it."""

    evidence: Mapping[str, bytes]
    assessed: Assessed
    host: str = ""


@dataclass(frozen=True)
class GaveUp:
    """Nothing came back, by no fault of the student's. `reason` is for the TA."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """What all submissions of a batch have in common. `name` is that of the batch: the same when it goes on."""

    name: str
    assignment: Assignment
    basis: Basis
    sandbox: str
    device: Device
    progress: Progress


class OtherMachines(Protocol):
    """Other machines that collect and assess."""

    remarks: list[str]

    def run(
        self, task: Task, works: Iterable[RemoteWork], count: int
    ) -> Generator[tuple[Submission, Worked | GaveUp], None, None]:
        """Each of `count` submissions once, in whatever order they are done. Raises UserError when no machine is left.

        `works` are made one by one, when there is room for another.
        """
        ...
