"""`grader diff`: whose points differ between two folders of results, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import GRADED, NEEDS_A_PERSON, usage_errors

if TYPE_CHECKING:
    from grader.gradebook.rows import StoredGrade

folder = click.Path(path_type=Path, exists=True, file_okay=False)
LINE_CHARS = 400


@click.command()
@click.argument("old", metavar="OLD", type=folder)
@click.argument("new", metavar="NEW", type=folder)
@usage_errors
def diff(old: Path, new: Path) -> None:
    """Show whose points change from the results in OLD to those in NEW, and why, before anything is released.

    `grader regrade OLD --out NEW` makes NEW with another rubric or other checks and leaves OLD as it is.

    \b
    Exit status: 0 nothing changes, 1 something does, 2 wrong usage.
    """
    from grader.batch.differences import differences, summary
    from grader.words import printable

    before, after = _current(old), _current(new)
    found = differences(before, after)
    for one in found:
        click.echo(f"{printable(one.student)}: {one.head}")
        for line in one.lines:
            click.echo(f"  {printable(line, LINE_CHARS)}")
    everybody = {stored.grade.student for stored in (*before, *after)}
    click.echo(summary(found, len(everybody)))
    sys.exit(NEEDS_A_PERSON if found else GRADED)


def _current(results: Path) -> list[StoredGrade]:
    from grader.batch.selection import BatchError
    from grader.gradebook.store import Gradebook

    if not (results / "gradebook.sqlite").exists():
        raise BatchError(
            f"{results}: expected a folder of results with gradebook.sqlite, found none\nhint: `grader grade` makes one"
        )
    with Gradebook(results / "gradebook.sqlite") as gradebook:
        return gradebook.current()
