"""The commands beside `grade`, `regrade`, `report` and `list`, one file each.

Nothing slow is imported here: `grader --help` has to be quick.
"""

from __future__ import annotations

import click

from grader.commands.intake import intake

COMMANDS: tuple[click.Command, ...] = (intake,)
