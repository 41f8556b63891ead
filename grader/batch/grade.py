"""The whole flow for many submissions: intake → collect → assess → grade → gradebook → report."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.garbage import set_aside
from grader.batch.opening import assessing, at_work
from grader.batch.order import longest_first
from grader.batch.progress import Progress
from grader.batch.remote_work import OtherMachines, Task
from grader.batch.result import BatchResult, outcome
from grader.batch.run import Batch
from grader.batch.selection import BatchError, apart, chosen
from grader.batch.threads import run_threads
from grader.deadlines.calendar import ExtensionsFile, calendar_of, remarks, with_times
from grader.deadlines.counting import counting
from grader.deadlines.extensions import Calendar
from grader.gradebook.connection import GradebookError
from grader.gradebook.results import REFERENCE, Results
from grader.gradebook.store import Gradebook
from grader.intake import Intake, IntakeOptions, find_submissions
from grader.people.identity import Identity
from grader.people.roster import Roster
from grader.sandbox.protocol import Device, Sandbox, expecting, wall_of
from grader.slips import check_data
from grader.submission import Submission

LOG = logging.getLogger("grader")


@dataclass(frozen=True)
class BatchOptions:
    """How to grade a batch. `seed` is drawn at random when it is None; `elsewhere` grades on other machines."""

    out: Path
    jobs: int = 2
    device: Device = "cpu"
    students: tuple[str, ...] = ()
    fresh: bool = False
    pdf: bool = True
    seed: int | None = None
    reading: IntakeOptions = IntakeOptions()
    extensions: ExtensionsFile | None = None
    roster: Roster | None = None
    anonymous: bool = False
    elsewhere: OtherMachines | None = None


def grade_batch(
    path: Path, assignment: Assignment, options: BatchOptions, sandbox: Sandbox, progress: Progress
) -> BatchResult:
    """Grade every submission in `path`; what is graded already is kept. Raises IntakeError, BatchError,
    ResultsError, AssignmentError or GradebookError before anything is run, and GradebookError when the gradebook fails.
    """
    intake = apart(find_submissions(path, options.reading), path, options.out)
    chosen(intake.submissions, options.students)
    results = Results(options.out)
    with results.locked():
        if options.fresh:
            _start_over(results)
        students = [Identity(one.student, one.origin) for one in intake.submissions if one.attempt == 1]
        calendar = calendar_of(assignment, results, students, options.extensions)
        selected = chosen(_counting(intake, assignment, calendar), options.students)
        results.sweep()
        with Gradebook(results.gradebook) as gradebook:
            seed = _seed(gradebook, assignment, options, path)
            check_data(assignment, seed)
            found = (assignment, results, gradebook, calendar, progress, seed)
            with at_work(*found, jobs=options.jobs, pdf=options.pdf, anonymous=options.anonymous) as batch:
                batch.sandbox, batch.device = sandbox, options.device
                batch.remarks, batch.outputs.problems = remarks(selected, calendar, assignment, datetime.now(UTC))
                batch.remarks += [*intake.remarks, *_gone(gradebook, students)]
                batch.remarks += [] if options.roster is None else options.roster.check(students).lines()
                waiting = [submission for submission in selected if not batch.unchanged.is_done(submission)]
                batch.remarks += _marked_earlier(gradebook, selected)
                if options.jobs != 1:  # one after the other, the order of names is what people expect
                    waiting = longest_first(waiting, _earlier_runs(gradebook))
                progress.stage("", intake.summary)
                progress.begin(len(selected), kept=len(selected) - len(waiting))
                if waiting:
                    with set_aside():
                        _grade_all(batch, sandbox, waiting, options)
                progress.stage("", "writing reports")
                stored = batch.finish()
    return outcome(stored, batch, kept=len(selected) - len(waiting), ignored=intake.ignored)


def _earlier_runs(gradebook: Gradebook) -> dict[str, float]:
    """CPU seconds that each student's program took when it was graded last."""
    return {stored.grade.student: stored.grade.execution.cpu_s for stored in gradebook.current()}


