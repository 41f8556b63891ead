"""What a TA reads when a batch is done: everybody's points, and why some need a person."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from grader.batch.class_table import WIDE, print_table, sorted_grades, table_of
from grader.batch.result import BatchResult
from grader.finding import Outcome
from grader.gradebook.grade_json import grade_dict
from grader.grading import Grade
from grader.words import printable, shortened

NAME_CHARS, REASON_CHARS, PROBLEM_CHARS = 60, 160, 400


def tell(outcome: BatchResult, out: Path, *, pdf: bool, sort: str | None = None, quiet: bool = False) -> None:
    """Print the table and where things are on stdout, what needs a person on stderr; with `quiet` only the latter."""
    names = [grade.student for grade in outcome.grades]
    if outcome.grades and not quiet:
        pairs = sorted_grades(outcome.grades, names, sort)
        print_table(screen(), [grade for grade, _ in pairs], [name for _, name in pairs])
    for line in reasons(outcome.grades, names):
        click.echo(f"needs a person: {line}", err=True)
    for line in no_points(outcome.grades, names):
        click.echo(f"no points: {line}", err=True)
    for name in () if quiet else outcome.ignored:
        click.echo(f"ignored: {name}", err=True)
    for remark in outcome.remarks:
        click.echo(f"note: {shortened(remark, PROBLEM_CHARS)}", err=True)
    for problem in outcome.problems:
        click.echo(f"error: {shortened(problem, PROBLEM_CHARS)}", err=True)
    if not quiet:
        _where(out, pdf=pdf)


def as_dict(outcome: BatchResult, out: Path) -> dict[str, object]:
    """All of it for other programs: the grades as `grade.json` has them."""
    return {
        "results": str(out),
        "grades": [grade_dict(grade) for grade in outcome.grades],
        "needs_a_person": reasons(outcome.grades, [grade.student for grade in outcome.grades]),
        "kept": outcome.kept,
        "ignored": list(outcome.ignored),
        "remarks": list(outcome.remarks),
        "problems": list(outcome.problems),
    }


def _where(out: Path, *, pdf: bool) -> None:
    click.echo(f"grades:   {out / 'grades.csv'}")
    if pdf:
        click.echo(f"feedback: {out}/<student>/feedback.pdf (and .html)")
        click.echo(f"class:    {out / 'class.pdf'} (and .html)")
    click.echo(f"why:      grader show {out} STUDENT")


def screen() -> Console:
    """Stdout: as wide as the terminal, as wide as the table where it goes to a file or a pipe."""
    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)


def closing_table(grades: Sequence[Grade], names: Sequence[str]) -> Table:
    """Everybody's points by criterion."""
    return table_of(grades, names)


def reasons(grades: Sequence[Grade], names: Sequence[str]) -> list[str]:
    """One line for each student that the grader could not grade, one for each criterion that a person grades."""
    lines = [
        f"{printable(name, NAME_CHARS)}: {reason}"
        for grade, name in zip(grades, names, strict=True)
        if (reason := _reason(grade))
    ]
    by_hand = Counter(mark.criterion for grade in grades for mark in grade.marks if mark.manual and mark.points is None)
    return [*lines, *(f"{criterion}: a person grades this, {count} to do" for criterion, count in by_hand.items())]


def no_points(grades: Sequence[Grade], names: Sequence[str]) -> list[str]:
    """One line for each student who got nothing for one reason, such as another assignment's file: worth a look."""
    return [
        f"{printable(name, NAME_CHARS)}: {reason}"
        for grade, name in zip(grades, names, strict=True)
        if (reason := _one_reason(grade))
    ]


def _one_reason(grade: Grade) -> str | None:
    checked = [mark for mark in grade.marks if not mark.manual]
    messages = {mark.finding.message for mark in checked}
    if len(checked) < 2 or len(messages) > 1 or any(mark.finding.outcome is not Outcome.FAILED for mark in checked):
        return None
    return shortened(checked[0].finding.message, REASON_CHARS)


def _reason(grade: Grade) -> str | None:
    """The first message of the criteria that a check should have graded, and for which ones it holds."""
    open_marks = [m for m in grade.marks if m.finding.outcome is Outcome.UNGRADED and not m.manual]
    if not open_marks:
        return None
    message = open_marks[0].finding.message
    same = [mark.criterion for mark in open_marks if mark.finding.message == message]
    which = "all criteria" if len(same) == len(grade.marks) else ", ".join(same)
    more = f"; {len(open_marks) - len(same)} more" if len(same) < len(open_marks) else ""
    return f"{shortened(message, REASON_CHARS)} ({which}{more})"
