"""One run over a results folder: each student's grade made, recorded and written, so that a kill costs little."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from grader import evidence as evidence_store
from grader.assess import grade_evidence
from grader.assignment import Assignment
from grader.collect import collect
from grader.evidence import Evidence, SubmissionRecord
from grader.finding import Finding
from grader.gradebook.connection import GradebookError
from grader.gradebook.csv import write_csv
from grader.gradebook.grade_json import grade_json, write_grade_json
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import ExecutionSummary, Grade, mark
from grader.progress import Progress
from grader.report.gather import class_report, feedback_report
from grader.report.model import ReportError
from grader.report.worker import ReportWorkers
from grader.results import Results, StudentFolder
from grader.sandbox.protocol import UNPROTECTED, Device, Sandbox, Status, wall_of
from grader.selection import BatchError
from grader.submission import Submission

LOG = logging.getLogger("grader")
OUR_FAULT = "this is not the student's fault: a person has to look"


@dataclass(frozen=True)
class Outcome:
    """What a batch ended with."""

    grades: tuple[Grade, ...]
    folders: tuple[str, ...]
    problems: tuple[str, ...] = ()
    kept: int = 0
    ignored: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether anything is ungraded, or a report is missing."""
        return bool(self.problems) or any(found.status == "ungraded" for found in self.grades)


