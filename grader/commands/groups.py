"""`grader groups`: submissions that lost points for the same reason, and one decision for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.mark import apply_marks, as_option, no_pdf_option
from grader.commands.options import (
    echo_json,
    json_option,
    out_argument,
    reference_option,
    submissions_option,
    usage_errors,
)

if TYPE_CHECKING:
    from grader.batch.marking import Ask, Given
    from grader.gradebook.rows import BatchRecord, StoredGrade
    from grader.groups import Group

LINE_CHARS, LISTED, PARTS = 240, 12, 3


@click.command()
@out_argument
@click.argument("wanted", metavar="[GROUP]", default="")
@click.option("--points", metavar="N", help="Give all members of GROUP these points: 1.5, or a share such as 50%.")
@click.option("--reason", metavar="TEXT", default="", help="Why; students read it beside their points.")
@click.option(
    "--except", "exceptions", metavar="NAME", multiple=True, help="A member who is left out; may be repeated."
)
@click.option("--preview", is_flag=True, help="Say whose points would change, and record nothing.")
@submissions_option
@as_option
@no_pdf_option
@reference_option
@json_option
@usage_errors
def groups(  # noqa: PLR0913 - one parameter for each option
    out: Path,
    wanted: str,
    *,
    points: str | None,
    reason: str,
    exceptions: tuple[str, ...],
    preview: bool,
    submissions: Path | None,
    author: str,
    no_pdf: bool,
    reference: Path | None,
    as_json: bool,
) -> None:
    """Show which students of DIR lost the same points for the same reason, and decide for all of them at once.

    A group has the same criteria, the same points, and the same kind of failure: the message without its numbers and
    names, on the same hidden inputs. Its parts tell mistakes apart further: the same words, the same numbers, the same
    code but for names, nearly the same text. Criteria come together where a mistake was carried on from one into
    the next. What a person marked already is in no group.

    \b
      grader groups results/                            all groups, those that settle most first
      grader groups results/ 3fa2                       one of them, with all its members
      grader groups results/ 3fa2.2                     the second mistake in it alone
      grader groups results/ 3fa2 --points 50% --reason "sign error only" --preview
      grader groups results/ 3fa2 --points 50% --reason "sign error only" --except ada

    A group that gained or lost a member or a mark meanwhile has another id, so that nobody decides about others than
    those that were shown. docs/groups.md says more.

    \b
    Exit status: 0 shown or recorded, 2 wrong usage.
    """
    from grader.groups import decision, named

    if points is None:
        _refuse_alone(reason, exceptions, preview=preview)
        _show(out, wanted, submissions, as_json=as_json)
        return
    if not wanted:
        raise click.UsageError("--points: expected the id of a GROUP before it; `grader groups DIR` lists them")
    if as_json and not preview:
        raise click.UsageError("--json: expected --preview with it, or groups that are only shown")

    def ask(batch: BatchRecord, present: Mapping[str, StoredGrade]) -> Sequence[Given]:
        group = named(_groups(out, batch, list(present.values()), submissions), wanted)
        return decision(group, points, reason, present, exceptions)

    if preview:
        _preview(out, ask, as_json=as_json)
    else:
        apply_marks(out, ask, author, no_pdf, reference)


def _refuse_alone(reason: str, exceptions: Sequence[str], *, preview: bool) -> None:
    options = (("--reason", reason), ("--except", exceptions), ("--preview", preview))
    if given := [name for name, value in options if value]:
        raise click.UsageError(f"{', '.join(given)}: expected --points with it; without, groups are only shown")


def _groups(
    out: Path, batch: BatchRecord, stored: Sequence[StoredGrade], submissions: Path | None, *, quiet: bool = True
) -> list[Group]:
    from grader.batch.submitted import submitted_files
    from grader.gradebook.results import Results
    from grader.groups import groups_of

    files = submitted_files(batch, stored, submissions, quiet=quiet)
    return groups_of(Results(out).with_exhibits(stored), files)


def _show(out: Path, wanted: str, submissions: Path | None, *, as_json: bool) -> None:
    from grader.batch.opening import graded
    from grader.groups import as_dict, named

    batch, stored = graded(out)
    found = _groups(out, batch, stored, submissions, quiet=as_json)
    shown = [named(found, wanted)] if wanted else found
    if as_json:
        echo_json({"results": str(out), "groups": [as_dict(group) for group in shown]})
        return
    for group in shown:
        _tell(group, whole=bool(wanted))
    if not wanted:
        _tell_all(found)


def _tell(group: Group, *, whole: bool) -> None:
    from grader.words import counted, plain, printable

    students = counted(len(group.members), "student")
    points = ", ".join(
        f"{criterion} {'open' if points is None else plain(points)} of {plain(possible)}"
        for criterion, points, possible in zip(group.criteria, group.points, group.possible, strict=True)
    )
    click.echo(f"{group.id}  {students}: {points}{f'  ({group.why})' if group.why else ''}")
    for number, part in enumerate(group.parts if whole else group.parts[:PARTS], start=1):
        names = [member.student for member in part.members]
        listed = names if whole else names[:LISTED]
        more = f" and {len(names) - len(listed)} more" if len(listed) < len(names) else ""
        said = part.members[0].marks[0].finding.message
        short = said if len(said) <= LINE_CHARS or whole else f"{said[:LINE_CHARS]} …"
        sign = f".{number}  " if len(group.parts) > 1 else ""
        click.echo(f"    {sign}{', '.join(map(printable, listed))}{more}: {printable(short, len(short) * 10)}")
    if len(group.parts) > PARTS and not whole:
        click.echo(f"    and {counted(len(group.parts) - PARTS, 'other mistake')} of this kind")


def _tell_all(found: Sequence[Group]) -> None:
    from grader.words import counted

    marks = sum(group.size for group in found)
    if not found:
        click.echo("no groups: nobody lost points, or a person has marked all that was lost")
        return
    together = sum(group.size for group in found if group.size > 1)
    click.echo(f"{counted(marks, 'mark')} in {counted(len(found), 'group')}; {together} share a group with another")


def _preview(out: Path, ask: Ask, *, as_json: bool) -> None:
    from grader.batch.opening import graded
    from grader.groups import preview
    from grader.words import counted, plain, printable

    batch, stored = graded(out)
    present = {one.folder: one for one in stored}
    changes = preview(ask(batch, present), present)
    if as_json:
        echo_json({"results": str(out), "changes": [change.as_dict() for change in changes]})
        return
    for one in changes:
        before = "open" if one.before is None else plain(one.before)
        click.echo(f"{printable(one.student)}: {one.criterion} {before} → {plain(one.after)}")
    click.echo(f"nothing recorded; without --preview these {counted(len(changes), 'mark')} are given")
