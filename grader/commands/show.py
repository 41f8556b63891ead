"""`grader show`: the grades of a class, or why a student lost each point."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    echo_json,
    json_option,
    quiet_option,
    sort_option,
    submissions_option,
    usage_errors,
)

if TYPE_CHECKING:
    from grader.gradebook.rows import BatchRecord, StoredGrade

GRADEBOOK = "gradebook.sqlite"


@click.command()
@click.argument("words", metavar="[DIR] [STUDENT]...", nargs=-1)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of results, if it is not named first (default: this folder, or the one in it that has results).",
)
@submissions_option
@sort_option
@json_option
@quiet_option
@usage_errors
def show(
    words: tuple[str, ...],
    *,
    out: Path | None,
    submissions: Path | None,
    sort: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show why each STUDENT lost each point, with the code; without a STUDENT the table of the class.

    A student is named as in the table, by id, by login, or by a beginning that nobody else has.

    \b
      grader show results                       everybody's points by criterion
      grader show results --sort -points        the most points first
      grader show results ada                   why ada lost points
      grader show ada                           the same where results are here, or named in grader.toml

    Exit status: 0 all graded, 1 something needs a person, 2 wrong usage.
    """
    from grader.batch.marking import find_student
    from grader.gradebook.store import Gradebook

    folder, names = _folder(words, out)
    with Gradebook(folder / GRADEBOOK) as gradebook:
        batch, present = gradebook.batch(), {stored.folder: stored for stored in gradebook.current()}
    wanted = [find_student(present, name) for name in names] or list(present.values())
    if as_json:
        echo_json({"results": str(folder), "grades": [_as_dict(folder, one) for one in wanted]})
    elif names:
        _accounts(folder, batch, wanted, submissions, quiet=quiet)
    else:
        _table(wanted, sort)
    sys.exit(NEEDS_A_PERSON if any(one.grade.points is None for one in wanted) else GRADED)


def _folder(words: Sequence[str], out: Path | None) -> tuple[Path, Sequence[str]]:
    """The folder of results, and the students that are named. Raises BatchError."""
    from grader.batch.selection import BatchError
    from grader.words import printable

    if words and (Path(words[0]) / GRADEBOOK).is_file():
        return Path(words[0]), words[1:]
    here = [out] if out else [Path(), *sorted(path.parent for path in Path().glob(f"*/{GRADEBOOK}"))]
    found = [path for path in here if (path / GRADEBOOK).is_file()]
    if len(found) == 1 or (found and found[0] == Path()):
        return found[0], words
    listed = ", ".join(map(str, found[:5])) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    first = f", and {printable(words[0])} is none of them" if words else ""
    told = f"found several{first}: {listed}" if found else f"found none in {out or (words[0] if words else 'here')}"
    raise BatchError(
        f"expected a folder of results with {GRADEBOOK}, {told}\n"
        "hint: `grader show DIR STUDENT`; `grader grade` makes such a folder"
    )


def _table(stored: Sequence[StoredGrade], sort: str | None) -> None:
    from grader.batch.class_table import print_table, sorted_grades
    from grader.batch.summary import screen

    grades = [one.grade for one in stored]
    pairs = sorted_grades(grades, [grade.student for grade in grades], sort)
    print_table(screen(), [grade for grade, _ in pairs], [name for _, name in pairs])


def _accounts(
    folder: Path, batch: BatchRecord, wanted: Sequence[StoredGrade], submissions: Path | None, *, quiet: bool
) -> None:
    from grader.batch.account import account
    from grader.batch.submitted import submitted_files
    from grader.gradebook.results import Results

    files = submitted_files(batch, wanted, submissions, quiet=quiet)
    for number, one in enumerate(wanted):
        if number:
            click.echo()
        place = Results(folder).student(one.folder)
        for line in account(place.with_exhibits(one.grade), files.get(one.folder, ()), _graded_file(place.evidence)):
            click.echo(line)
        if place.feedback.exists() and not quiet:
            click.echo(f"\nreport: {place.feedback}")


def _graded_file(evidence: Path) -> str | None:
    """The path of the file that was graded; None where the evidence does not tell it."""
    from grader.collect.saved_evidence import load_record

    try:
        return load_record(evidence).entry
    except (OSError, ValueError):
        return None


def _as_dict(folder: Path, stored: StoredGrade) -> dict[str, Any]:
    """The grade as `grade.json` has it, and where its files are."""
    from grader.gradebook.grade_json import grade_dict
    from grader.gradebook.results import Results

    details = {mark.criterion: list(mark.finding.details) for mark in stored.grade.marks}
    found = grade_dict(stored.grade)
    for mark in found["marks"]:
        mark["details"] = details[mark["criterion"]]
    place = Results(folder).student(stored.folder)
    return {**found, "folder": str(place.path), "feedback": str(place.feedback) if place.feedback.exists() else None}
