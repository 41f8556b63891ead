"""`grader export`: grades and feedback in the form that an LMS, a person or a platform takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.catalog import assignment_ids, reference_root
from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    load,
    reference_option,
    root_of,
    roster_of,
    roster_option,
    usage_errors,
)

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.lms.export import Export, Outgoing, Target

TARGETS = ("canvas", "moodle", "brightspace", "gradescope", "csv", "xlsx", "github-classroom")
UPLOADS = ("canvas", "moodle", "brightspace")


@click.command()
@click.argument("target", type=click.Choice(TARGETS))
@click.argument("path", metavar="DIR|ASSIGNMENT", type=click.Path(path_type=Path))
@click.option(
    "--into",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file that the LMS gave, to be filled in: Canvas's gradebook, Moodle's grading worksheet, "
    "Brightspace's grades. It is not changed.",
)
@click.option(
    "--column", metavar="NAME", help="Which assignment or item of it, by title or id (default: the one there is)."
)
@click.option("--scale", is_flag=True, help="Convert points where the LMS has another maximum.")
@roster_option
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Where to (default: DIR/export)."
)
@click.option("--feedback/--no-feedback", default=True, help="Also a zip of feedback PDFs for upload (default: yes).")
@reference_option
@usage_errors
def export(  # noqa: PLR0913 - one parameter for each option
    target: str,
    path: Path,
    into: Path | None,
    column: str | None,
    *,
    scale: bool,
    roster_file: Path | None,
    out: Path | None,
    feedback: bool,
    reference: Path | None,
) -> None:
    """Write the grades of the results in DIR as TARGET takes them; or what a platform needs to grade ASSIGNMENT.

    canvas, moodle and brightspace give the file to import there and a zip of feedback PDFs to upload;
    gradescope gives a results.json for each submission; csv and xlsx are for people.

    \b
    grader export gradescope ASSIGNMENT         autograder.zip to upload: it grades each submission there
    grader export github-classroom ASSIGNMENT   a template repository: starter kit, and a workflow that checks it

    Students are found by id, and by name only where nobody else has it. Who is ungraded stays blank and is
    listed. Nothing that the LMS has is overwritten by a blank.

    \b
    Exit status: 0 everybody has points, 1 somebody needs a person, 2 wrong usage.
    """
    from grader.lms.export import ExportError, Target

    if str(path) in assignment_ids(root := reference_root(reference)) and not path.exists():
        _export_platform(target, load(str(path), root), out or Path(f"{target}-{path}"))
        return
    if target not in _makers():
        raise ExportError(f"{path}: expected an assignment, one of {', '.join(assignment_ids(root))}")
    if not (path / "gradebook.sqlite").exists():
        raise ExportError(
            f"{path}: expected a folder of results with gradebook.sqlite, found none\nhint: `grader grade` makes one"
        )
    outgoing = _outgoing(path, roster_file, reference)
    made = [_makers()[target](outgoing, Target(into, column, scale))]
    if feedback and target in UPLOADS:
        from grader.lms.feedback_zip import feedback_zip

        made.append(feedback_zip(outgoing, path, target))
    _write(made, out or path / "export")
    waiting = any(result.grade.points is None and not result.excused for result in outgoing.results)
    sys.exit(NEEDS_A_PERSON if waiting or any(one.problems for one in made) else GRADED)


def _export_platform(target: str, assignment: Assignment, out: Path) -> None:
    from grader.lms.github_classroom import write_repository
    from grader.lms.gradescope_autograder import write_autograder
    from grader.students.checkout import CheckoutError

    if target == "gradescope":
        write_autograder(assignment, out)
    elif target == "github-classroom":
        write_repository(assignment, out)
    else:
        raise CheckoutError(f"{target}: expected a folder of results, found the assignment {assignment.id}")
    click.echo(out)


def _outgoing(path: Path, roster_file: Path | None, reference: Path | None) -> Outgoing:
    from grader.gradebook.store import Gradebook
    from grader.lms.export import Outgoing, results_of
    from grader.people.roster import Roster

    roster = roster_of(roster_file) or Roster()
    with Gradebook(path / "gradebook.sqlite") as gradebook:
        assignment = load(gradebook.batch().assignment, root_of(path, reference))
        return Outgoing(assignment, results_of(path, assignment, gradebook), roster)


def _makers() -> dict[str, Callable[[Outgoing, Target], Export]]:
    from grader.lms.brightspace import brightspace
    from grader.lms.canvas import canvas
    from grader.lms.gradescope import gradescope
    from grader.lms.moodle import moodle
    from grader.lms.tables import people_csv, people_xlsx

    return {
        "canvas": canvas,
        "moodle": moodle,
        "brightspace": brightspace,
        "gradescope": gradescope,
        "csv": people_csv,
        "xlsx": people_xlsx,
    }


def _write(made: list[Export], folder: Path) -> None:
    from grader.files import write_atomically
    from grader.lms.export import ExportError
    from grader.words import shortened

    try:
        for name, content in ((name, content) for one in made for name, content in one.files.items()):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / name, content)
            click.echo(folder / name)
    except OSError as error:
        raise ExportError(
            f"{folder}: expected a folder to write to, found: {error.strerror}\nhint: give another one with --out"
        ) from error
    for one in made:
        for line in (*one.notes, *(f"needs a person: {problem}" for problem in one.problems)):
            click.echo(shortened(line, 400), err=True)
