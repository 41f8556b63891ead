"""The command line: grade, regrade, report, list."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader import __version__
from grader.assignment import Assignment, AssignmentError, assignment_ids, reference_root
from grader.commands import COMMANDS
from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    UNPROTECTED,
    anonymous_option,
    cores,
    extensions_file,
    extensions_option,
    find_device,
    intake_options,
    jobs_option,
    layout_option,
    load,
    out_argument,
    reference_option,
    roster_of,
    roster_option,
    sandbox_option,
    timezone_option,
    usage_errors,
)

if TYPE_CHECKING:
    from grader.batch.regrade import Rewrite
    from grader.batch.result import Outcome
    from grader.deadlines.calendar import ExtensionsFile

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="grader")
def main() -> None:
    """Grade deep-learning homework.

    Student code runs only inside a sandbox; grades are made outside it, from the raw data that comes back.

    \b
    Start here:
      grader list                                       assignments and their criteria
      grader intake download.zip                        what is in it, recognised and counted
      grader grade submissions/ --assignment ID --out results/
      grader regrade results/                           after a change of rubric or checks; runs nothing
      grader report results/                            the PDFs again

    \b
    Exit status: 0 all graded, 1 something needs a person, 2 wrong usage.
    """


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--assignment", "assignment_id", required=True, metavar="ID", help="Which assignment; see `grader list`.")
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where grades, evidence and PDFs go.",
)
@jobs_option
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where student code runs.",
)
@click.option("--student", "students", multiple=True, metavar="NAME", help="Only this student; may be repeated.")
@click.option("--fresh", is_flag=True, help="Start over: forget what DIR holds of an earlier batch.")
@click.option("--no-pdf", is_flag=True, help="Grades and evidence only, no reports.")
@anonymous_option
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    help="Seed of the hidden inputs (default: drawn at random, kept with the batch).",
)
@extensions_option
@roster_option
@layout_option
@timezone_option
@sandbox_option
@reference_option
@usage_errors
def grade(  # noqa: PLR0913 - one parameter for each option
    path: Path,
    assignment_id: str,
    out: Path,
    jobs: int | None,
    device: str,
    students: tuple[str, ...],
    fresh: bool,
    no_pdf: bool,
    anonymous: bool,
    seed: int | None,
    extensions: Path | None,
    roster_file: Path | None,
    layout: str | None,
    timezone: str | None,
    sandbox_name: str,
    reference: Path | None,
) -> None:
    """Grade every submission in PATH.

    PATH is a folder with one sub-folder, archive or file per student, an archive of such a folder, or a
    download from Canvas, Moodle, Brightspace, Gradescope or Blackboard, packed or not: it is recognised.

    A batch that was interrupted goes on where it stopped when the same command is given again: what is
    graded and unchanged is kept. DIR then holds grades.csv, gradebook.sqlite, class.pdf and, per student,
    grade.json, feedback.pdf and evidence/.
    """
    from grader.batch.grade import Options, grade_batch
    from grader.batch.progress import showing, terminal
    from grader.deadlines.calendar import zone_of
    from grader.sandbox import scope
    from grader.sandbox.choose import choose

    scope.enter()
    warn_if_unprotected(sandbox_name)
    with showing(terminal()) as progress:
        assignment = load(assignment_id, reference_root(reference))
        reading = intake_options(layout, timezone, zone_of(assignment))
        given = extensions_file(extensions, timezone)
        sandbox = choose(sandbox_name, assignment.warm)
        where = find_device(device, sandbox)
        options = Options(out, jobs or cores(), where, students, fresh, not no_pdf, seed, reading, given,
                          roster_of(roster_file), anonymous)  # fmt: skip
        outcome = grade_batch(path, assignment, options, sandbox, progress)
    close(outcome, out, pdf=not no_pdf)


@main.command()
@out_argument
@jobs_option
@click.option("--no-pdf", is_flag=True, help="Grades only, no reports.")
@anonymous_option
@extensions_option
@timezone_option
@click.option(
    "--out",
    "new",
    metavar="NEW",
    type=click.Path(path_type=Path, file_okay=False),
    help="Leave DIR as it is and regrade a copy of it; then `grader diff DIR NEW`.",
)
@reference_option
@usage_errors
def regrade(  # noqa: PLR0913 - one parameter for each option
    out: Path,
    jobs: int | None,
    *,
    no_pdf: bool,
    anonymous: bool,
    extensions: Path | None,
    timezone: str | None,
    new: Path | None,
    reference: Path | None,
) -> None:
    """Assess the saved evidence in DIR again, after a change of rubric, checks or extensions.

    No student code runs, no sandbox and no GPU are needed; grades on which nothing has a bearing stay untouched.
    """
    from grader.batch.regrade import copied, regrade_one

    if new is not None:
        out = copied(out, new)
    given = extensions_file(extensions, timezone)
    rewrite(out, reference, regrade_one, jobs, pdf=not no_pdf, anonymous=anonymous, extensions=given)


@main.command()
@out_argument
@jobs_option
@anonymous_option
@reference_option
@usage_errors
def report(out: Path, jobs: int | None, anonymous: bool, reference: Path | None) -> None:
    """Make the reports and the CSV in DIR again from the recorded grades; what is as it should be stays.

    DIR then holds class.pdf, class.html and, per student, feedback.pdf and feedback.html: the same report for
    paper and for a browser. With --anonymous they name nobody; without it the names come back.
    """
    from grader.batch.regrade import report_one

    rewrite(out, reference, report_one, jobs, pdf=True, anonymous=anonymous)


@main.command(name="list")
@reference_option
@usage_errors
def list_assignments(reference: Path | None) -> None:
    """Show the assignments, their criteria and points."""
    root = reference_root(reference)
    ids = assignment_ids(root)
    if not ids:
        raise AssignmentError(f"{root}: expected folders with an assignment.py, found none\nhint: give --reference DIR")
    for assignment_id in ids:
        show(load(assignment_id, root))


def show(assignment: Assignment) -> None:
    """One assignment on stdout."""
    click.echo(f"{assignment.id}  {assignment.title} ({assignment.course}), {assignment.points:g} points")
    width = max(len(criterion.id) for criterion in assignment.rubric)
    for criterion in assignment.rubric:
        by = "  graded by a person" if criterion.manual else ""
        click.echo(f"  {criterion.id:<{width}}  {criterion.points:>5g}  {criterion.title}{by}")


def rewrite(
    out: Path,
    reference: Path | None,
    how: Rewrite,
    jobs: int | None,
    *,
    pdf: bool,
    anonymous: bool,
    extensions: ExtensionsFile | None = None,
) -> None:
    """Run over recorded grades and close with the table."""
    from grader.batch.progress import showing, terminal
    from grader.batch.regrade import rewrite_batch

    root = reference_root(reference)
    with showing(terminal()) as progress:
        outcome = rewrite_batch(out, lambda found: load(found, root), progress, how, jobs=jobs or cores(), pdf=pdf,
                                anonymous=anonymous, extensions=extensions)  # fmt: skip
    close(outcome, out, pdf=pdf)


def close(outcome: Outcome, out: Path, *, pdf: bool) -> None:
    """Say how it ended; exit 1 if a person is needed."""
    from grader.batch.summary import tell

    tell(outcome, out, pdf=pdf)
    sys.exit(NEEDS_A_PERSON if outcome.needs_a_person else GRADED)


def warn_if_unprotected(sandbox_name: str) -> None:
    """Say on every run what it means to have no sandbox."""
    if sandbox_name == UNPROTECTED:
        from grader.sandbox.unprotected import WARNING

        click.secho(WARNING, fg="red", bold=True, err=True)


for command in COMMANDS:
    main.add_command(command)
