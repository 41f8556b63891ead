"""The whole flow for many submissions: intake → collect → assess → grade → gradebook → report."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader import evidence as evidence_store
from grader.assess import grade_evidence
from grader.assignment import Assignment
from grader.collect import collect
from grader.evidence import Evidence, SubmissionRecord
from grader.executors import run_threads
from grader.gradebook.csv import write_csv
from grader.gradebook.grade_json import grade_json, write_grade_json
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import Grade
from grader.intake import find_submissions
from grader.progress import Progress
from grader.report.gather import class_report, feedback_report
from grader.report.model import ReportError
from grader.report.worker import ReportWorkers
from grader.results import Results, StudentFolder
from grader.sandbox.protocol import Device, Sandbox
from grader.submission import Submission

LOG = logging.getLogger("grader")


class BatchError(Exception):
    """A batch cannot be started as asked. The message is for the TA."""


@dataclass(frozen=True)
class Options:
    """How to grade a batch. `seed` is drawn at random when it is None."""

    out: Path
    jobs: int = 2
    device: Device = "cpu"
    students: tuple[str, ...] = ()
    fresh: bool = False
    pdf: bool = True
    seed: int | None = None


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
    """One run over a results folder. Threads share it; the gradebook locks itself."""

    assignment: Assignment
    results: Results
    gradebook: Gradebook
    progress: Progress
    seed: int
    device: Device = "cpu"
    sandbox: Sandbox | None = None
    reports: ReportWorkers | None = None
    pending: list[tuple[str, Future[None]]] = field(default_factory=list)

    def grade_one(self, submission: Submission) -> StoredGrade:
        """Grade a submission and write everything of it. A failure of ours becomes `ungraded`, never an exception."""
        folder = self.results.student(submission.folder)
        self.progress.started(submission.folder)
        try:
            found = self._collected(submission)
            evidence_store.save(found, folder.evidence)
            self.progress.stage(submission.folder, "assessing")
            stored = self.assess_and_record(found, folder)
        except Exception as error:
            LOG.exception("%s: the grader failed", submission.folder)
            stored = self._ungraded(submission, folder, error)
        self.progress.finished(submission.folder, stored.grade)
        return stored

    def _collected(self, submission: Submission) -> Evidence:
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

    def _ungraded(self, submission: Submission, folder: StudentFolder, error: Exception) -> StoredGrade:
        reason = f"the grader failed: {type(error).__name__}: {error}"
        record = SubmissionRecord(
            submission.student, submission.folder, submission.attempt, submission.submitted_at,
            submission.sha256, (), submission.notes, None, None, reason,
        )  # fmt: skip
        found = Evidence(record, self.seed)
        evidence_store.save(found, folder.evidence)
        return self.assess_and_record(found, folder)

    def assess_and_record(self, found: Evidence, folder: StudentFolder) -> StoredGrade:
        """Everything after the evidence: findings, grade, gradebook, files. Pure but for what it writes."""
        record = found.submission
        fresh = grade_evidence(self.assignment, found)
        folder.save_exhibits(fresh)
        stored = self.gradebook.record(
            fresh,
            submission_sha256=record.sha256,
            evidence_sha256=folder.evidence_sha256(),
            folder=record.folder,
        )
        self.write(replace(fresh, attempt=stored.grade.attempt), found, folder)
        return stored

    def write(self, graded: Grade, found: Evidence, folder: StudentFolder) -> None:
        """The files made from a grade that is in the gradebook."""
        write_grade_json(graded, folder.grade)
        if self.reports is None:
            folder.feedback.unlink(missing_ok=True)
            return
        report = feedback_report(self.assignment, graded, found, folder)
        self.pending.append((folder.path.name, self.reports.submit_feedback(report, folder.feedback)))

    def finish(self) -> tuple[tuple[StoredGrade, ...], tuple[str, ...]]:
        """Wait for the reports, write the CSV and the class report."""
        stored = tuple(self.gradebook.current())
        write_csv([found.grade for found in stored], self.results.grades)
        if self.reports is not None and stored:
            report = class_report(self.assignment, stored)
            self.pending.append(("class", self.reports.submit_class(report, self.results.class_report)))
        problems = [problem for name, future in self.pending if (problem := _problem(name, future))]
        return stored, tuple(problems)


def _problem(name: str, future: Future[None]) -> str | None:
    try:
        future.result()
    except ReportError as error:
        return f"{name}: no PDF: {error}"
    return None


def grade_batch(path: Path, assignment: Assignment, options: Options, sandbox: Sandbox, progress: Progress) -> Outcome:
    """Grade every submission in `path`; what is graded already is kept. Raises IntakeError, BatchError,
    ResultsError or GradebookError before anything is run.
    """
    intake = find_submissions(path)
    chosen = _chosen(intake.submissions, options.students)
    results = Results(options.out)
    with results.locked():
        if options.fresh:
            _start_over(results)
        results.sweep()
        with Gradebook(results.gradebook) as gradebook:
            seed = _seed(gradebook, assignment, options)
            one_thread()
            with _reports(options.jobs, options.pdf) as reports:
                batch = Batch(assignment, results, gradebook, progress, seed, options.device, sandbox, reports)
                waiting = [submission for submission in chosen if not _is_done(batch, submission)]
                progress.begin(len(chosen), kept=len(chosen) - len(waiting))
                for _ in run_threads(batch.grade_one, waiting, options.jobs):
                    pass
                progress.stage("", "writing reports")
                stored, problems = batch.finish()
    return Outcome(
        tuple(found.grade for found in stored),
        tuple(found.folder for found in stored),
        problems,
        len(chosen) - len(waiting),
        intake.ignored,
    )


def _chosen(submissions: Sequence[Submission], names: Sequence[str]) -> list[Submission]:
    if not names:
        return list(submissions)
    known = {submission.student for submission in submissions} | {s.folder for s in submissions}
    if unknown := [name for name in names if name not in known]:
        listed = ", ".join(sorted(known)[:20])
        raise BatchError(f"--student: expected one of {listed}; found {', '.join(unknown)}")
    return [s for s in submissions if s.student in names or s.folder in names]


def _start_over(results: Results) -> None:
    folders: list[str] = []
    if results.gradebook.exists():
        with Gradebook(results.gradebook) as gradebook:
            folders = [stored.folder for stored in gradebook.current()]
    results.clear(folders)


def _seed(gradebook: Gradebook, assignment: Assignment, options: Options) -> int:
    """The batch's secret seed: stored with the first run, the same ever after."""
    wanted = options.seed if options.seed is not None else secrets.randbits(63)
    batch = gradebook.open_batch(assignment.id, wanted, {"device": options.device})
    if options.seed is not None and batch.seed != options.seed:
        raise BatchError(
            f"{options.out}: expected the seed it was begun with, found --seed {options.seed}\n"
            "hint: leave --seed out to go on, or give --fresh to start over"
        )
    return batch.seed


