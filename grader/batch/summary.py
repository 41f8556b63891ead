"""What a TA reads when a batch is done: everybody's points, and why some need a person."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.batch.result import BatchResult
from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.words import plain, printable

NAME_CHARS, REASON_CHARS, PROBLEM_CHARS = 30, 160, 400
WIDE = 1000  # columns of a table that goes to a file or a pipe: nothing is wrapped
STYLE = {"passed": "green", "partial": "yellow", "failed": "red", "ungraded": "magenta"}
SIGN = {"passed": "✓", "partial": "△", "failed": "✗", "ungraded": "?"}


def tell(outcome: BatchResult, out: Path, *, pdf: bool) -> None:
    """Print the table and where things are on stdout, what needs a person on stderr."""
    if outcome.grades:
        console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
        console.print(closing_table(outcome.grades, outcome.folders))
    for line in reasons(outcome.grades, outcome.folders):
        click.echo(f"needs a person: {line}", err=True)
    for name in outcome.ignored:
        click.echo(f"ignored: {name}", err=True)
    for remark in outcome.remarks:
        click.echo(f"note: {printable(remark, PROBLEM_CHARS)}", err=True)
    for problem in outcome.problems:
        click.echo(f"error: {printable(problem, PROBLEM_CHARS)}", err=True)
    click.echo(f"grades:   {out / 'grades.csv'}")
    if pdf:
        click.echo(f"feedback: {out}/<student>/feedback.pdf (and .html)")
        click.echo(f"class:    {out / 'class.pdf'} (and .html)")


def closing_table(grades: Sequence[Grade], folders: Sequence[str]) -> Table:
    """Everybody's points by criterion."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("student", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    criteria = tuple(dict.fromkeys(mark.criterion for grade in grades for mark in grade.marks))
    for criterion in criteria:
        table.add_column(criterion, justify="right", no_wrap=True)
    for grade, folder in zip(grades, folders, strict=True):
        marks = {mark.criterion: mark for mark in grade.marks}
        total = plain(grade.points) if grade.points is not None else f"({plain(grade.points_so_far)})"
        table.add_row(escape(printable(folder, NAME_CHARS)), total, *(_cell(marks.get(name)) for name in criteria))
    return table


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return ""
    outcome = mark.finding.outcome
    return f"[{STYLE[outcome]}]{SIGN[outcome]} {_points(mark.points)}[/]"


def _points(points: Decimal | None) -> str:
    return "–" if points is None else plain(points)


def reasons(grades: Sequence[Grade], folders: Sequence[str]) -> list[str]:
    """One line for each student whom the grader could not grade, one for each criterion that is a person's."""
    lines = [
        f"{printable(folder, NAME_CHARS)}: {reason}"
        for grade, folder in zip(grades, folders, strict=True)
        if (reason := _reason(grade))
    ]
    by_hand = Counter(mark.criterion for grade in grades for mark in grade.marks if mark.manual and mark.points is None)
    return [*lines, *(f"{criterion}: a person grades this, {count} to do" for criterion, count in by_hand.items())]


def _reason(grade: Grade) -> str | None:
    """The first message of the criteria that a check should have graded, and for which ones it holds."""
    open_marks = [m for m in grade.marks if m.finding.outcome is Outcome.UNGRADED and not m.manual]
    if not open_marks:
        return None
    message = open_marks[0].finding.message
    same = [mark.criterion for mark in open_marks if mark.finding.message == message]
    which = "all criteria" if len(same) == len(grade.marks) else ", ".join(same)
    more = f"; {len(open_marks) - len(same)} more" if len(same) < len(open_marks) else ""
    return f"{printable(message, REASON_CHARS)} ({which}{more})"
