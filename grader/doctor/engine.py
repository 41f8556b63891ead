"""What a container engine needs: to be installed, to answer, and to have the image."""

from __future__ import annotations

from collections.abc import Iterator

from grader.doctor.diagnosis import Diagnosis, strong, weak
from grader.sandbox.choose import engine_problem
from grader.sandbox.container import IMAGE

AREA = "system"


def look(engine: str) -> Iterator[Diagnosis]:
    """Whether a container engine can run boxes."""
    if problem := engine_problem(engine):
        found, _, fix = problem.partition("\nhint: ")
        yield weak(AREA, engine, found, fix)
    else:
        yield strong(AREA, engine, f"answers, and has the image {IMAGE}")
