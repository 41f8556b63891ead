"""Opening a results folder: locked, with its gradebook, its calendar and the processes that write and assess."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.assess.assessors import Assessors
from grader.assignment import Assignment
from grader.batch.outputs import Outputs, report_workers
from grader.batch.progress import Progress
from grader.batch.run import Batch
from grader.batch.selection import BatchError
from grader.collect.drawn import drawn
from grader.deadlines.calendar import ExtensionsFile, calendar_of
from grader.deadlines.extensions import Calendar
from grader.gradebook.results import Results
from grader.gradebook.rows import BatchRecord, StoredGrade
from grader.gradebook.store import Gradebook
from grader.people.identity import Identity


def graded(out: Path) -> tuple[BatchRecord, list[StoredGrade]]:
    """The batch of a results folder, and everybody's grade as it is now. Raises BatchError or GradebookError."""
    with Gradebook(_gradebook(Results(out))) as gradebook:
        return gradebook.batch(), gradebook.current()


def _gradebook(results: Results) -> Path:
    if not results.gradebook.exists():
        raise BatchError(
            f"{results.path}: expected a folder of results with gradebook.sqlite, found none\n"
            "hint: `grader grade` makes one"
        )
    return results.gradebook


DESK_S = 1.0  # how long to wait for a marking desk, which works here for a moment at each mark


@contextmanager
def opened(
    out: Path,
    load: Callable[[str], Assignment],
    progress: Progress,
    *,
    jobs: int = 2,
    pdf: bool = True,
    extensions: ExtensionsFile | None = None,
    anonymous: bool = False,
) -> Iterator[Batch]:
    """A folder that an earlier batch filled. `load` finds its assignment by id.

    Raises BatchError, ResultsError or GradebookError before anything is changed.
    """
    results = Results(out)
    _gradebook(results)
    with results.locked(DESK_S), Gradebook(results.gradebook) as gradebook:
        assignment = load(gradebook.batch().assignment)
        results.sweep()
        students = [Identity(stored.grade.student, stored.origin) for stored in gradebook.current()]
        calendar = calendar_of(assignment, results, students, extensions)
        found = (assignment, results, gradebook, calendar, progress, gradebook.batch().seed)
        with at_work(*found, jobs=jobs, pdf=pdf, anonymous=anonymous) as batch, assessing(batch, jobs):
            yield batch


@contextmanager
def at_work(  # noqa: PLR0913 - what a batch consists of
    assignment: Assignment,
    results: Results,
    gradebook: Gradebook,
    calendar: Calendar,
    progress: Progress,
    seed: int,
    *,
    jobs: int,
    pdf: bool,
    anonymous: bool,
) -> Iterator[Batch]:
    """A batch in a locked folder with an open gradebook. When it is left, its reports are made."""
    with report_workers(jobs, pdf=pdf) as reports:
        outputs = Outputs(assignment, calendar, results, reports, anonymous)
        yield Batch(
            assignment=assignment,
            results=results,
            gradebook=gradebook,
            outputs=outputs,
            progress=progress,
            seed=seed,
            calendar=calendar,
        )


@contextmanager
def assessing(batch: Batch, count: int) -> Iterator[None]:
    """A batch with processes that assess."""
    one_thread()
    with suppress(Exception):  # what is wrong with them is told where they are needed
        drawn(batch.assignment, batch.seed)  # once, and not in each process that assesses: those are copies
    with Assessors(batch.assignment, count) as batch.assessors:
        yield


def one_thread() -> None:
    """Limit PyTorch to one thread, so that comparing with the reference does not compete with running boxes."""
    os.environ["OMP_NUM_THREADS"] = "1"  # for a PyTorch that is still to be imported, if a check needs it
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
