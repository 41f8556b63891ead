"""`grader list`: the assignments, their criteria and points."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from grader.catalog import assignment_ids, reference_root
from grader.commands.options import echo_json, json_option, reference_option, usage_errors
from grader.errors import AssignmentError


@click.command(name="list")
@click.argument("wanted", metavar="[ASSIGNMENT]...", nargs=-1)
@json_option
@reference_option
@usage_errors
def list_assignments(wanted: tuple[str, ...], *, as_json: bool, reference: Path | None) -> None:
    """Show the assignments, their criteria and points; or only each ASSIGNMENT that is named."""
    from grader.commands.outline import outlines

    root = reference_root(reference)
    ids = assignment_ids(root)
    if not ids:
        raise AssignmentError(f"{root}: expected folders with an assignment.py, found none\nhint: give --reference DIR")
    found = outlines(root, _asked(wanted, ids))
    if as_json:
        echo_json({"assignments": found})
        return
    for one in found:
        show(one)


def _asked(wanted: Sequence[str], ids: Sequence[str]) -> Sequence[str]:
    """Those named, all if none is. Raises AssignmentError."""
    if unknown := [name for name in wanted if name not in ids]:
        close = [found for name in unknown for found in difflib.get_close_matches(name, ids, 1)]
        hint = f"\nhint: did you mean {' or '.join(close)}?" if close else ""
        raise AssignmentError(f"expected one of {', '.join(ids)}; found {', '.join(unknown)}{hint}")
    return wanted or ids


def show(found: Mapping[str, Any]) -> None:
    """One assignment on stdout."""
    if "problem" in found:
        click.echo(f"{found['id']}  cannot be used:")
        click.echo("\n".join(f"  {line}" for line in found["problem"].splitlines()))
        return
    click.echo(f"{found['id']}  {found['title']} ({found['course']}), {found['points']:g} points")
    width = max(len(one["id"]) for one in found["criteria"])
    for one in found["criteria"]:
        by = "  graded by a person" if one["manual"] else ""
        click.echo(f"  {one['id']:<{width}}  {one['points']:>5g}  {one['title']}{by}")
