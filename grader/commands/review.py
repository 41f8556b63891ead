"""`grader review`: the marking desk of a folder of results, in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from grader.commands.options import CHOICES, GRADED, load, out_argument, reference_option, root_of, usage_errors
from grader.errors import UserError


@click.command()
@out_argument
@click.option(
    "--submissions",
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="What was graded, to show the work from (default: where it was then).",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on (default: a free one).")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; others than this machine's need a login before it.",
)
@click.option("--address", metavar="URL", default="", help="Under which a proxy before the desk is reached, https://…")
@click.option(
    "--name-header",
    metavar="NAME",
    default="",
    help="Header in which that proxy says who is logged in; no name is asked for then.",
)
@click.option("--sandbox", type=click.Choice(CHOICES), default="auto", show_default=True, help="Where PDFs are drawn.")
@reference_option
@usage_errors
def review(  # noqa: PLR0913 - one parameter for each option
    out: Path,
    *,
    submissions: Path | None,
    port: int,
    host: str,
    address: str,
    name_header: str,
    sandbox: str,
    reference: Path | None,
) -> None:
    """Open the marking desk of DIR: a page on which several people mark at once, by keyboard, evidence beside work.

    It runs on this machine until Ctrl-C. The address that is printed holds a secret: whoever has it can mark. Marks go
    into the same gradebook as those of `grader mark`; `grader report DIR` then writes the reports.
    """
    try:
        from grader.desk.desk import opened
        from grader.desk.serve import Listening, ended_by_signals, serve
    except ModuleNotFoundError as error:
        raise UserError(
            f"expected the packages of the marking desk, {error.name} is not installed\n"
            "hint: pip install 'homework-grader[web]'"
        ) from error
    root = root_of(out, reference)
    with ended_by_signals(), opened(out, lambda found: load(found, root), submissions, sandbox) as desk:
        desk.name_header = name_header
        if behind := desk.bring_up_to_date():
            click.echo(f"files of {behind} students were behind the gradebook, and are up to date now")
        click.echo("the marking desk is open; Ctrl-C ends it")
        serve(desk, Listening(host, port, address), click.echo)
    click.echo(f"the marks are in {out / 'gradebook.sqlite'} and grades.csv")
    click.echo(f"hint: `grader report {out}` writes the reports of those who were marked")
    raise click.exceptions.Exit(GRADED)
