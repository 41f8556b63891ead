"""The command line: `grader` and its commands."""

from __future__ import annotations

import click

from grader import __version__
from grader.commands import COMMANDS

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


for command in COMMANDS:
    main.add_command(command)
