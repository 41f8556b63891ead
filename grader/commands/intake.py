"""`grader intake`: what a folder or download holds, without grading it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    echo_json,
    encoding_option,
    intake_options,
    json_option,
    layout_option,
    quiet_option,
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
@json_option
@quiet_option
@usage_errors
def intake(  # noqa: PLR0913 - one parameter for each option
    path: Path,
    layout: str | None,
    timezone: str | None,
    times: Times,
    encoding: str | None,
    roster_file: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what PATH holds: students, attempts, files. Nothing is run or graded.

    PATH is what `grader grade` takes: a folder with one sub-folder, archive or file per student, an archive of
    such a folder, or a download from Canvas, Moodle, Brightspace, Gradescope or Blackboard, packed or not.

    \b
    Exit status: 0 all can be read, 1 something needs a person, 2 wrong usage.
    """
    from grader.batch.progress import waiting
    from grader.deadlines.calendar import in_the_future
    from grader.intake import find_submissions

    roster = roster_of(roster_file)
    with waiting(f"reading {path}", quiet=quiet or as_json):
        found = find_submissions(path, intake_options(layout, timezone, times, encoding))
    found = replace(found, remarks=(*found.remarks, *in_the_future(found.submissions, datetime.now(UTC))))
    on_roster = [] if roster is None else roster.check(_students(found)).lines()
    if as_json:
        echo_json(_as_dict(found, on_roster))
    else:
        _tell(found, on_roster, quiet=quiet)
    unclear = any(submission.ambiguous for submission in found.submissions)
    sys.exit(NEEDS_A_PERSON if unclear else GRADED)


def _tell(found: Intake, on_roster: Sequence[str], *, quiet: bool) -> None:
    from grader.batch.summary import screen

    if not quiet:
        click.echo(found.summary)
        screen().print(_table(found))
    for remark in found.remarks:
        click.echo(f"note: {remark}", err=True)
    for name in () if quiet else found.ignored:
        click.echo(f"left out: {name}", err=True)
    for line in on_roster:
        click.echo(f"roster: {line}", err=True)


def _as_dict(found: Intake, on_roster: Sequence[str]) -> dict[str, object]:
    return {
        "source": found.source,
        "summary": found.summary,
        "submissions": [_submission(one) for one in found.submissions],
        "left_out": list(found.ignored),
        "remarks": list(found.remarks),
        "roster": list(on_roster),
    }


def _submission(one: Submission) -> dict[str, object]:
    from grader.gradebook.grade_json import iso_utc

    return {
        "student": one.student,
        "folder": one.folder,
        "attempt": one.attempt,
        "submitted_at": None if one.told_at is None else iso_utc(one.told_at),
        "files": [{"path": file.path, "bytes": file.size, "sha256": file.sha256} for file in one.files],
        "marked_late": one.origin is not None and one.origin.marked_late,
        "problem": one.problem,
        "needs_a_person": one.ambiguous,
        "notes": list(one.notes),
    }


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
    from grader.words import shortened

    late = "marked late" if one.origin is not None and one.origin.marked_late else None
    return shortened("; ".join(text for text in (late, one.problem, one.ambiguous, *one.notes) if text), 300)
