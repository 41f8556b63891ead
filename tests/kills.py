"""Kill a batch at random moments until it was hit often enough; said on stdout: kills, batches that came to their end.

Batches are forked from this process, which has imported everything, so that each costs milliseconds.
Usage: `python kills.py FOLDER KILLS`.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path

from tiny_course import Course, FakeSandbox

import grader.batch.grade
import grader.batch.opening
from grader.gradebook.grade_json import grade_json

STUDENTS = {f"s{number:02}": result for number, result in enumerate(["2 * x", "1", "-3", "5"] * 2)}


def graded(course: Course) -> None:
    course.grade(FakeSandbox(), pdf=False, jobs=2)


def killed(course: Course, delay: float) -> bool:
    """Whether a batch was killed while it ran; an error of its own is raised here."""
    child = os.fork()
    if child == 0:
        graded(course)
        os._exit(0)
    ended = os.pidfd_open(child)
    select.select([ended], [], [], delay)  # as long as it runs
    os.close(ended)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def snapshot(course: Course) -> dict[str, bytes]:
    """Every file but those that hold times of the clock."""
    names = {path.name for path in course.out.rglob("*") if path.is_file()}
    return course.files(*names - {"gradebook.sqlite", "gradebook.sqlite-journal", ".lock"})


def check_sound(course: Course) -> None:
    """The database is whole, nobody is graded twice, and each `grade.json` says what it says."""
    path = course.out / "gradebook.sqlite"
    if not path.exists():
        return
    for name, stored in course.stored().items():
        file = course.out / name / "grade.json"
        assert not file.exists() or file.read_bytes() == grade_json(stored.grade), name
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    twice = "SELECT subject FROM audit WHERE action IN ('graded', 'regraded') GROUP BY subject HAVING count(*) > 1"
    assert connection.execute(twice).fetchall() == []
    connection.close()


def main(root: Path, wanted: int) -> None:
    grader.batch.opening.one_thread = lambda: None  # torch is not needed, and slow to import
    course = Course(root)
    course.submit(**STUDENTS)
    graded(course)
    undisturbed = snapshot(course)
    course.out = root / "killed"
    began = time.monotonic()
    assert not killed(course, 60.0)  # how long a batch takes when everything is imported
    duration = time.monotonic() - began
    shutil.rmtree(course.out)
    chance = random.Random(11)  # noqa: S311 - the same moments on every run, as far as the machine allows
    kills = ends = 0
    while kills < wanted:
        if killed(course, chance.uniform(0, duration)):
            kills += 1
            check_sound(course)
            continue
        assert snapshot(course) == undisturbed
        shutil.rmtree(course.out)
        ends += 1
    graded(course)
    check_sound(course)
    assert snapshot(course) == undisturbed
    assert sorted(course.rows()) == sorted(STUDENTS)
    print(kills, ends)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
