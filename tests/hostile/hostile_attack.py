"""One row of the table of attacks: a program, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.sandbox.protocol import Status

EXITED, RAISED, NO_RESULT, BAD_RESULT = Status.EXITED, Status.RAISED, Status.NO_RESULT, Status.BAD_RESULT
TIMED_OUT, CPU, MEMORY = Status.TIMED_OUT, Status.CPU_EXCEEDED, Status.OUT_OF_MEMORY
OUTPUT = Status.TOO_MUCH_OUTPUT


@dataclass(frozen=True)
class Attack:
    """A program, the statuses it may end with, a text that reason or console must hold, limits of its own."""

    name: str
    expected: tuple[Status, ...]
    source: str
    says: str = ""
    limits: dict[str, Any] = field(default_factory=dict)


def body(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"def main(request, arrays, send):\n{body}\n"


ONE_SECOND = {"wall_s": 1.0}
CPU_SECOND = {"cpu_s": 1.0}
