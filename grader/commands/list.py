"""`grader list`: the assignments, their criteria and points."""

from __future__ import annotations

from pathlib import Path

import click

from grader.assignment import Assignment
from grader.catalog import assignment_ids, reference_root
from grader.commands.options import load, reference_option, usage_errors
from grader.errors import AssignmentError


@click.command(name="list")
@reference_option
@usage_errors
def list_assignments(reference: Path | None) -> None:
    """Show the assignments, their criteria and points."""
    root = reference_root(reference)
    ids = assignment_ids(root)
    if not ids:
        raise AssignmentError(f"{root}: expected folders with an assignment.py, found none\nhint: give --reference DIR")
    for assignment_id in ids:
        try:
            show(load(assignment_id, root))
        except AssignmentError as error:  # one that cannot be used hides no other
            click.echo(f"{assignment_id}  cannot be used:")
            click.echo("\n".join(f"  {line}" for line in str(error).splitlines()))


def show(assignment: Assignment) -> None:
    """One assignment on stdout."""
    click.echo(f"{assignment.id}  {assignment.title} ({assignment.course}), {assignment.points:g} points")
    width = max(len(criterion.id) for criterion in assignment.rubric)
    for criterion in assignment.rubric:
        by = "  graded by a person" if criterion.manual else ""
        click.echo(f"  {criterion.id:<{width}}  {criterion.points:>5g}  {criterion.title}{by}")
