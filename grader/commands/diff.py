"""`grader diff`: whose points differ between two folders of results, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import GRADED, NEEDS_A_PERSON, echo_json, json_option, usage_errors

if TYPE_CHECKING:
    from grader.batch.differences import Difference
    from grader.gradebook.rows import StoredGrade

folder = click.Path(path_type=Path, exists=True, file_okay=False)
LINE_CHARS = 400


@click.command()
@click.argument("old", metavar="OLD", type=folder)
@click.argument("new", metavar="NEW", type=folder)
@json_option
@usage_errors
def diff(old: Path, new: Path, *, as_json: bool) -> None:
    """Show whose points change from the results in OLD to those in NEW, and why, before anything is released.

    Each student with old → new by criterion; then each reason that several share, with its students.

    `grader regrade OLD --out NEW` makes NEW with another rubric or other checks and leaves OLD as it is.

    \b
    Exit status: 0 nothing changes, 1 something does, 2 wrong usage.
    """
    from grader.batch.differences import as_dict, differences

    before, after = _current(old), _current(new)
    found = differences(before, after)
    students = len({stored.grade.student for stored in (*before, *after)})
    if as_json:
        echo_json(as_dict(found, students))
    else:
        _tell(found, students)
    sys.exit(NEEDS_A_PERSON if found else GRADED)


def _tell(found: Sequence[Difference], students: int) -> None:
    from grader.batch.differences import shared, summary
    from grader.words import printable, shortened

    for one in found:
        click.echo(f"{printable(one.student)}: {one.head}")
        for line in one.lines:
            click.echo(f"  {shortened(line, LINE_CHARS)}")
    for line in shared(found):
        click.echo(shortened(line, LINE_CHARS))
    click.echo(summary(found, students))


def _current(results: Path) -> list[StoredGrade]:
    from grader.batch.selection import BatchError
    from grader.gradebook.store import Gradebook

    if not (results / "gradebook.sqlite").exists():
        raise BatchError(
            f"{results}: expected a folder of results with gradebook.sqlite, found none\nhint: `grader grade` makes one"
        )
    with Gradebook(results / "gradebook.sqlite") as gradebook:
        return gradebook.current()
