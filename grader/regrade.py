"""Going over a results folder again without running student code: from evidence, or from recorded grades."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from grader import evidence as evidence_store
from grader.assignment import Assignment
from grader.gradebook.connection import GradebookError
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.progress import Progress
from grader.results import Results
from grader.run import Batch, Outcome, one_thread, outcome, report_workers
from grader.selection import BatchError

LOG = logging.getLogger("grader")
Rewrite = Callable[[Batch, StoredGrade], StoredGrade]


def rewrite_batch(
    out: Path,
    load: Callable[[str], Assignment],
    progress: Progress,
    rewrite: Rewrite,
    *,
    jobs: int = 2,
    pdf: bool = True,
    anonymous: bool = False,
) -> Outcome:
    """Go over a results folder; `rewrite` is `regrade_one` or `report_one`. `load` finds an assignment by id.

    Raises BatchError, ResultsError or GradebookError before anything is changed.
    """
    results = Results(out)
    if not results.gradebook.exists():
        raise BatchError(f"{out}: expected a folder of results with gradebook.sqlite, found none\n"
                         "hint: `grader grade` makes one")  # fmt: skip
    with results.locked(), Gradebook(results.gradebook) as gradebook:
        assignment = load(gradebook.batch().assignment)
        results.sweep()
        with report_workers(jobs, pdf=pdf) as reports:
            batch = Batch(assignment, results, gradebook, progress, gradebook.batch().seed, reports=reports,
                          anonymous=anonymous)  # fmt: skip
            stored = gradebook.current()
            progress.begin(len(stored), kept=0)
            for found in stored:
                _rewrite_one(batch, found, rewrite)
            progress.stage("", "writing reports")
            return outcome(batch.finish(), batch)


def _rewrite_one(batch: Batch, stored: StoredGrade, rewrite: Rewrite) -> None:
    """One student's trouble stays theirs; the grade that is recorded stays too."""
    batch.progress.started(stored.folder)
    try:
        stored = rewrite(batch, stored)
    except GradebookError:
        raise
    except (OSError, ValueError) as error:
        batch.problems.append(f"{stored.folder}: its evidence cannot be read: {error}")
    except Exception as error:
        LOG.exception("%s: the grader failed", stored.folder)
        batch.problems.append(f"{stored.folder}: the grader failed: {type(error).__name__}: {error}")
    batch.progress.finished(stored.folder, stored.grade)


def regrade_one(batch: Batch, stored: StoredGrade) -> StoredGrade:
    """Assess saved evidence again. Raises OSError or ValueError if it cannot be read."""
    one_thread()
    folder = batch.results.student(stored.folder)
    return batch.assess_and_record(evidence_store.load(folder.evidence), folder)


def report_one(batch: Batch, stored: StoredGrade) -> StoredGrade:
    """Render a recorded grade again. Raises OSError or ValueError if its evidence cannot be read."""
    folder = batch.results.student(stored.folder)
    batch.write(stored, evidence_store.load(folder.evidence), folder)
    return stored
