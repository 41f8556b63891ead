"""A solution with marks says which of its statements were reached."""

from __future__ import annotations

from contextlib import redirect_stderr
from io import StringIO

from grader.audit.mutants import mutants
from grader.audit.reached import marked, reached

PROGRAM = b'''"""What it is about."""
from __future__ import annotations

import math

LIMIT = 100
if LIMIT > 200:
    LIMIT = 7


class Doubling:
    """Twice."""

    factor = 2

    def of(self, x, unused=3):
        """Twice x."""
        if x > LIMIT:
            return x + x
        for _ in range(3):
            x += 1
        return self.factor * x

    def other(self, x):
        return x - 1


def never(x):
    return x * 3


found = Doubling().of(7)
'''
UNREAD = b"UNUSED = 3 + 4\n"
FILES = {"hw.py": PROGRAM, "report.py": UNREAD}


def said() -> tuple[dict, str]:
    names: dict = {"__name__": "hw"}
    with redirect_stderr(StringIO()) as console:
        exec(marked(FILES)["hw.py"], names)  # noqa: S102 - written above
    return names, console.getvalue()


def test_marks_change_nothing_else():
    names, _ = said()

    assert names["found"] == 20
    assert names["Doubling"].of.__doc__ == "Twice x."


def test_what_never_runs_is_told_from_what_does():
    places = reached(FILES, said()[1])

    assert places is not None
    every = [(one.piece.source.splitlines()[one.line - 1].strip(), one.place in places) for one in mutants(FILES)]
    assert {text for text, runs in every if not runs} == {
        "LIMIT = 7",
        "return x + x",
        "return x - 1",
        "return x * 3",
        "UNUSED = 3 + 4",
    }
    assert ("def of(self, x, unused=3):", True) in every


def test_a_program_that_says_nothing_tells_nothing():
    assert reached(FILES, "") is None
    assert reached(FILES, "[reached 9.3]") is None
