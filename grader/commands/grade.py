"""`grader grade`: a folder of submissions or an LMS download, from intake to reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.catalog import reference_root
from grader.commands.ending import close
from grader.commands.options import (
    UNPROTECTED,
    anonymous_option,
    cluster_option,
    cores,
    elsewhere_of,
    encoding_option,
    executor_option,
    extensions_file,
    extensions_option,
    find_device,
    intake_options,
    jobs_option,
    json_option,
    layout_option,
    load,
    quiet_option,
    reference_option,
    roster_of,
    roster_option,
    sandbox_option,
    sort_option,
    times_option,
    timezone_option,
    usage_errors,
    verbose_option,
)

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.batch.remote_work import OtherMachines
    from grader.intake.when import Times
    from grader.sandbox.protocol import Device, Sandbox


@click.command()
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
@times_option
@encoding_option
@sandbox_option
@executor_option
@cluster_option
@sort_option
@json_option
@quiet_option
@verbose_option
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
    times: Times,
    encoding: str | None,
    sandbox_name: str,
    executor: str,
    cluster_file: Path | None,
    sort: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    reference: Path | None,
) -> None:
    """Grade every submission in PATH.

    PATH is a folder with one sub-folder, archive or file per student, an archive of such a folder, or a
    download from Canvas, Moodle, Brightspace, Gradescope or Blackboard, packed or not: it is recognised.

    To resume an interrupted batch, run the same command again: what is graded and unchanged is kept. DIR then
    holds grades.csv, gradebook.sqlite, class.pdf and, per student, grade.json, feedback.pdf and evidence/.

    With --executor, other machines collect and assess, each with a sandbox that is attacked first; this one keeps the
    grades. With the same --seed they are the same as if one machine had done it all.

    \b
      grader grade hw5.zip --assignment ece60146_hw5 --out results
      grader grade hw5.zip --assignment ece60146_hw5 --out results --student ada      only her
      grader show results ada                                                         why each point was lost
    """
    from grader.batch.class_table import check_sort
    from grader.batch.grade import BatchOptions, grade_batch
    from grader.batch.progress import showing, terminal
    from grader.deadlines.calendar import zone_of
    from grader.sandbox import scope

    elsewhere = elsewhere_of(executor, cluster_file, jobs, out)
    if elsewhere is None:
        scope.enter()
    warn_if_unprotected(sandbox_name)
    with showing(terminal(), quiet=quiet or as_json, verbose=verbose) as progress:
        assignment = load(assignment_id, reference_root(reference))
        check_sort(sort, [criterion.id for criterion in assignment.rubric])
        reading = intake_options(layout, timezone, times, encoding, zone_of(assignment))
        given = extensions_file(extensions, timezone)
        sandbox, where = _place(sandbox_name, device, assignment, elsewhere)
        options = BatchOptions(
            out,
            cores() if elsewhere is not None else jobs or cores(),
            where,
            students,
            fresh,
            not no_pdf,
            seed,
            reading,
            given,
            roster_of(roster_file),
            anonymous,
            elsewhere,
        )
        outcome = grade_batch(path, assignment, options, sandbox, progress)
    close(outcome, out, pdf=not no_pdf, sort=sort, quiet=quiet, as_json=as_json)


def _place(name: str, device: str, assignment: Assignment, elsewhere: OtherMachines | None) -> tuple[Sandbox, Device]:
    """The sandbox, proven, and where student code runs. Other machines prove theirs, and use a GPU if told to."""
    from grader.sandbox.choose import choose, unproven

    if elsewhere is not None:
        return unproven(name, assignment.warm), "cuda" if device == "cuda" else "cpu"
    sandbox = choose(name, assignment.warm)
    return sandbox, find_device(device, sandbox)


def warn_if_unprotected(sandbox_name: str) -> None:
    """Say on every run what it means to have no sandbox."""
    if sandbox_name == UNPROTECTED:
        from grader.sandbox.unprotected import WARNING

        click.secho(WARNING, fg="red", bold=True, err=True)
