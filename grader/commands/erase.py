"""`grader erase`: a student's name and work out of a folder of results."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.mark import as_option
from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    WRONG_USAGE,
    load,
    reference_option,
    root_of,
    usage_errors,
)

if TYPE_CHECKING:
    from grader.erasure import Erasure

GRADEBOOK = "gradebook.sqlite"
ELSEWHERE = (
    "not touched: what was handed in, copies of this folder, backups, and what the LMS has\n"
    "hint: remove the work from the submissions too, else the same `grader grade` grades it again"
)


@click.command()
@click.argument("words", metavar="STUDENT DIR", nargs=-1)
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="The folder of results, if not DIR."
)
@click.option("--dry-run", is_flag=True, help="Say what would be erased, and erase nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_option
@reference_option
@usage_errors
def erase(
    words: tuple[str, ...], *, out: Path | None, dry_run: bool, yes: bool, author: str, reference: Path | None
) -> None:
    """Erase a STUDENT from the results in DIR, for good: no byte of name or work is left but a line in the audit.

    What goes: the student's folder with reports and evidence, grades and marks of every attempt, rows of tables,
    exports; the class report is made again. Remarks about others that name the student say [erased] instead. It
    asks first.

    \b
      grader erase ada results --dry-run        what would go
      grader erase ada results                  asks, then does it

    Exit status: 0 erased, 1 something is left that names the student, 2 wrong usage, or not confirmed.
    """
    from grader.batch.progress import showing, terminal
    from grader.erasure import UnfinishedError, plan
    from grader.erasure import erase as erased

    folder, name = _meant(words, out)
    student = _student(folder, name)
    found = plan(folder, student)
    _tell(student, folder, found)
    if dry_run:
        click.echo("nothing was erased (--dry-run)")
        sys.exit(GRADED)
    if not (yes or _confirmed()):
        click.echo("nothing was erased; hint: answer y, or give --yes", err=True)
        sys.exit(WRONG_USAGE)
    root = root_of(folder, reference)
    try:
        with showing(terminal(), quiet=True) as progress:
            erased(folder, student, lambda found: load(found, root), progress, actor=author or "unknown")
    except UnfinishedError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(NEEDS_A_PERSON)
    click.echo(f"erased\n{ELSEWHERE}")


def _meant(words: Sequence[str], out: Path | None) -> tuple[Path, str]:
    """The folder of results and the student to erase. Raises BatchError."""
    from grader.batch.selection import BatchError

    folders = [word for word in words if (Path(word) / GRADEBOOK).is_file()]
    names = [word for word in words if word not in folders]
    folder = Path(folders[0]) if folders else out
    if folder is not None and len(folders) < 2 and len(names) == 1 and (folder / GRADEBOOK).is_file():
        return folder, names[0]
    raise BatchError(
        f"expected a student and a folder of results with {GRADEBOOK}, found {' '.join(map(str, words)) or 'nothing'}\n"
        "hint: `grader erase STUDENT DIR`; one student at a time"
    )


def _student(folder: Path, name: str) -> str:
    """The name in the gradebook; not by a beginning, since what is erased is gone. Raises UnknownStudentError."""
    from grader.batch.marking import find_student
    from grader.gradebook.store import Gradebook

    with Gradebook(folder / GRADEBOOK) as gradebook:
        present = {stored.folder: stored for stored in gradebook.current()}
    return find_student(present, name, beginnings=False).grade.student


def _tell(student: str, folder: Path, found: Erasure) -> None:
    from grader.words import printable, shortened

    click.echo(f"{printable(student)} in {folder}:")
    for line in found.lines():
        click.echo(shortened(line, 1000))


def _confirmed() -> bool:
    try:
        return click.confirm("Erase this for good?")
    except click.Abort:  # nobody is there to answer
        click.echo()
        return False
