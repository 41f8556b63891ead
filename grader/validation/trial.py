"""TrialWork is graded as students' work is: through the sandbox, by the same flow, in a folder that is thrown away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.grade import BatchOptions, grade_batch
from grader.batch.progress import Progress
from grader.collect import saved_evidence
from grader.evidence import Evidence
from grader.gradebook.results import Results
from grader.grading import Grade, Mark
from grader.sandbox.protocol import Device, Sandbox
from grader.validation.trial_work import TrialWork


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Where and how work is tried. `space` is a folder of one's own."""

    assignment: Assignment
    sandbox: Sandbox
    progress: Progress
    space: Path
    jobs: int = 2
    device: Device = "cpu"

    def of(self, works: Sequence[TrialWork], seed: int, name: str) -> dict[str, Trial]:
        """Each work's trial, by its name; `name` tells these trials from others. Raises as `grade_batch` does."""
        folder = self.space / name / "work"
        for work in works:
            _write(work, folder / work.name)
        return self.of_folder(folder, seed, name)

    def of_folder(self, folder: Path, seed: int, name: str, students: tuple[str, ...] = ()) -> dict[str, Trial]:
        """The trial of each submission in a folder, by its student. Raises as `grade_batch` does."""
        out = self.space / name / "results"
        clock = Clock(self.progress)
        options = BatchOptions(out, self.jobs, self.device, students, pdf=False, seed=seed)
        result = grade_batch(folder, self.assignment, options, self.sandbox, clock)
        rows = zip(result.grades, result.folders, strict=True)
        return {grade.student: Trial(grade, out, at, clock.assessing.get(at, 0.0)) for grade, at in rows}


@dataclass(frozen=True)
class Trial:
    """How one work was graded. `assess_s` is how long its checks took, in seconds."""

    grade: Grade
    results: Path
    folder: str
    assess_s: float

    def mark(self, criterion: str) -> Mark:
        """The row of a criterion."""
        return next(mark for mark in self.grade.marks if mark.criterion == criterion)

    def evidence(self) -> Evidence:
        """What came back from the sandbox. Raises OSError or ValueError if it is not there."""
        return saved_evidence.load(Results(self.results).student(self.folder).evidence)

    def evidence_bytes(self) -> int:
        """What its evidence takes on disk."""
        folder = Results(self.results).student(self.folder).evidence
        return sum(path.stat().st_size for path in folder.glob("*"))


@dataclass
class Clock:
    """Progress that measures how long checks take."""

    told: Progress
    begun: dict[str, float] = field(default_factory=dict)
    assessing: dict[str, float] = field(default_factory=dict)

    def begin(self, total: int, kept: int) -> None:
        """As the progress it tells."""
        self.told.begin(total, kept)

    def started(self, name: str) -> None:
        """As the progress it tells."""
        self.told.started(name)

    def stage(self, name: str, words: str) -> None:
        """The clock starts when assessing begins."""
        if words == "assessing":
            self.begun[name] = time.monotonic()
        if name:
            self.told.stage(name, words)

    def finished(self, name: str, grade: Grade) -> None:
        """And stops when the grade is recorded."""
        if name in self.begun:
            self.assessing[name] = time.monotonic() - self.begun[name]
        self.told.finished(name, grade)


def _write(work: TrialWork, folder: Path) -> None:
    for path, content in work.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
