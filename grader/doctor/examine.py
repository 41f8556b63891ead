"""Everything the doctor looks at, in the order it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from grader.doctor import engine, kernel, limit_trials, needed_programs, reports, wall
from grader.doctor.diagnosis import Diagnosis
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.container import ENGINES
from grader.sandbox.protocol import Sandbox, wall_of


def examine(sandbox: Sandbox) -> Iterator[Diagnosis]:
    """Each diagnosis as soon as it is made."""
    wall_name = wall_of(sandbox)
    yield from engine.look(wall_name) if wall_name in ENGINES else kernel.look()
    plain = replace(sandbox, copies=False) if isinstance(sandbox, BubblewrapSandbox) else sandbox
    built = True
    for found in wall.attacked(plain):
        yield found
        built = built and not wall.cannot_be_built(found)
    if built:
        if isinstance(sandbox, BubblewrapSandbox):
            yield wall.copies()
        yield from limit_trials.look(sandbox)
        yield from needed_programs.look(sandbox)
    yield from reports.look()
