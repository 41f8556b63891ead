"""One student's way through a batch: evidence → grade → record, so that a kill costs little."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path

from grader.assess.assessors import Assessed, Assessors
from grader.assess.failure import OUR_FAULT, reason_of
from grader.assignment import Assignment
from grader.batch.basis import Basis, stopped
from grader.batch.best_attempt import Collector
from grader.batch.garbage import not_looking
from grader.batch.kept_findings import KeptFindings
from grader.batch.outputs import Outputs
from grader.batch.progress import Progress
from grader.batch.remote_work import GaveUp, RemoteWork, Worked
from grader.batch.rests_on import RestsOn
from grader.batch.selection import BatchError
from grader.batch.unchanged import Unchanged
from grader.collect import saved_evidence
from grader.collect.collect import submission_record
from grader.deadlines.extensions import Calendar
from grader.evidence import Evidence, SubmissionRecord
from grader.finding import Finding
from grader.gradebook.connection import GradebookError
from grader.gradebook.results import Results, forget
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import ExecutionSummary, Grade, grade_evidence, mark
from grader.readings.kept import WorkedOut
from grader.sandbox.protocol import Device, Sandbox, Status, wall_of
from grader.submission import Submission

LOG = logging.getLogger("grader")


@dataclass(frozen=True)
class Recorded:
    """A grade that is in the gradebook, and what it rests on."""

    stored: StoredGrade
    evidence: Evidence


@dataclass(kw_only=True)
class Batch:
    """One run over a results folder. Threads share it; the gradebook locks itself."""

    assignment: Assignment
    results: Results
    gradebook: Gradebook
    outputs: Outputs
    progress: Progress
    seed: int
    calendar: Calendar
    device: Device = "cpu"
    sandbox: Sandbox | None = None
    assessors: Assessors | None = None
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def basis(self) -> Basis:
        """What the grades of this batch rest on."""
        return Basis(self.assignment, self.seed)

    @cached_property
    def unchanged(self) -> Unchanged:
        """What need not be done again."""
        wall = wall_of(self.sandbox) if self.sandbox is not None else "bubblewrap"
        return Unchanged(self.gradebook, self.outputs, self.basis, self.calendar, wall)

    @cached_property
    def _kept(self) -> KeptFindings:
        rests_on = RestsOn(self.basis)
        return KeptFindings(self.assignment.rubric, rests_on.digests, rests_on.of_function)

    @cached_property
    def _collector(self) -> Collector:
        return Collector(
            self.assignment,
            self.sandbox,
            self.seed,
            self.device,
            self.basis.asked_with,
            self.calendar.terms,
            self.progress.stage,
            self._assess_apart,
        )

    def grade_one(self, submission: Submission) -> Recorded:
        """Grade a submission and keep its grade. A failure of the grader's becomes `ungraded`.

        Raises GradebookError, without which nothing can be kept.
        """
        self.progress.started(submission.student)
        evidence = self.unchanged.saved_evidence(submission) or self._collector.best(submission)
        try:
            found = self._grade_anew(evidence)
        except GradebookError:
            raise
        except Exception as error:
            LOG.exception("%s: the grader failed", submission.student)
            failed = _ungraded(self.assignment, evidence.submission, reason_of(error), evidence.sandbox)
            found = self._record(failed, "", evidence)
        self.progress.finished(submission.student, found.stored.grade)
        return found

    def work(self, submission: Submission) -> RemoteWork:
        """What another machine needs to collect and assess a submission: saved evidence, if it still answers."""
        saved = self.unchanged.saved_evidence(submission)
        files = None if saved is None else saved_evidence.files_of(saved)
        return RemoteWork(submission, self.calendar.terms(submission.student), files)

    def take(self, submission: Submission, worked: Worked | GaveUp) -> Recorded:
        """Grade what came back from another machine and keep the grade.

        Raises GradebookError, without which nothing can be kept.
        """
        try:
            found = (
                self._record_failure(submission, worked)
                if isinstance(worked, GaveUp)
                else self._taken(submission, worked)
            )
        except GradebookError:
            raise
        except Exception as error:
            LOG.exception("%s: the grader failed", submission.student)
            found = self._record_failure(submission, GaveUp(reason_of(error)))
        self.progress.finished(submission.student, found.stored.grade)
        return found

    def _taken(self, submission: Submission, worked: Worked) -> Recorded:
        evidence = saved_evidence.from_files(worked.evidence)
        _check_whose(evidence.submission, submission)
        folder = self.results.student(evidence.submission.folder)
        folder.forget_grade()
        saved_evidence.save_files(worked.evidence, folder.evidence)
        digest = folder.evidence_sha256()
        self._kept.keep(folder, digest, worked.assessed)
        return self.graded(evidence, digest, worked.assessed)

    def _record_failure(self, submission: Submission, gave_up: GaveUp) -> Recorded:
        wall = wall_of(self.sandbox) if self.sandbox is not None else "bubblewrap"
        record = replace(submission_record(submission, None), ambiguous=gave_up.reason)
        evidence, folder = (
            Evidence(record, self.seed, environment={"sandbox": wall}),
            self.results.student(record.folder),
        )
        folder.forget_grade()
        saved_evidence.save(evidence, folder.evidence)
        failed = _ungraded(self.assignment, record, gave_up.reason, wall)
        return self._record(failed, folder.evidence_sha256(), evidence)

    def _grade_anew(self, evidence: Evidence) -> Recorded:
        folder = self.results.student(evidence.submission.folder)
        folder.forget_grade()
        saved_evidence.save(evidence, folder.evidence)
        self.progress.stage(evidence.submission.student, "assessing")
        digest = folder.evidence_sha256()
        return self.graded(evidence, digest, self.assess(evidence, digest))

    def graded(self, evidence: Evidence, digest: str, assessed: Assessed) -> Recorded:
        """The grade from what was found in saved evidence of that digest, kept in the gradebook."""
        record, folder = evidence.submission, self.results.student(evidence.submission.folder)
        given = self.gradebook.hand_marks(record.student, record.sha256)
        terms = self.calendar.terms(record.student)
        grade = grade_evidence(self.assignment, evidence, assessed.findings, terms, given)
        folder.save_exhibits(grade)
        basis = self.unchanged.basis_of(record.student, record.told_at, record.origin)
        return self._record(grade, digest, evidence, stopped(basis) if assessed.stopped else basis)

    def write(self, found: Recorded) -> StoredGrade:
        """Write the student's `grade.json` and have the feedback made."""
        self.outputs.write_grade(found.stored, found.evidence)
        return found.stored

    def assess(self, evidence: Evidence, digest: str) -> Assessed:
        """The findings of evidence that is saved with that digest, those that are kept among them.

        Raises OSError or ValueError if it cannot be read.
        """
        folder = self.results.student(evidence.submission.folder)
        return self._kept.assess(folder, digest, evidence, partial(self._made, folder.evidence))

    def _made(self, evidence: Path, criteria: Sequence[str] = (), kept: WorkedOut | None = None) -> Assessed:
        if self.assessors is None:
            raise BatchError("no processes to assess in")
        return self.assessors.assess(evidence, criteria, kept)

    def _assess_apart(self, evidence: Evidence) -> Assessed:
        """The findings of evidence that is not in its place, as another attempt may have more points."""
        folder = self.results.student(evidence.submission.folder)
        folder.path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".evidence-", dir=folder.path) as space:
            saved_evidence.save(evidence, Path(space) / "evidence")
            return self._made(Path(space) / "evidence")

    def _record(self, grade: Grade, evidence_sha256: str, evidence: Evidence, basis: str = "") -> Recorded:
        record = evidence.submission
        forget(self.results.class_report)
        stored = self.gradebook.record(
            grade,
            submission_sha256=record.sha256,
            evidence_sha256=evidence_sha256,
            folder=record.folder,
            origin=record.origin,
            basis=basis,
        )
        return Recorded(stored, evidence)

    def finish(self) -> tuple[StoredGrade, ...]:
        """Write what the whole class has in common, and wait for the reports."""
        with not_looking():
            stored = tuple(self.gradebook.current())
        self.outputs.finish(stored)
        return stored


def _check_whose(record: SubmissionRecord, submission: Submission) -> None:
    """Raises ValueError if evidence is not that of a submission: its folder is written to."""
    folders = {submission.folder, *(rival.folder for rival in submission.rivals)}
    expected = (submission.student, submission.sha256)
    if (record.student, record.sha256) != expected or record.folder not in folders:
        raise ValueError(f"expected evidence of {submission.student}, found that of {record.student!r:.80}")


def _ungraded(assignment: Assignment, record: SubmissionRecord, reason: str, sandbox: str) -> Grade:
    """The grade of a submission that the grader failed at. Runs nothing of the assignment's own code."""
    finding = Finding.ungraded(reason, OUR_FAULT)
    marks = tuple(mark(criterion, finding) for criterion in assignment.rubric)
    execution = ExecutionSummary(Status.SANDBOX_FAILED.value, reason, 0.0, 0.0, 0, "none", sandbox)
    return Grade(assignment.id, record.student, record.attempt, record.told_at, marks, Decimal(0), execution)
