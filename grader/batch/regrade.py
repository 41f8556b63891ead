"""Going over a results folder again without running student code: from evidence, or from recorded grades."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.garbage import set_aside
from grader.batch.older_evidence import without_losses
from grader.batch.opening import opened
from grader.batch.progress import Progress
from grader.batch.result import BatchResult, outcome
from grader.batch.run import Batch
from grader.batch.selection import BatchError
from grader.batch.threads import run_threads
from grader.collect import saved_evidence
from grader.deadlines.calendar import ExtensionsFile
from grader.gradebook.connection import GradebookError
from grader.gradebook.results import Results
from grader.gradebook.rows import StoredGrade

LOG = logging.getLogger("grader")
ASKED_ANEW = (
    "what is asked of student code has changed since it ran (probes, data, versions): regrade goes by what it "
    "answered then; `grader grade` with the submissions asks again"
)
Rewrite = Callable[[Batch, StoredGrade], StoredGrade]


def rewrite_batch(  # noqa: PLR0913 - all but four are named
    out: Path,
    load: Callable[[str], Assignment],
    progress: Progress,
    rewrite: Rewrite,
    *,
    jobs: int = 2,
    pdf: bool = True,
    extensions: ExtensionsFile | None = None,
    anonymous: bool = False,
) -> BatchResult:
    """Go over a results folder; `rewrite` is `regrade_one` or `report_one`. `load` finds an assignment by id.

    Raises BatchError, ResultsError or GradebookError before anything is changed.
    """
    with opened(out, load, progress, jobs=jobs, pdf=pdf, extensions=extensions, anonymous=anonymous) as batch:
        stored = batch.gradebook.current()
        progress.begin(len(stored), kept=0)
        with set_aside():
            for _ in run_threads(lambda one: _rewrite_one(batch, one, rewrite), stored, jobs):
                pass
        batch.remarks[:] = dict.fromkeys(batch.remarks)
        progress.stage("", "writing reports")
        return outcome(batch.finish(), batch)


def copied(results: Path, to: Path) -> Path:
    """A copy of a folder of results to regrade instead of it. Raises BatchError if `to` is in use."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BatchError(f"--out: expected a new folder, {to} is there already\nhint: give another one, or remove it")
    with Results(results).locked():
        try:
            shutil.copytree(results, to, ignore=shutil.ignore_patterns(".lock", "export"), dirs_exist_ok=True)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(to, ignore_errors=True)
            raise BatchError(f"--out: {to} cannot be written: {str(error)[:300]}") from error
    return to


def _rewrite_one(batch: Batch, stored: StoredGrade, rewrite: Rewrite) -> None:
    """One student's trouble stays theirs; the grade that is recorded stays too."""
    batch.progress.started(stored.grade.student)
    try:
        stored = rewrite(batch, stored)
    except GradebookError:
        raise
    except (OSError, ValueError) as error:
        batch.outputs.problems.append(f"{stored.grade.student}: its evidence cannot be read: {error}")
    except Exception as error:
        LOG.exception("%s: the grader failed", stored.grade.student)
        batch.outputs.problems.append(f"{stored.grade.student}: the grader failed: {type(error).__name__}: {error}")
    batch.progress.finished(stored.grade.student, stored.grade)


def regrade_one(batch: Batch, stored: StoredGrade) -> StoredGrade:
    """Assess saved evidence again where that may change the grade. Raises OSError or ValueError if that is lost."""
    if batch.unchanged.is_current(stored):
        return stored
    evidence = saved_evidence.outline(batch.results.student(stored.folder).evidence)
    if evidence.asked_with != batch.basis.asked_with:
        batch.remarks.append(ASKED_ANEW)
    digest = batch.results.student(stored.folder).evidence_sha256()
    assessed = batch.assess(evidence, digest)
    assessed.findings = without_losses(batch.assignment, evidence, assessed.findings, stored.grade)
    return batch.write(batch.graded(evidence, digest, assessed))


def report_one(batch: Batch, stored: StoredGrade) -> StoredGrade:
    """Render a recorded grade again. Raises OSError or ValueError if its evidence cannot be read."""
    batch.outputs.write_grade(stored, saved_evidence.outline(batch.results.student(stored.folder).evidence))
    return stored
