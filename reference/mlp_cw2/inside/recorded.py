"""Which network a command line builds: the script is run up to there, and its arguments are noted."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from inside import loading
from inside.command_lines import CommandLine
from inside.noted_constructors import ConstructorCall, Reached, noted

from . import files
from .variants import is_network, quiet

SECONDS = 6.0  # of CPU time for one command line


@dataclass(eq=False)
class Outcome:
    """What became of a command line: the networks that it asked for, and what stopped it before the first one."""

    line: CommandLine
    calls: list[ConstructorCall] = field(default_factory=list)
    error: str | None = None


def outcome(session: Any, line: CommandLine) -> Outcome:
    """Run a script until it has built a network; each cell of a notebook may build one."""
    found = Outcome(line)
    watch = loading.Recording(session.is_recorded, session.recorder.wrap)
    argv, sys.argv = sys.argv, [line.script, *line.arguments]
    try:
        with (
            files.importable(line.script),
            noted(found.calls, is_network),
            _empty_data_sets(),
            quiet(),
            loading.Deadline(SECONDS, "cpu"),
        ):
            loaded = loading.load(line.script, "run", watch, session.long_running())
        errors = [error for error in loaded.errors if error["kind"] != Reached.__name__]
        if not found.calls and errors:
            found.error = f"{errors[0]['kind']}: {errors[0]['message']}"[:300]
    except TimeoutError:
        found.error = f"it builds no network within {SECONDS:g} CPU seconds"
    finally:
        sys.argv = argv
    return found


@contextlib.contextmanager
def _empty_data_sets() -> Iterator[None]:
    """Scripts make their data sets before the network: meanwhile they may, and nothing can be read from them."""
    kind: Any = importlib.import_module("mlp.data_providers").DataProvider
    kind.may_be_made = True
    try:
        yield
    finally:
        kind.may_be_made = False