def one_thread() -> None:
    """The comparison with the reference runs beside the boxes: it must not take their cores."""
    import torch

    torch.set_num_threads(1)


def _reports(jobs: int, pdf: bool) -> AbstractContextManager[ReportWorkers | None]:
    return ReportWorkers(jobs) if pdf else nullcontext()


def _is_done(batch: Batch, submission: Submission) -> bool:
    """Whether the gradebook has this very work; files that a killed run did not write are written now."""
    stored = batch.gradebook.find(submission.student, submission.sha256)
    if stored is None or any(mark.points is None and not mark.manual for mark in stored.grade.marks):
        return False
    folder = batch.results.student(stored.folder)
    try:
        found = evidence_store.load(folder.evidence)
    except (OSError, ValueError):
        return False
    graded = folder.with_exhibits(stored.grade)
    complete = folder.grade.exists() and folder.grade.read_bytes() == grade_json(graded)
    if not complete or (batch.reports is not None and not folder.feedback.exists()):
        batch.write(graded, found, folder)
    return True


Rewrite = Callable[[Batch, StoredGrade], None]


def rewrite_batch(
    out: Path,
    load: Callable[[str], Assignment],
    progress: Progress,
    rewrite: Rewrite,
    *,
    jobs: int = 2,
    pdf: bool = True,
) -> Outcome:
    """Go over a results folder without running student code; `rewrite` is `regrade_one` or `report_one`."""
    results = Results(out)
    if not results.gradebook.exists():
        raise BatchError(f"{out}: expected a folder of results with gradebook.sqlite, found none\n"
                         "hint: `grader grade` makes one")  # fmt: skip
    with results.locked(), Gradebook(results.gradebook) as gradebook:
        assignment = load(gradebook.batch().assignment)
        one_thread()
        with _reports(jobs, pdf) as reports:
            batch = Batch(assignment, results, gradebook, progress, gradebook.batch().seed, reports=reports)
            stored = gradebook.current()
            progress.begin(len(stored), kept=0)
            problems = []
            for found in stored:
                progress.started(found.folder)
                try:
                    rewrite(batch, found)
                except (OSError, ValueError) as error:
                    problems.append(f"{found.folder}: its evidence cannot be read ({error})")
                progress.finished(found.folder, found.grade)
            stored_now, missing = batch.finish()
    return Outcome(
        tuple(found.grade for found in stored_now),
        tuple(found.folder for found in stored_now),
        (*problems, *missing),
    )


def regrade_one(batch: Batch, stored: StoredGrade) -> None:
    """Assess saved evidence again."""
    folder = batch.results.student(stored.folder)
    batch.assess_and_record(evidence_store.load(folder.evidence), folder)


def report_one(batch: Batch, stored: StoredGrade) -> None:
    """Render a recorded grade again."""
    folder = batch.results.student(stored.folder)
    batch.write(folder.with_exhibits(stored.grade), evidence_store.load(folder.evidence), folder)