@dataclass
class Batch:
    """One run over a results folder. Threads share it; the gradebook locks itself.

    A student's `grade.json` is there only while the evidence beside it is the one it was made from,
    `feedback.pdf` only while it shows that grade, and `class.pdf` only while no newer grade is recorded:
    so whoever finds them after a kill need not read the evidence to know that nothing is left to do.
    """

    assignment: Assignment
    results: Results
    gradebook: Gradebook
    progress: Progress
    seed: int
    device: Device = "cpu"
    sandbox: Sandbox | None = None
    reports: ReportWorkers | None = None
    pending: list[tuple[str, Future[None]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def wall(self) -> str:
        """What the sandbox is made of."""
        return wall_of(self.sandbox) if self.sandbox is not None else "bubblewrap"

    def grade_one(self, submission: Submission) -> StoredGrade:
        """Grade a submission and write everything of it. A failure of ours becomes `ungraded`.

        Raises GradebookError, without which nothing can be kept.
        """
        folder = self.results.student(submission.folder)
        self.progress.started(submission.folder)
        found = self._collected(submission)
        try:
            folder.forget_grade()
            evidence_store.save(found, folder.evidence)
            self.progress.stage(submission.folder, "assessing")
            stored = self.assess_and_record(found, folder)
        except GradebookError:
            raise
        except Exception as error:
            LOG.exception("%s: the grader failed", submission.folder)
            stored = self._keep_ungraded(found, folder, error)
        self.progress.finished(submission.folder, stored.grade)
        return stored

    def _collected(self, submission: Submission) -> Evidence:
        try:
            if self.sandbox is None:
                raise BatchError("no sandbox")
            return collect(
                submission,
                self.assignment,
                self.sandbox,
                seed=self.seed,
                device=self.device,
                stage=lambda words: self.progress.stage(submission.folder, words),
            )
        except Exception as error:
            LOG.exception("%s: the grader failed", submission.folder)
            record = SubmissionRecord(
                submission.student, submission.folder, submission.attempt, submission.submitted_at,
                submission.sha256, (), submission.notes, None, None, _grader_failed(error),
            )  # fmt: skip
            return Evidence(record, self.seed, environment={"sandbox": self.wall})

    def _keep_ungraded(self, found: Evidence, folder: StudentFolder, error: Exception) -> StoredGrade:
        """Record that a person has to look, in the gradebook at least if the student's files cannot be written."""
        record = found.submission
        graded = ungraded(self.assignment, record, _grader_failed(error), found.sandbox)
        return self._record(graded, record, "", found, folder)

    def assess_and_record(self, found: Evidence, folder: StudentFolder) -> StoredGrade:
        """Everything after the evidence: findings, grade, gradebook, files."""
        fresh = grade_evidence(self.assignment, found)
        folder.save_exhibits(fresh)
        return self._record(fresh, found.submission, folder.evidence_sha256(), found, folder)

    def _record(
        self, fresh: Grade, record: SubmissionRecord, evidence_sha256: str, found: Evidence, folder: StudentFolder
    ) -> StoredGrade:
        self.results.class_report.unlink(missing_ok=True)
        stored = self.gradebook.record(
            fresh, submission_sha256=record.sha256, evidence_sha256=evidence_sha256, folder=record.folder
        )
        self.write(stored, found, folder)
        return stored

    def write(self, stored: StoredGrade, found: Evidence, folder: StudentFolder) -> None:
        """The files made from a grade that is in the gradebook. What cannot be written becomes a problem."""
        try:
            self._write(folder.with_exhibits(stored.grade), found, folder)
        except OSError as error:
            self.problems.append(f"{folder.path.name}: its files cannot be written: {error}")

    def _write(self, graded: Grade, found: Evidence, folder: StudentFolder) -> None:
        if not folder.holds(grade_json(graded)):
            folder.feedback.unlink(missing_ok=True)
            write_grade_json(graded, folder.grade)
        if self.reports is not None:
            report = feedback_report(self.assignment, graded, found, folder)
            self.pending.append((folder.path.name, self.reports.submit_feedback(report, folder.feedback)))

    def is_done(self, submission: Submission) -> bool:
        """Whether the gradebook has this very work; files that a killed run did not write are written now.

        A grade made without a sandbox is made again as soon as there is one.
        """
        stored = self.gradebook.find(submission.student, submission.sha256)
        if stored is None or any(row.points is None and not row.manual for row in stored.grade.marks):
            return False
        if stored.grade.execution.sandbox == UNPROTECTED != self.wall:
            return False
        folder = self.results.student(stored.folder)
        if not folder.has_evidence():
            return False
        reported = self.reports is None or folder.feedback.exists()
        if reported and folder.holds(grade_json(stored.grade)):
            return True
        return self._write_again(stored, folder)

    def _write_again(self, stored: StoredGrade, folder: StudentFolder) -> bool:
        try:
            found = evidence_store.load(folder.evidence)
            if folder.evidence_sha256() != stored.evidence_sha256:
                return False
        except (OSError, ValueError):
            return False
        self.write(stored, found, folder)
        return True

    def finish(self, *, class_anew: bool = False) -> tuple[StoredGrade, ...]:
        """Write the CSV and, if it is not there or `class_anew`, the class report; wait for the reports."""
        stored = tuple(self.gradebook.current())
        write_csv([found.grade for found in stored], self.results.grades)
        if self.reports is not None and stored and (class_anew or not self.results.class_report.exists()):
            report = class_report(self.assignment, stored)
            self.pending.append(("class", self.reports.submit_class(report, self.results.class_report)))
        self.problems += [problem for name, future in self.pending if (problem := _problem(name, future))]
        return stored


def ungraded(assignment: Assignment, record: SubmissionRecord, reason: str, sandbox: str) -> Grade:
    """The grade of a submission that the grader failed at. Runs nothing of the assignment's own code."""
    finding = Finding.ungraded(reason, OUR_FAULT)
    marks = tuple(mark(criterion, finding) for criterion in assignment.rubric)
    execution = ExecutionSummary(Status.SANDBOX_FAILED, reason, 0.0, 0.0, 0, "none", sandbox)
    return Grade(assignment.id, record.student, record.attempt, record.submitted_at, marks, Decimal(0), execution)


def _grader_failed(error: Exception) -> str:
    return f"the grader failed: {type(error).__name__}: {error}"[:1000]


def _problem(name: str, future: Future[None]) -> str | None:
    try:
        future.result()
    except ReportError as error:
        return f"{name}: no PDF: {error}"
    except Exception as error:
        LOG.exception("%s: the report failed", name)
        return f"{name}: no PDF: {type(error).__name__}: {error}"
    return None


def outcome(stored: tuple[StoredGrade, ...], batch: Batch, *, kept: int = 0, ignored: tuple[str, ...] = ()) -> Outcome:
    """What is told of a batch that is done."""
    return Outcome(
        tuple(found.grade for found in stored),
        tuple(found.folder for found in stored),
        tuple(batch.problems),
        kept,
        ignored,
    )


def one_thread() -> None:
    """The comparison with the reference runs beside the boxes: it must not take their cores."""
    os.environ["OMP_NUM_THREADS"] = "1"  # for a PyTorch that is still to be imported, if a check needs it
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


@contextmanager
def report_workers(jobs: int, *, pdf: bool) -> Iterator[ReportWorkers | None]:
    """Workers that are waited for, but not after Ctrl-C: the next run makes what they did not."""
    if not pdf:
        yield None
        return
    workers = ReportWorkers(jobs)
    try:
        yield workers
    except BaseException as error:
        if not isinstance(error, KeyboardInterrupt):
            workers.close()
        raise
    workers.close()
