"""Everything the doctor looks at, in the order it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from grader.doctor import kernel, limits, programs, reports, wall
from grader.doctor.diagnosis import Diagnosis
from grader.sandbox.protocol import Sandbox

Look = Callable[[], Iterator[Diagnosis]]


def examine(sandbox: Sandbox, *, bubblewrap: bool = True) -> Iterator[Diagnosis]:
    """Each diagnosis as soon as it is made. `bubblewrap` says whether the wall is to be built with it."""
    if bubblewrap:
        yield from kernel.look()
    reason = None
    for found in wall.attacked(sandbox):
        yield found
        reason = reason or wall.why_not_built(found)
    if reason is None:
        yield from limits.look(sandbox)
        yield from programs.look(sandbox)
    yield from reports.look()