def _gone(gradebook: Gradebook, students: Sequence[Identity]) -> list[str]:
    """Who was graded before and is not among the submissions any more: they withdrew, or have another name now."""
    here = {one.student for one in students}
    found = []
    for stored in gradebook.current():
        student, origin = stored.grade.student, stored.origin
        if student in here:
            continue
        again = next(
            (
                one.student
                for one in students
                if origin is not None
                and one.origin is not None
                and (one.origin.lms, one.origin.user) == (origin.lms, origin.user)
            ),
            None,
        )
        now = "is not among the submissions any more" if again is None else f"is called {again} now"
        found.append(f"{student} {now}: the old grade is kept; hint: give --fresh or another --out to leave it out")
    return found


def _marked_earlier(gradebook: Gradebook, selected: Sequence[Submission]) -> list[str]:
    """Whose work is another one than a person marked: those marks stay with that work."""
    now, here = {one.sha256 for one in selected}, {one.student for one in selected}
    found = []
    for stored in gradebook.current():
        student = stored.grade.student
        marked = [mark.criterion for mark in stored.grade.marks if mark.by_hand is not None]
        if marked and student in here and stored.submission_sha256 not in now:
            what = "the mark" if len(marked) == 1 else "the marks"
            found.append(
                f"{student} handed in other work since a person marked it: {what} on {', '.join(marked)} stayed with "
                "the earlier attempt; hint: look at the new one, and mark it if need be"
            )
    return found


def _grade_all(batch: Batch, sandbox: Sandbox, waiting: Sequence[Submission], options: BatchOptions) -> None:
    if options.elsewhere is not None:
        _grade_elsewhere(batch, sandbox, waiting, options.elsewhere)
        return
    jobs = options.jobs
    with assessing(batch, min(jobs, len(waiting))), expecting(sandbox, len(waiting)):
        for _ in run_threads(lambda submission: batch.write(batch.grade_one(submission)), waiting, jobs):
            pass


def _grade_elsewhere(batch: Batch, sandbox: Sandbox, waiting: Sequence[Submission], elsewhere: OtherMachines) -> None:
    """Other machines collect and assess; here, one after the other, what comes back is graded and kept."""
    task = Task(
        name=_name(batch.results),
        assignment=batch.assignment,
        basis=batch.basis,
        sandbox=wall_of(sandbox),
        device=batch.device,
        progress=batch.progress,
    )
    # Closed whatever happens here: machines are let go.
    with closing(elsewhere.run(task, map(batch.work, waiting), len(waiting))) as done:
        for submission, worked in done:
            batch.write(batch.take(submission, worked))
    batch.remarks += elsewhere.remarks


def _name(results: Results) -> str:
    """A name for workers to know the batch by: the same when it goes on, and nobody else's."""
    where = f"{os.uname().nodename}\0{os.path.realpath(results.path)}"
    return f"grader-{hashlib.sha256(os.fsencode(where)).hexdigest()[:16]}"


def _counting(intake: Intake, assignment: Assignment, calendar: Calendar) -> list[Submission]:
    """One submission of each student: the attempt that counts."""
    attempts = with_times(intake.submissions, calendar)
    return counting(attempts, assignment.attempts, assignment.late_policy, lambda one: calendar.terms(one.student))


def _start_over(results: Results) -> None:
    folders = results.graded_folders()
    if results.gradebook.exists():
        try:
            with Gradebook(results.gradebook) as gradebook:
                folders = [stored.folder for stored in gradebook.current()]
        except GradebookError as error:
            LOG.warning("starting over without the old gradebook: %s", str(error).splitlines()[0])
    results.clear(folders)


def _seed(gradebook: Gradebook, assignment: Assignment, options: BatchOptions, path: Path) -> int:
    """The batch's secret seed: stored with the first run, the same ever after."""
    wanted = options.seed if options.seed is not None else secrets.randbits(63)
    settings = {
        "device": options.device,
        "submissions": str(path.absolute()),
        REFERENCE: str(assignment.folder.absolute().parent),
    }
    batch = gradebook.open_batch(assignment.id, wanted, settings)
    if options.seed is not None and batch.seed != options.seed:
        raise BatchError(
            f"{options.out}: expected the seed it was begun with, found --seed {options.seed}\n"
            "hint: leave --seed out to go on, or give --fresh to start over"
        )
    return batch.seed
