"""`grader leaderboard`: recorded grades, ranked, as CSV and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import echo_json, json_option, out_argument, reference_option, usage_errors

if TYPE_CHECKING:
    from grader.gradebook.leaderboard import Leaderboard


@click.command()
@out_argument
@click.option("--by", metavar="KEY", default="points", show_default=True, help="points, or a criterion.")
@click.option(
    "--figure",
    metavar="NAME",
    help="Rank by a number of that criterion's finding: the word before it, such as accuracy, or a regular expression "
    "with a group around the number.",
)
@click.option("--lowest", is_flag=True, help="The lowest figure is the best: a loss, a time.")
@click.option("--anonymous", is_flag=True, help="Made-up names, the same ones each time.")
@click.option(
    "--key",
    metavar="TEXT",
    default="",
    help="What made-up names are made from (default: the secret of this batch). The same key gives a student the same "
    "name in every assignment; keep it to yourself.",
)
@click.option(
    "--names",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write whose name is whose to this file, for you alone.",
)
@click.option("--top", metavar="N", type=click.IntRange(1), help="Only the first N ranks.")
@click.option(
    "--to",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where leaderboard.csv and leaderboard.html go (default: DIR).",
)
@json_option
@reference_option
@usage_errors
def leaderboard(  # noqa: PLR0913 - one parameter for each option
    out: Path,
    *,
    by: str,
    figure: str | None,
    lowest: bool,
    anonymous: bool,
    key: str,
    names: Path | None,
    top: int | None,
    to: Path | None,
    as_json: bool,
    reference: Path | None,
) -> None:
    """Rank the grades that are recorded in DIR; write leaderboard.csv and leaderboard.html.

    Work that is not graded completely has no place, and no work is run. The same figure (to six digits) is the same
    rank; the next rank is as many places further down.

    \b
      grader leaderboard results/                                     by points
      grader leaderboard results/ --by accuracy --figure accuracy     by a number of a finding
      grader leaderboard results/ --by run --figure "([\\d.]+) s" --lowest
      grader leaderboard results/ --anonymous --names names.csv       made-up names

    Exit status: 0 written, 2 wrong usage.
    """
    from dataclasses import replace

    from grader.files import write_atomically
    from grader.gradebook import leaderboard as boards
    from grader.gradebook.results import Results
    from grader.gradebook.store import Gradebook
    from grader.report.leaderboard_page import leaderboard_page

    with Gradebook(Results(out).gradebook) as gradebook:
        batch, grades = gradebook.batch(), [stored.grade for stored in gradebook.current()]
    board = boards.leaderboard(grades, by=by, figure=figure, lowest=lowest)
    if anonymous or names is not None:
        board = boards.anonymous(board, key.encode() or f"leaderboard {batch.seed}".encode())
    if names is not None:
        write_atomically(names, _whose(board))
        names.chmod(0o600)
    shown = board if top is None else replace(board, places=tuple(one for one in board.places if one.rank <= top))
    folder = to or out
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "leaderboard.csv", boards.as_csv(shown))
    page = leaderboard_page(shown, _title(batch.assignment, out, reference), anonymous=anonymous or names is not None)
    write_atomically(folder / "leaderboard.html", page.encode("utf-8", "backslashreplace"))
    _say(shown, folder, as_json=as_json)


def _whose(board: Leaderboard) -> bytes:
    import csv
    import io

    from grader.gradebook.csv import safe_cell

    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("student", "name"))
    writer.writerows((safe_cell(one.student), one.name) for one in sorted(board.places, key=lambda one: one.student))
    return table.getvalue().encode("utf-8", "backslashreplace")


def _title(assignment: str, out: Path, reference: Path | None) -> str:
    """The assignment's title, or its id where it is not at hand."""
    from grader.catalog import load_assignment
    from grader.commands.options import root_of
    from grader.errors import UserError

    try:
        return load_assignment(assignment, root_of(out, reference)).title
    except UserError:
        return assignment


def _say(board: Leaderboard, folder: Path, *, as_json: bool) -> None:
    from grader.words import printable

    places = [{"rank": one.rank, "name": one.name, "figure": one.figure} for one in board.places]
    if as_json:
        without = [{"student": student, "why": why} for student, why in board.without]
        echo_json({"ranked_by": board.what, "places": places, "without": without})
        return
    for one in board.places:
        click.echo(f"{one.rank:>4}  {one.shown:>10}  {printable(one.name)}")
    for student, why in board.without:
        click.echo(f"   –              {printable(student)}: {why}")
    click.echo(f"\nwritten: {folder / 'leaderboard.csv'}, {folder / 'leaderboard.html'}")
