"""`grader check`: the public checks on one's own work, and handing in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import GRADED, NEEDS_A_PERSON, reference_option, usage_errors

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.students.kit_settings import Kit


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=Path())
@click.option("--assignment", "assignment_id", metavar="ID", help="Which assignment (default: what grader.toml says).")
@click.option("--submit", is_flag=True, help="Pack what the course asks for, under its names, and print checksums.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --submit: where the files go (default: PATH/hand-in).",
)
@click.option("--yes", is_flag=True, help="With --submit: pack the files also if they are as you were given them.")
@reference_option
@usage_errors
def check(
    path: Path, assignment_id: str | None, *, submit: bool, out: Path | None, yes: bool, reference: Path | None
) -> None:
    """Run the public checks of an assignment on the work in PATH (default: this folder).

    The same checks run under `pytest`. They use your own Python, without a sandbox: it is your code on your machine.
    More is looked at when the work is graded, with inputs that nobody knows beforehand.

    Exit status: 0 all public checks passed, 1 something is missing, 2 wrong usage.
    """
    kit = _kit(path, assignment_id, reference)
    assignment = kit.load()
    if submit:
        _submit(kit, assignment, out or kit.root / "hand-in", sure=yes)
        return
    sys.exit(GRADED if _check(kit, assignment) else NEEDS_A_PERSON)


def _kit(path: Path, assignment_id: str | None, reference: Path | None) -> Kit:
    from dataclasses import replace

    from grader.students.kit_settings import make_kit, read_kit

    kit = make_kit(path if path.is_dir() else path.parent, assignment_id) if assignment_id else read_kit(path)
    return kit if reference is None else replace(kit, checks=reference)


def _check(kit: Kit, assignment: Assignment) -> bool:
    from grader.finding import Outcome
    from grader.sandbox.unprotected import NoSandbox
    from grader.students import check_messages as wording
    from grader.students.checking import check_one, evidence_of, public_checks

    sandbox = NoSandbox(warm=assignment.warm)
    evidence = evidence_of(kit, assignment, sandbox, lambda words: click.echo(f"{words} …", err=True))
    found = [check_one(assignment, criterion_id, evidence) for criterion_id in public_checks(assignment)]
    for checked in found:
        for line in (wording.headline(checked), *wording.explanation(checked)):
            click.echo(line)
    click.echo(wording.total(found, assignment))
    if later := wording.later(assignment, found):
        click.echo(later)
    return all(checked.finding.outcome is Outcome.PASSED for checked in found)


def _submit(kit: Kit, assignment: Assignment, out: Path, *, sure: bool) -> None:
    from grader.students.hand_in import as_given, asked, pack, receipt, write
    from grader.students.work import read_work

    work = read_work(kit.folder, asked(assignment))
    for note in work.notes:
        click.echo(f"note: {note}", err=True)
    package = pack(assignment, work)
    if not sure and (same := as_given(assignment, package, work)):
        click.confirm(f"{', '.join(same)}: as you were given it. Pack it all the same?", abort=True, err=True)
    write(package, out)
    for line in receipt(package, out):
        click.echo(line)
