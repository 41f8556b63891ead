"""`grader requests`: what students ask to be looked at again, and the answers."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.mark import as_option, no_pdf_option, who_option
from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    echo_json,
    json_option,
    load,
    out_argument,
    reference_option,
    root_of,
    timezone_option,
    usage_errors,
    zone,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from grader.gradebook.request_records import Request


@click.group()
def requests() -> None:
    """Bring in what students ask to be looked at again, and answer it.

    \b
      grader requests import results/ requests.csv --released 2026-11-20 --days 7 --most 3
      grader requests list results/                     what waits for an answer
      grader requests answer results/ 4 --reason "the sign is right, I misread it" --points 3
      grader requests answer results/ 5 --reason "the bound is in the handout, section 2"

    The file has the columns student, criterion, request and, if known, asked (a time); TOML has a table [[request]]
    with these; a folder of such files, one form for each student, will do as well. docs/requests.md says more.
    """


@requests.command(name="import")
@out_argument
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option("--most", type=click.IntRange(0, 1000), default=3, show_default=True, help="Requests of one student.")
@click.option("--days", type=click.IntRange(0, 1000), default=7, show_default=True, help="Days after --released.")
@click.option("--released", metavar="TIME", help="When students got their grades; without it days are not looked at.")
@timezone_option
@who_option
@json_option
@usage_errors
def import_requests(  # noqa: PLR0913 - one parameter for each option
    out: Path,
    file: Path,
    *,
    most: int,
    days: int,
    released: str | None,
    timezone: str | None,
    author: str,
    as_json: bool,
) -> None:
    """Bring in the requests in FILE that the policy allows, oldest first; what is there already is left out.

    \b
    Exit status: 0 all brought in, 1 the policy refuses some, 2 wrong usage: nothing was brought in.
    """
    from grader.batch.opening import graded
    from grader.gradebook.results import Results
    from grader.gradebook.store import Gradebook
    from grader.requests import Policy, bring_in, read_asked
    from grader.words import counted, printable

    place: tzinfo = UTC if timezone is None else zone(timezone)
    policy = Policy(most, days, None if released is None else _moment(released, place))
    asked = read_asked(file)
    graded(out)
    with Results(out).locked(), Gradebook(Results(out).gradebook) as book:
        kept, refused = bring_in(book, asked, policy=policy, author=author, zone=place)
    if as_json:
        lost = [{"student": one.student, "criterion": one.criterion, "why": one.why} for one in refused]
        echo_json({"brought_in": len(kept), "refused": lost})
    else:
        again = len(asked) - len(kept) - len(refused)
        click.echo(f"brought in: {counted(len(kept), 'request')}{f'; {again} there already' if again else ''}")
        for one in refused:
            click.echo(f"refused: {printable(one.student)}, {one.criterion}: {one.why}")
        if released is None:
            click.echo("note: without --released TIME nobody is too late", err=True)
    raise click.exceptions.Exit(NEEDS_A_PERSON if refused else GRADED)


def _moment(text: str, place: tzinfo) -> datetime | None:
    from grader.deadlines.times import MomentError, read_moment

    try:
        return read_moment(text, place)
    except MomentError as error:
        raise click.UsageError(f"--released: {error}") from error


@requests.command(name="list")
@out_argument
@click.option("--all", "everything", is_flag=True, help="The answered ones too.")
@json_option
@usage_errors
def list_requests(out: Path, *, everything: bool, as_json: bool) -> None:
    """Show the requests that wait for an answer, with their numbers.

    \b
    Exit status: 0 none waits, 1 some do, 2 wrong usage.
    """
    from grader.batch.opening import graded
    from grader.words import counted

    _, stored = graded(out)
    every = [one for grade in stored for one in grade.requests]
    shown = [one for one in every if everything or one.answer is None]
    waiting = sum(one.answer is None for one in every)
    if as_json:
        echo_json({"waiting": waiting, "requests": [_as_dict(one) for one in shown]})
    else:
        for one in sorted(shown, key=lambda one: one.id):
            _tell(one)
        click.echo(f"{counted(waiting, 'request')} to answer, of {len(every)}")
    raise click.exceptions.Exit(NEEDS_A_PERSON if waiting else GRADED)


def _tell(one: Request) -> None:
    from grader.words import plain, printable, shortened

    points = "open" if one.points is None else plain(one.points)
    click.echo(f"{one.id}  {printable(one.student)}, {one.criterion} ({points} points), {one.asked_at[:10]}")
    click.echo(f"    {shortened(one.words, 5000)}")
    if one.answer is not None:
        gave = "points stay" if one.answer.points is None else f"{plain(one.answer.points)} points"
        click.echo(f"    answered by {printable(one.answer.author)}, {gave}: {shortened(one.answer.words, 5000)}")


def _as_dict(one: Request) -> dict[str, object]:
    answer = one.answer
    return {
        "request": one.id,
        "student": one.student,
        "criterion": one.criterion,
        "words": one.words,
        "asked_at": one.asked_at,
        "points": None if one.points is None else float(one.points),
        "answer": answer
        and {
            "words": answer.words,
            "author": answer.author,
            "at": answer.at,
            "points": None if answer.points is None else float(answer.points),
        },
    }


@requests.command()
@out_argument
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, metavar="TEXT", help="The answer; the student reads it.")
@click.option("--points", metavar="N", help="Other points for the criterion (default: they stay as they are).")
@as_option
@no_pdf_option
@reference_option
@usage_errors
def answer(
    out: Path, number: int, *, reason: str, points: str | None, author: str, no_pdf: bool, reference: Path | None
) -> None:
    """Answer the request with that NUMBER; the student's report shows it. A further answer replaces it."""
    from grader.batch.progress import showing, terminal
    from grader.requests import answer_request

    root = root_of(out, reference)
    with showing(terminal()) as progress:
        outcome = answer_request(
            out,
            lambda found: load(found, root),
            progress,
            number=number,
            words=reason,
            author=author,
            points=points,
            pdf=not no_pdf,
        )
    click.echo(f"answered: request {number}{'' if points is None else f', {points} points'}")
    for problem in outcome.problems:
        click.echo(f"error: {problem}", err=True)
    raise click.exceptions.Exit(NEEDS_A_PERSON if outcome.problems else GRADED)
