"""`grader mark` and `grader marks`: points that a person gives."""

from __future__ import annotations

import getpass
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import GRADED, load, out_argument, reference_option, root_of, usage_errors

if TYPE_CHECKING:
    from grader.batch.marking import Ask

MOST_SHEET = 50 << 20  # bytes


def _me() -> str:
    try:
        return os.environ.get("GRADER_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):
        return ""


as_option = click.option(
    "--as", "author", metavar="NAME", default=_me, show_default="you", help="Who gives the points; students see it."
)
who_option = click.option(
    "--as", "author", metavar="NAME", default=_me, show_default="you", help="Who you are; kept in the gradebook."
)
no_pdf_option = click.option("--no-pdf", is_flag=True, help="Grades only; `grader report` makes the PDFs.")


@click.command()
@out_argument
@click.argument("student")
@click.argument("criterion")
@click.argument("points")
@click.option("--reason", required=True, metavar="TEXT", help="Why; students read it beside their points.")
@as_option
@no_pdf_option
@reference_option
@usage_errors
def mark(  # noqa: PLR0913 - one parameter for each option
    out: Path, student: str, criterion: str, points: str, reason: str, author: str, no_pdf: bool, reference: Path | None
) -> None:
    """Give STUDENT POINTS for a CRITERION, in place of the grader's or where only a person can.

    The mark stays whatever is graded again later; a further one replaces it, and both are kept with author, time,
    reason and the points before. `grader list` shows the criteria.

    \b
      grader mark results/ ada clarity 4.5 --reason "clear, figures too small"
    """
    from grader.batch.marking import Given

    apply_marks(out, lambda *_: [Given(student, criterion, points, reason)], author, no_pdf, reference)


@click.group()
def marks() -> None:
    """Mark many students in a spreadsheet.

    \b
      grader marks export results/ > sheet.csv      one row per mark that a person gives, with a short guide
      (fill in the columns points and reason)
      grader marks import results/ sheet.csv
    """


@marks.command(name="export")
@out_argument
@click.option("--all", "everything", is_flag=True, help="Every criterion, those that the grader marked too.")
@reference_option
@usage_errors
def export_marks(out: Path, everything: bool, reference: Path | None) -> None:
    """Write the marking sheet of DIR to stdout, as CSV."""
    from grader.batch.marking_sheet import write_sheet
    from grader.batch.selection import BatchError
    from grader.gradebook.results import Results
    from grader.gradebook.store import Gradebook

    results = Results(out)
    if not results.gradebook.exists():
        raise BatchError(f"{out}: expected a folder of results with gradebook.sqlite, found none")
    with Gradebook(results.gradebook) as gradebook:
        assignment = load(gradebook.batch().assignment, root_of(out, reference))
        sheet = write_sheet(gradebook.batch(), gradebook.current(), assignment, results, everything=everything)
    click.echo(sheet.encode("utf-8-sig", "backslashreplace"), nl=False)  # Excel knows UTF-8 by its mark


@marks.command(name="import")
@out_argument
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_option
@no_pdf_option
@reference_option
@usage_errors
def import_marks(out: Path, sheet: Path, author: str, no_pdf: bool, reference: Path | None) -> None:
    """Record the points and reasons that were filled in or changed in SHEET: all of them, or none if one is wrong."""
    from grader.batch.marking_sheet import read_sheet

    text = _read(sheet)
    apply_marks(out, partial(read_sheet, text), author, no_pdf, reference)


def _read(sheet: Path) -> str:
    from grader.batch.marking import MarkingError
    from grader.spreadsheets import read_sheet

    if sheet.stat().st_size > MOST_SHEET:
        raise MarkingError(f"{sheet}: expected at most {MOST_SHEET >> 20} MiB")
    found = read_sheet(sheet)
    return found.before + found.text


def apply_marks(out: Path, ask: Ask, author: str, no_pdf: bool, reference: Path | None) -> None:
    """Record the marks that `ask` makes of the present grades, say how many, and end the command."""
    from grader.batch.marking import mark_batch
    from grader.batch.progress import showing, terminal

    root = root_of(out, reference)
    with showing(terminal()) as progress:
        outcome = mark_batch(out, lambda found: load(found, root), progress, ask, author=author, pdf=not no_pdf)
    marked = len(outcome.grades) - outcome.kept
    click.echo(f"marked: {marked} of {len(outcome.grades)} students")
    left = sum(mark.points is None for grade in outcome.grades for mark in grade.marks)
    click.echo(f"left:   {left} marks that a person gives" if left else "left:   nothing, all is graded")
    for problem in outcome.problems:
        click.echo(f"error: {problem}", err=True)
    if outcome.problems:
        raise click.exceptions.Exit(1)
    raise click.exceptions.Exit(GRADED)
