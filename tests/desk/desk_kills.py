"""Kill a desk with SIGKILL at a random statement or file of a click, send the click again; said on stdout: kills.

Each desk is forked from this process, which has imported everything. Usage: `python desk_kills.py ROOT KILLS`, with
the assignments in ROOT/reference and the results in ROOT/results.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tiny_course import Course

import grader.desk.recording
from grader.catalog import load_assignment
from grader.desk.desk import Desk, opened
from grader.desk.recording import Decision, base_of


class DiesAt:
    """A connection whose process is killed before its n-th statement."""

    def __init__(self, connection: Any, steps: list[int]) -> None:
        self._connection, self._steps = connection, steps

    def execute(self, *asked: Any) -> Any:
        step(self._steps)
        return self._connection.execute(*asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def step(steps: list[int]) -> None:
    steps[0] -= 1
    if steps[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)


def click(desk: Desk, student: str, reason: str, key: str) -> None:
    entry = desk.roll.now()[desk.roll.code(student)]
    mark = entry.mark("style")
    assert mark is not None
    decision = Decision(entry.code, "style", base_of(desk.roll, entry, mark), remark=reason, points="0.5")
    desk.recorder.record([decision], "T", key)


def killed(course: Course, student: str, number: int, after: int) -> bool:
    """Whether a desk was killed while it recorded; without a kill it counted."""
    child = os.fork()
    if child == 0:
        with opened(course.out, partial(load_assignment, root=course.reference)) as desk:
            desk.roll.now()
            steps = [after]
            desk.roll.book._connection = DiesAt(desk.roll.book._connection, steps)  # type: ignore[assignment]
            write = grader.desk.recording.write_atomically
            grader.desk.recording.write_atomically = lambda *asked: (step(steps), write(*asked))  # type: ignore
            click(desk, student, f"click {number}", f"key-of-click-{number}")
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def main(root: Path, wanted: int) -> None:
    course = Course.__new__(Course)
    course.reference, course.out = root / "reference", root / "results"
    draw, kills, number = random.Random(3), 0, 0  # noqa: S311
    while kills < wanted:
        number += 1
        student = draw.choice(["ada", "bob"])
        kills += killed(course, student, number, draw.randrange(60))
        with opened(course.out, partial(load_assignment, root=course.reference)) as desk:
            desk.bring_up_to_date()
            click(desk, student, f"click {number}", f"key-of-click-{number}")  # the TA presses again
    print(kills, number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
