"""`grader doctor`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from grader.commands.options import AUTO, CHOICES, UNPROTECTED

if TYPE_CHECKING:
    from grader.doctor import Diagnosis

STRONG, WEAK = 0, 1
SCHEMA = 1
NAME_WIDTH = 36
COLOURS = {"strong": "green", "note": "yellow", "weak": "red"}


@click.command()
@click.option(
    "--sandbox",
    "name",
    type=click.Choice([choice for choice in CHOICES if choice != UNPROTECTED]),
    default=AUTO,
    show_default=True,
    help="The sandbox to examine; auto is bubblewrap.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines for people.")
def doctor(name: str, as_json: bool) -> None:
    """Is this machine fit to grade? Attacks the sandbox and says what is strong, what is weak, and the fix.

    Looks at bubblewrap and what it needs of the system, builds a box and tries to break out of it, lets
    programs run into every limit, and uses PyTorch, torchvision, matplotlib and a GPU from inside; at last
    makes a PDF page. Takes about ten seconds, changes nothing.

    \b
    Levels: strong  as it should be
            note    works, with something less
            weak    mend it before grading

    Exit status: 0 nothing is weak, 1 something is.
    """
    from grader.doctor import examine, holds
    from grader.sandbox import scope
    from grader.sandbox.choose import unproven

    scope.enter()
    found = examine(unproven(name, ()))
    diagnoses = tuple(found if as_json else _told(found))
    if as_json:
        content = {"schema": SCHEMA, "strong": holds(diagnoses), "diagnoses": [asdict(one) for one in diagnoses]}
        click.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        click.echo(_summary(diagnoses))
    sys.exit(STRONG if holds(diagnoses) else WEAK)


def _told(found: Iterator[Diagnosis]) -> Iterator[Diagnosis]:
    """Each diagnosis, printed as soon as it is made."""
    area = None
    for one in found:
        if one.area != area:
            area = one.area
            click.secho(area, bold=True)
        click.secho(f"  {one.level:<6}", fg=COLOURS[one.level], nl=False)
        click.echo(f"  {one.name:<{NAME_WIDTH}}  {one.found}")
        if one.fix:
            click.echo(f"          hint: {one.fix}")
        yield one


def _summary(diagnoses: tuple[Diagnosis, ...]) -> str:
    count = Counter(one.level.value for one in diagnoses)
    numbers = f"{count['strong']} strong, {count['note']} noted, {count['weak']} weak"
    weak = [one.name for one in diagnoses if one.level.value == "weak"]
    return f"{numbers}: " + (f"mend first: {', '.join(weak)}" if weak else "this machine is fit to grade")
