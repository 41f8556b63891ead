"""`grader starter`: the kit that students get."""

from __future__ import annotations

from pathlib import Path

import click

from grader.catalog import reference_root
from grader.commands.options import load, reference_option, usage_errors


@click.command()
@click.argument("assignment_id", metavar="ASSIGNMENT")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@reference_option
@usage_errors
def starter(assignment_id: str, folder: Path, reference: Path | None) -> None:
    """Write what students start from into DIR, a new folder.

    It holds the handout, skeleton files with the names of the course, a template of the report, the configuration
    for `pytest` and `grader check`, and the public checks. Nothing of the assignment's hidden/ folder is in it.
    """
    from grader.students.starter import write_starter

    for path in write_starter(load(assignment_id, reference_root(reference)), folder):
        click.echo(folder / path)
    click.echo(f"then: cd {folder} && pytest")
