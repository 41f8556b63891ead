"""`grader audit`: how often an assignment's grading is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from grader.catalog import reference_root
from grader.commands.options import (
    GRADED,
    NEEDS_A_PERSON,
    cores,
    jobs_option,
    load,
    reference_option,
    sandbox_option,
    usage_errors,
)
from grader.commands.validate import samples_option, solution_option


@click.command()
@click.argument("assignment_id", metavar="ID")
@solution_option
@samples_option
@click.option(
    "--mutants", "count", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many are tried."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Which of them: they are drawn.")
@click.option(
    "--minutes", type=click.FloatRange(0.1), default=9.0, show_default=True, help="Fewer are drawn if these are short."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the result goes (default: audit.json beside the assignment, for the class report).",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on standard output.")
@jobs_option
@sandbox_option
@reference_option
@usage_errors
def audit(  # noqa: PLR0913 - one parameter for each option
    assignment_id: str,
    *,
    solution: Path | None,
    samples: Path | None,
    count: int,
    seed: int,
    minutes: float,
    out: Path | None,
    as_json: bool,
    jobs: int | None,
    sandbox_name: str,
    reference: Path | None,
) -> None:
    """Measure how often the grading of ID is wrong.

    Mutants of its solution (operators, constants, axes, missing calls, modes, dropped terms, swapped arguments, ...)
    that behave otherwise must lose points; versions that do the same in another style must not. For each
    criterion false accepts and false rejects are told with 95 % bounds, and mutants that kept all points as diffs.

    Exit status: 0 at least 95 % of the mutants lose points and no right version does, 1 not so, 2 wrong usage.
    """
    import tempfile

    from grader import audit as room
    from grader.batch.progress import showing, terminal
    from grader.sandbox import scope
    from grader.sandbox.choose import choose
    from grader.validation.expected import expected_in, samples_folder
    from grader.validation.trial import Trials
    from grader.validation.trial_work import solution_of

    scope.enter()
    assignment = load(assignment_id, reference_root(reference))
    work = solution_of(assignment, solution, expected_in(samples_folder(assignment, samples)))
    sandbox = choose(sandbox_name, assignment.warm)
    with showing(terminal()) as progress, tempfile.TemporaryDirectory(prefix="grader-audit-") as space:
        trials = Trials(
            assignment=assignment, sandbox=sandbox, progress=progress, space=Path(space), jobs=jobs or cores()
        )
        found = room.audit(trials, work, room.AuditPlan(count, seed, minutes))
    path = out or assignment.folder / "audit.json"
    room.written(found, path)
    for line in [json.dumps(found.as_json(), ensure_ascii=False, indent=1)] if as_json else [*found.lines(), str(path)]:
        click.echo(line)
    sys.exit(GRADED if found.sound else NEEDS_A_PERSON)
