"""`grader moderate`: a second mark for a sample, without sight of the first, and what it says of the markers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.mark import who_option
from grader.commands.options import echo_json, json_option, out_argument, usage_errors

if TYPE_CHECKING:
    from grader.gradebook.store import Gradebook
    from grader.moderation import Agreement, Interval

COLUMNS = ("student", "criterion", "title", "points_possible", "points", "reason")


@click.group()
def moderate() -> None:
    """Have a sample of marks given a second time, blind, and see how far markers agree.

    \b
      grader moderate draw results/ --seed 7                  so many that a bias of 5 % is found
      grader moderate list results/ --as "T. Sato" > sheet.csv    what waits for T. Sato, without the first marks
      grader moderate import results/ sheet.csv --as "T. Sato"
      grader moderate agreement results/                      Krippendorff's α, and each marker against the others

    \b
    Before real marks:
      grader moderate example results/ ada style --as "M. Lee"      a mark that was agreed on becomes an example
      grader moderate practise results/ ada style 3 --as "T. Sato"  and is marked for practice

    No second mark changes a grade: whoever leads the course decides with `grader mark`. docs/moderation.md says more.
    """


@contextmanager
def _book(out: Path) -> Iterator[Gradebook]:
    from grader.batch.opening import graded
    from grader.gradebook.results import Results
    from grader.gradebook.store import Gradebook

    graded(out)  # says what is missing
    with Results(out).locked(), Gradebook(Results(out).gradebook) as book:
        yield book


@moderate.command()
@out_argument
@click.option(
    "--each", type=click.IntRange(1, 10_000), metavar="N", help="Marks of each marker (default: as proposed)."
)
@click.option("--criterion", "criteria", metavar="ID", multiple=True, help="Only of this criterion; may be repeated.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same marks again.")
@who_option
@json_option
@usage_errors
def draw(out: Path, *, each: int | None, criteria: tuple[str, ...], seed: int, author: str, as_json: bool) -> None:
    """Draw marks by a person for a second mark: of each marker so many that a bias of 5 % of the points is found."""
    from collections import Counter

    from grader.moderation import agreement, double_marks, proposed
    from grader.moderation import draw as drawing
    from grader.words import counted

    with _book(out) as book:
        known = agreement(double_marks(book))
        wanted = each or (known.needed if known.spread is not None else proposed())
        found = drawing(book, author=author, seed=seed, each=wanted, criteria=criteria)
    by_marker = Counter(one.author for one in found)
    if as_json:
        echo_json({"each": wanted, "drawn": len(found), "markers": dict(by_marker)})
        return
    click.echo(
        f"drawn: {counted(len(found), 'mark')}, of the {wanted} proposed for each marker"
        if not each
        else f"drawn: {counted(len(found), 'mark')}"
    )
    for marker, count in sorted(by_marker.items()):
        click.echo(f"  {marker}: {count}")
    if not found:
        click.echo("note: all that people marked is drawn already, or nobody has marked anything", err=True)


@moderate.command(name="list")
@out_argument
@who_option
@json_option
@usage_errors
def list_waiting(out: Path, *, author: str, as_json: bool) -> None:
    """Write what waits for a second mark by you to stdout, as CSV: nothing in it tells the first mark."""
    from grader.gradebook.csv import safe_cell
    from grader.moderation import waiting

    with _book(out) as book:
        found = waiting(book, author)
    rows = [(one.student, one.mark.criterion, one.mark.title, f"{one.mark.points_possible:f}") for one in found]
    if as_json:
        echo_json({"waiting": [dict(zip(COLUMNS, row, strict=False)) for row in rows]})
        return
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*map(safe_cell, row), "", ""] for row in rows)
    click.echo(table.getvalue().encode("utf-8-sig", "backslashreplace"), nl=False)


@moderate.command()
@out_argument
@click.argument("student")
@click.argument("criterion")
@click.argument("points")
@click.option("--reason", default="", metavar="TEXT", help="Why; only markers read it.")
@who_option
@usage_errors
def mark(out: Path, student: str, criterion: str, points: str, reason: str, author: str) -> None:
    """Give a drawn mark of STUDENT a second time."""
    from grader.batch.marking import Given
    from grader.moderation import give_second

    with _book(out) as book:
        give_second(book, [Given(student, criterion, points, reason)], author)
    click.echo("recorded; no grade changes by it")


@moderate.command(name="import")
@out_argument
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@who_option
@usage_errors
def import_seconds(out: Path, sheet: Path, author: str) -> None:
    """Record the second marks that were filled in in SHEET: all of them, or none if one is wrong."""
    from grader.batch.marking import Given
    from grader.batch.sheets import read_rows
    from grader.moderation import give_second
    from grader.words import counted

    needed = ("student", "criterion", "points", "reason")
    given = [
        Given(row["student"].strip(), row["criterion"].strip(), row["points"], row["reason"], f"line {line}: ")
        for line, row in read_rows(sheet, needed)
        if row["points"].strip()
    ]
    with _book(out) as book:
        count = give_second(book, given, author)
    click.echo(f"recorded: {counted(count, 'second mark')}; no grade changes by it")


@moderate.command()
@out_argument
@json_option
@usage_errors
def agreement(out: Path, *, as_json: bool) -> None:
    """Say how far first and second marks agree, and who is stricter or milder than the others."""
    from grader.moderation import agreement as told
    from grader.moderation import double_marks

    with _book(out) as book:
        found = told(double_marks(book))
    if as_json:
        echo_json(found.as_dict())
    else:
        _tell(found)


def _tell(found: Agreement) -> None:
    from grader.words import counted

    click.echo(f"{counted(found.count, 'double mark')}; Krippendorff's α (interval): {_alpha(found.alpha)}")
    for name, alpha in found.by_criterion.items():
        click.echo(f"  {name}: {_alpha(alpha)}")
    for one in found.differences:
        sign = "  <- stands out" if one.stands_out else ""
        click.echo(f"{one.marker}: {_percent(one.mean)} of the points against the others, {one.count} marks{sign}")
    click.echo(f"a bias of 5 % is found with {found.needed} double marks of each marker")


def _alpha(found: Interval | None) -> str:
    if found is None:
        return "nothing to tell yet, or all marks are the same"
    return f"{found.value:.2f}" + ("" if found.low is None else f" ({found.low:.2f} to {found.high:.2f})")


def _percent(found: Interval) -> str:
    low, high = found.low, found.high
    between = "" if low is None or high is None else f" ({100 * low:+.1f} % to {100 * high:+.1f} %)"
    return f"{100 * found.value:+.1f} %{between}"


@moderate.command()
@out_argument
@click.argument("student")
@click.argument("criterion")
@who_option
@usage_errors
def example(out: Path, student: str, criterion: str, author: str) -> None:
    """Make a mark that people agreed on an example for practice."""
    from grader.moderation import add_example

    with _book(out) as book:
        found = add_example(book, student, criterion, author)
    click.echo(f"example: {found.student}, {found.criterion}")


@moderate.command()
@out_argument
@click.argument("student", default="")
@click.argument("criterion", default="")
@click.argument("points", default="")
@who_option
@usage_errors
def practise(out: Path, student: str, criterion: str, points: str, author: str) -> None:
    """Mark an example before real work, and see the mark that was agreed on; without STUDENT, list what is left."""
    from grader.moderation import examples
    from grader.moderation import practise as practised
    from grader.words import plain

    with _book(out) as book:
        if not student:
            for one, done in examples(book, author):
                click.echo(f"{'done' if done else 'left'}  {one.student} {one.criterion}")
            return
        found = practised(book, student, criterion, points, author)
    verdict = "close enough" if found.near else "look again"
    click.echo(f"{verdict}: you gave {plain(found.points)}, agreed on was {plain(found.agreed.points)}")
    click.echo(f"why: {found.agreed.reason}")
