"""Erasing a student: what would go, and its going."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.progress import Progress
from grader.batch.regrade import rewrite_batch
from grader.erasure.places import ErasedPlace, left, places
from grader.erasure.traces import Traces
from grader.errors import UserError
from grader.gradebook.erasing import erase_rows, known, texts_left
from grader.gradebook.results import Results
from grader.gradebook.store import Gradebook
from grader.report.stamp import stamp_of
from grader.words import counted

ROWS = {
    "attempt": ("attempt", None),
    "mark": ("mark by a check", "marks by checks"),
    "hand_mark": ("mark by a person", "marks by a person"),
    "comment": ("comment", None),
}


class UnfinishedError(UserError):
    """Something is left that names the student. The message says where."""


@dataclass(frozen=True)
class Erasure:
    """What goes when a student is erased."""

    out: Path
    traces: Traces
    places: tuple[ErasedPlace, ...]

    def lines(self) -> list[str]:
        """In words, for whoever has to say yes."""
        rows = self.traces.known.rows
        told = [counted(rows[table], *words) for table, words in ROWS.items() if table in rows]
        group = self.traces.group
        together = [f"  handed in by a group, and erased for all of it: {', '.join(group)}"] if group else []
        return [
            *together,
            f"  gradebook.sqlite: {', '.join(told)}",
            *(f"  {one.line(self.out)}" for one in self.places),
        ]


def plan(out: Path, student: str) -> Erasure:
    """What there is of a student, by the name in the gradebook. Raises GradebookError; changes nothing."""
    results = Results(out)
    traces = Traces(known(results.gradebook, student))
    with Gradebook(results.gradebook) as gradebook:
        students = {stored.folder for stored in gradebook.current()}
    return Erasure(out, traces, tuple(places(results, traces, students)))


def erase(out: Path, student: str, load: Callable[[str], Assignment], progress: Progress, *, actor: str) -> Erasure:
    """Erase a student. The gradebook comes last, so that what was interrupted can be done again.

    The class report is made again if there was one. Raises GradebookError, ResultsError, and UnfinishedError if
    something is left that names them.
    """
    results = Results(out)
    with results.locked():
        results.sweep()
        found = plan(out, student)
        anonymous = (stamp_of(results.class_report) or "").startswith("anonymous-")
        reported = results.class_report.exists()
        for place in found.places:
            place.erase()
        erase_rows(results.gradebook, student, found.traces.without, actor)
    _make_again(out, load, progress, reported=reported, anonymous=anonymous)
    _look_again(results, found.traces)
    return found


def _make_again(
    out: Path, load: Callable[[str], Assignment], progress: Progress, *, reported: bool, anonymous: bool
) -> None:
    try:
        rewrite_batch(out, load, progress, lambda _, stored: stored, jobs=1, pdf=reported, anonymous=anonymous)
    except UserError as error:
        raise UnfinishedError(
            f"erased, but the class report and grades.csv could not be made again: {error}\n"
            "hint: `grader report` makes them"
        ) from error


def _look_again(results: Results, traces: Traces) -> None:
    files = [str(path.relative_to(results.path)) for path in left(results, traces)]
    texts = [f"gradebook.sqlite ({place})" for place in texts_left(results.gradebook, traces.are_in_text)]
    if files or texts:
        raise UnfinishedError(
            f"erased, but these still hold a word that names the student: {', '.join([*files, *texts])}\n"
            "hint: it may be the work of others, or another person of that name; look at them"
        )
