"""`grader validate`: what can be known of an assignment before the first student."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.catalog import assignment_ids, reference_root
from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    cores,
    jobs_option,
    reference_option,
    sandbox_option,
    usage_errors,
)
from grader.errors import AssignmentError

if TYPE_CHECKING:
    from grader.validation import Validation

solution_option = click.option(
    "--solution",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="The solution as a student would hand it in, a file or a folder (default: the sample that expected.toml calls "
    "solution = true, else hidden/solution.py).",
)
samples_option = click.option(
    "--samples",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of samples with an expected.toml (default: submissions/ID beside the folder of assignments).",
)


@click.command()
@click.argument("assignment_id", metavar="[ID]", required=False)
@solution_option
@samples_option
@click.option("--seeds", type=click.IntRange(1, 3), default=3, show_default=True, help="Seeds that are tried.")
@click.option("--no-samples", is_flag=True, help="Leave out the samples, which take longest.")
@click.option("--no-run", is_flag=True, help="Only what can be known without running anything.")
@click.option(
    "--minutes", type=click.FloatRange(0.1), default=10.0, show_default=True, help="What takes longer is not tried."
)
@click.option("--json", "as_json", is_flag=True, help="What was found, as JSON on standard output.")
@jobs_option
@sandbox_option
@reference_option
@usage_errors
def validate(  # noqa: PLR0913 - one parameter for each option
    assignment_id: str | None,
    *,
    solution: Path | None,
    samples: Path | None,
    seeds: int,
    no_samples: bool,
    no_run: bool,
    minutes: float,
    as_json: bool,
    jobs: int | None,
    sandbox_name: str,
    reference: Path | None,
) -> None:
    """Find out what is wrong with the assignment ID, or with all of them, before the first student does.

    Its solution is graded with three seeds and must get full points, twice the same; nothing at all, functions
    without bodies and the starter must get none; samples must come to what stands in expected.toml; nothing hidden may
    be in what students get. It also tells what a submission costs. Files and lines are named.

    Exit status: 0 nothing is wrong, 1 something has to be mended, 2 wrong usage.
    """
    from grader.batch.progress import showing, terminal
    from grader.sandbox import scope
    from grader.sandbox.choose import choose
    from grader.validation import Options
    from grader.validation import validate as validated

    scope.enter()
    root = reference_root(reference)
    options = Options(solution, samples, seeds, not no_run, not no_samples, jobs or cores(), minutes)
    found = []
    for name in chosen(assignment_id, root):
        with showing(terminal()) as progress:
            found.append(validated(name, root, options, lambda warm: choose(sandbox_name, warm), progress))
        if not as_json:
            show(found[-1])
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
    sys.exit(GRADED if all(one.sound for one in found) else NEEDS_A_PERSON)


def chosen(assignment_id: str | None, root: Path) -> list[str]:
    """The assignment named, or all. Raises AssignmentError if there is none."""
    known = assignment_ids(root)
    if assignment_id is None and known:
        return known
    if assignment_id is None or assignment_id not in known:
        found = f", found {assignment_id!r}" if assignment_id else ""
        raise AssignmentError(f"{root}: expected one of its assignments ({', '.join(known) or 'none'}){found}")
    return [assignment_id]


def show(found: Validation) -> None:
    """What was found, for people."""
    click.echo(f"{found.assignment}")
    for part in found.parts:
        for line in part.lines():
            click.echo(line)
    count = len(found.problems)
    click.echo("nothing has to be mended" if not count else f"{count} to mend")
