"""The command line: `grader` and its commands."""

from __future__ import annotations

from pathlib import Path

import click

from grader import __version__
from grader.commands import COMMANDS
from grader.commands.options import usage_errors
from grader.commands.settings import CONFIG, STUDENTS_COMMANDS, defaults, read_settings

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="grader")
@click.pass_context
@usage_errors
def main(context: click.Context) -> None:
    """Grade deep-learning homework.

    Student code runs only inside a sandbox; grades are made outside it, from the raw data that comes back.

    \b
    Start here:
      grader list                                       assignments and their criteria
      grader intake download.zip                        what is in it, recognised and counted
      grader grade submissions/ --assignment ID --out results/
      grader show results/ ada                          why each point was lost, with the code
      grader regrade results/                           after a change of rubric or checks; runs nothing
      grader report results/                            the PDFs again

    \b
    Then, by hand and back to the LMS:
      grader marks export results/ > sheet.csv          what a person grades; `marks import` reads it back
      grader mark results/ ada clarity 4 --reason "…"   one mark
      grader diff results/ regraded/                    whose points change, and why
      grader export canvas results/                     the file that the LMS takes

    What holds for a whole course can stand in a grader.toml in the folder where you work:

    \b
      assignment = "ece60146_hw5"       reference = "../course"
      roster = "roster.csv"             timezone = "America/New_York"
      extensions = "extensions.csv"     results = "results"

    An option goes before it. Tab completion: eval "$(_GRADER_COMPLETE=bash_source grader)", or zsh_source, fish_source.

    \b
    Exit status: 0 all graded, 1 something needs a person, 2 wrong usage.
    """
    if context.invoked_subcommand in STUDENTS_COMMANDS or not isinstance(context.command, click.Group):
        return
    if settings := read_settings(Path()):
        context.default_map = defaults(context.command, settings)
        told = context.default_map.get(context.invoked_subcommand or "", {})
        if told:
            click.echo(f"settings: {CONFIG} ({', '.join(settings)})", err=True)


for command in COMMANDS:
    main.add_command(command)
