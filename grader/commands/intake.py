"""`grader intake`: what a folder or download holds, without grading it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    encoding_option,
    intake_options,
    layout_option,
    roster_of,
    roster_option,
    times_option,
    timezone_option,
    usage_errors,
)

if TYPE_CHECKING:
    from rich.table import Table

    from grader.intake import Intake
    from grader.intake.when import Times
    from grader.people.identity import Identity
    from grader.submission import Submission


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@layout_option
@timezone_option
@times_option
@encoding_option
@roster_option
@usage_errors
def intake(
    path: Path,
    layout: str | None,
    timezone: str | None,
    times: Times,
    encoding: str | None,
    roster_file: Path | None,
) -> None:
    """Show what PATH holds: students, attempts, files. Nothing is run or graded.

    PATH is what `grader grade` takes: a folder with one sub-folder, archive or file per student, an archive of
    such a folder, or a download from Canvas, Moodle, Brightspace, Gradescope or Blackboard, packed or not.

    \b
    Exit status: 0 all can be read, 1 something needs a person, 2 wrong usage.
    """
    from rich.console import Console

    from grader.batch.summary import WIDE
    from grader.intake import find_submissions

    roster = roster_of(roster_file)
    found = find_submissions(path, intake_options(layout, timezone, times, encoding))
    click.echo(found.summary)
    console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
    console.print(_table(found))
    for remark in found.remarks:
        click.echo(f"note: {remark}", err=True)
    for name in found.ignored:
        click.echo(f"left out: {name}", err=True)
    for line in () if roster is None else roster.check(_students(found)).lines():
        click.echo(f"roster: {line}", err=True)
    unclear = any(submission.ambiguous for submission in found.submissions)
    sys.exit(NEEDS_A_PERSON if unclear else GRADED)


def _students(found: Intake) -> list[Identity]:
    from grader.people.identity import Identity

    return [Identity(one.student, one.origin) for one in found.submissions if one.attempt == 1]


def _table(found: Intake) -> Table:
    from rich.markup import escape
    from rich.table import Table

    from grader.report.wording import moment
    from grader.words import printable

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("student", "attempt", "submitted", "files", "KiB", "remarks"):
        table.add_column(column, no_wrap=column != "remarks", justify="right" if column in ("files", "KiB") else "left")
    for one in found.submissions:
        size = sum(file.size for file in one.files)
        when = moment(one.told_at)
        cells = (
            printable(one.student, 60),
            str(one.attempt),
            when,
            str(len(one.files)),
            f"{size / 1024:.1f}",
            _remarks(one),
        )
        table.add_row(*map(escape, cells))
    return table


def _remarks(one: Submission) -> str:
    from grader.words import printable

    late = "marked late" if one.origin is not None and one.origin.marked_late else None
    return printable("; ".join(text for text in (late, one.problem, one.ambiguous, *one.notes) if text), 300)
