"""A batch that is killed at any moment has lost no grade that it recorded, and has none twice."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from grades import MARKS

from grader.gradebook import Gradebook

HERE = Path(__file__).parent
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from grades import grade
from grader.gradebook import Gradebook
with Gradebook(Path(sys.argv[1])) as book:
    book.open_batch("hw5", 1, {})
    for number in range(100_000):
        given = grade(f"s{number:05}")
        if book.find(given.student, "w") is None:
            book.record(given, submission_sha256="w", evidence_sha256="e", folder=given.student)
            print(given.student, flush=True)
"""


def killed_after(path: Path, grades: int) -> list[str]:
    """The students whose grades a writer said were recorded, before and while it was killed."""
    command = [sys.executable, "-c", WRITER, str(path), str(HERE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent.parent) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(grades)]
        writer.send_signal(signal.SIGKILL)
        said += [line.strip() for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL
    return said


@pytest.mark.costly
def test_every_recorded_grade_survives_ten_kills_whole_and_none_is_there_twice(path):
    chance = random.Random(5)  # noqa: S311 - the same moments on every run, as far as the machine allows
    recorded: list[str] = []

    for _ in range(10):
        recorded += killed_after(path, chance.randint(1, 20))

        with Gradebook(path) as book:
            students = [stored.grade.student for stored in book.current()]
            assert set(recorded) <= set(students)
            assert len(students) - len(recorded) <= 10  # recorded, and killed before it could say so
            assert all(stored.grade.marks == MARKS for stored in book.current())

    assert len(set(recorded)) == len(recorded)
    connection = sqlite3.connect(path)
    for table in ("attempt", "revision"):
        assert connection.execute(f"SELECT max(number) FROM {table}").fetchone() == (1,)  # noqa: S608
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
