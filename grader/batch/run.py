"""One run over a results folder: each student's grade made, recorded and written, so that a kill costs little."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from grader import evidence as evidence_store
from grader.assess import grade_evidence
from grader.assess.assessors import Assessed, Assessors
from grader.assess.failure import reason_of, ungraded
from grader.assignment import Assignment
from grader.batch.basis import Basis, is_stopped, stopped
from grader.batch.best_attempt import Collector
from grader.batch.progress import Progress
from grader.batch.selection import BatchError
from grader.collect.collect import submission_record
from grader.deadlines.calendar import with_class_due, with_due
from grader.deadlines.extensions import Calendar
from grader.evidence import Evidence
from grader.gradebook.connection import GradebookError
from grader.gradebook.csv import write_csv
from grader.gradebook.grade_json import grade_json, write_grade_json
from grader.gradebook.results import Results, StudentFolder, forget
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import Grade
from grader.report.anonymous import without_name, without_names
from grader.report.gather import class_report, feedback_report
from grader.report.model import ReportError
from grader.report.stamp import shows, stamp_of
from grader.report.worker import ReportWorkers
from grader.sandbox.protocol import UNPROTECTED, Device, Sandbox, wall_of
from grader.submission import Origin, Submission

LOG = logging.getLogger("grader")
NOT_WRITTEN = "it could not be written"
MAKE_ROOM = "hint: make room; the gradebook has every grade, and the same command writes what is missing"


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
    calendar: Calendar = Calendar()
    reports: ReportWorkers | None = None
    anonymous: bool = False
    assessors: Assessors | None = None
    pending: list[tuple[str, Future[None]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def basis(self) -> Basis:
        """What the grades of this batch rest on."""
        return Basis(self.assignment, self.seed)

    @cached_property
    def _collector(self) -> Collector:
        return Collector(self.assignment, self.sandbox, self.seed, self.device, self.basis.asked_with,
                         self.calendar.terms, self.progress.stage, self._assess_apart)  # fmt: skip

    def basis_of(self, student: str, submitted_at: datetime | None, origin: Origin | None) -> str:
        """Digest of what a student's grade rests on beside the evidence; `submitted_at` if anybody knows it."""
        nothing = origin is None and submitted_at is None
        told = None if nothing or self.assignment.attempts.counts == "best" else (submitted_at, origin)
        return self.basis.of(self.calendar.terms(student), (told, self.calendar.submitted(student)))

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
        found = self._saved(submission) or self._collector.best(submission)
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

    def _saved(self, submission: Submission) -> Evidence | None:
        """Evidence of this very work that was asked for what would be asked now; only the assessing has changed."""
        stored = self._graded(submission)
        if stored is None or submission.rivals:
            return None
        folder = self.results.student(stored.folder)
        try:
            found = evidence_store.load(folder.evidence)
            fits = folder.evidence_sha256() == stored.evidence_sha256 and found.asked_with == self.basis.asked_with
        except Exception:  # noqa: BLE001 - whatever is wrong with it, collecting anew is right
            return None
        if not fits or submission.origin is None:
            return found if fits else None
        record = submission_record(submission, found.submission.entry)
        notes = tuple(dict.fromkeys((*record.notes, *found.submission.notes)))
        return replace(found, submission=replace(record, notes=notes))

    def _keep_ungraded(self, found: Evidence, folder: StudentFolder, error: Exception) -> StoredGrade:
        """Record that a person has to look, in the gradebook at least if the student's files cannot be written."""
        record = found.submission
        graded = ungraded(self.assignment, record, reason_of(error), found.sandbox)
        return self._record(graded, "", found, folder)

    def assess_and_record(self, found: Evidence, folder: StudentFolder) -> StoredGrade:
        """Everything after the evidence: findings, grade, gradebook, files."""
        record = found.submission
        given = self.gradebook.hand_marks(record.student, record.sha256)
        assessed = self.assess(folder)
        fresh = grade_evidence(self.assignment, found, self.calendar.terms(record.student), given, assessed.findings)
        folder.save_exhibits(fresh)
        basis = self.basis_of(record.student, record.told_at, record.origin)
        basis = stopped(basis) if assessed.stopped else basis
        return self._record(fresh, folder.evidence_sha256(), found, folder, basis)

    def assess(self, folder: StudentFolder) -> Assessed:
        """The findings of the evidence that is saved. Raises ValueError if it cannot be read."""
        if self.assessors is None:
            raise BatchError("no processes to assess in")
        return self.assessors.assess(folder.evidence)

    def _assess_apart(self, found: Evidence) -> Assessed:
        """The findings of evidence that is not in its place, as another attempt may have more points."""
        folder = self.results.student(found.submission.folder)
        folder.path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".evidence-", dir=folder.path) as space:
            evidence_store.save(found, Path(space) / "evidence")
            return self.assess(StudentFolder(Path(space)))

    def _record(
        self, fresh: Grade, evidence_sha256: str, found: Evidence, folder: StudentFolder, basis: str = ""
    ) -> StoredGrade:
        record = found.submission
        forget(self.results.class_report)
        stored = self.gradebook.record(
            fresh,
            submission_sha256=record.sha256,
            evidence_sha256=evidence_sha256,
            folder=record.folder,
            origin=record.origin,
            basis=basis,
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
            folder.forget_report()
            write_grade_json(graded, folder.grade)
        if self.reports is not None:
            report = feedback_report(with_due(self.assignment, self.calendar, found.submission), graded, found, folder)
            report = without_name(report) if self.anonymous else report
            if shows(folder.feedback, report):
                return
            self.pending.append((folder.path.name, self.reports.submit_feedback(report, folder.feedback)))

    def is_done(self, submission: Submission) -> bool:
        """Whether the gradebook has this very work, graded as it would be now.

        Files that a killed run did not write are written now.
        """
        stored = self._graded(submission)
        if stored is None:
            return False
        basis = self.basis_of(submission.student, submission.told_at, submission.origin)
        if stored.basis not in (basis, stopped(basis)):
            return False
        folder = self.results.student(stored.folder)
        if not folder.has_evidence():
            return False
        if self._reported(folder) and folder.holds(grade_json(stored.grade)):
            return True
        return self._write_again(stored, folder)

    def _graded(self, submission: Submission) -> StoredGrade | None:
        """The recorded grade of this very work; None also while it waits for us.

        What ended the process that assessed it would do so again: that waits for `regrade`. A grade made without a
        sandbox is made again as soon as there is one.
        """
        stored = self.gradebook.find(submission.student, submission.sha256)
        if stored is None:
            return None
        waits = any(row.points is None and not row.manual for row in stored.grade.marks)
        if waits and not is_stopped(stored.basis):
            return None
        return None if stored.grade.execution.sandbox == UNPROTECTED != self.wall else stored

    def is_current(self, stored: StoredGrade) -> bool:
        """Whether a recorded grade is the one that its evidence would get now, and its files are there."""
        folder, grade = self.results.student(stored.folder), stored.grade
        return (
            stored.basis == self.basis_of(grade.student, grade.submitted_at, stored.origin)
            and folder.has_evidence()
            and folder.evidence_sha256() == stored.evidence_sha256
            and folder.holds(grade_json(grade))
            and self._reported(folder)
        )

    def _reported(self, folder: StudentFolder) -> bool:
        """Whether the report is there, with or without the name as is wanted now; or none is."""
        names = "anonymous-" if self.anonymous else "named-"
        return self.reports is None or (stamp_of(folder.feedback) or "").startswith(names)

    def _write_again(self, stored: StoredGrade, folder: StudentFolder) -> bool:
        try:
            found = evidence_store.load(folder.evidence)
            if folder.evidence_sha256() != stored.evidence_sha256:
                return False
        except (OSError, ValueError):
            return False
        self.write(stored, found, folder)
        return True

    def finish(self) -> tuple[StoredGrade, ...]:
        """Write the CSV and, unless it is there as it should be, the class report; wait for the reports."""
        stored = tuple(self.gradebook.current())
        try:
            write_csv([found.grade for found in stored], self.results.grades)
        except OSError as error:
            self.problems.append(f"{self.results.grades.name}: {NOT_WRITTEN}: {error.strerror}; {MAKE_ROOM}")
        if self.reports is not None and stored:
            report = class_report(with_class_due(self.assignment, self.calendar, stored), stored)
            report = without_names(report) if self.anonymous else report
            if not shows(self.results.class_report, report):
                self.pending.append(("class", self.reports.submit_class(report, self.results.class_report)))
        self.problems += [problem for name, future in self.pending if (problem := _problem(name, future))]
        return stored


def _problem(name: str, future: Future[None]) -> str | None:
    try:
        future.result()
    except ReportError as error:
        return f"{name}: no PDF: {error}"
    except Exception as error:
        LOG.exception("%s: the report failed", name)
        return f"{name}: no PDF: {type(error).__name__}: {error}"
    return None


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
