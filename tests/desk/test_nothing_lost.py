"""Two TAs at once, desks that are killed, clicks sent again: no mark is lost, none counts twice."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from desks import decision, open_desk
from tiny_course import Course

from grader.desk.desk import Desk
from grader.desk.recording import Decision, Stale
from grader.gradebook.grade_json import grade_json
from grader.gradebook.results import Results

pytestmark = pytest.mark.costly  # desks that are killed

CELLS = [(student, criterion) for student in ("ada", "bob", "cem", "dan") for criterion in ("value", "sign", "style")]
HERE = Path(__file__).parent


def reasons(course: Course) -> Counter[str]:
    with contextlib.closing(sqlite3.connect(course.out / "gradebook.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return Counter(row[0] for row in connection.execute("SELECT reason FROM hand_mark"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock between programs, so that the gradebook alone keeps them apart; no files beside it."""
    monkeypatch.setattr(Results, "locked", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr("grader.desk.recording.MarkRecorder._write", lambda *_: None)


def hurried(desk: Desk) -> Desk:
    """A gradebook that does not wait for the disk: these tests kill no machine."""
    with desk.roll.book.reading() as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
    return desk


class Ta:
    """A TA at a desk of their own: pages opened before, clicks sent and sent again."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name = desk, name
        self.open: list[Decision] = []
        self.sent: list[tuple[Decision, str]] = []
        self.counted: list[str] = []
        self.refused: list[str] = []

    def look(self, draw: random.Random, number: int) -> None:
        student, criterion = draw.choice(CELLS)
        points = str(draw.randrange(2))
        words = f"{self.name} {number} {len(self.open) + len(self.sent) + len(self.refused)}"
        self.open.append(decision(self.desk, student, criterion, points=points, remark=words))

    def click(self, draw: random.Random) -> None:
        if self.open:
            one = self.open.pop(draw.randrange(len(self.open)))
            self._send(one, f"{one.remark:>12}")

    def again(self, draw: random.Random) -> None:
        if self.sent:
            self._send(*draw.choice(self.sent))

    def _send(self, one: Decision, key: str) -> None:
        first = (one, key) not in self.sent
        try:
            recorded = self.desk.recorder.record([one], self.name, key)
        except Stale:
            assert first or one.remark in self.refused
            self.refused.append(one.remark)
            return
        assert bool(recorded) == first
        if first:
            self.counted.append(one.remark)
            self.sent.append((one, key))


def test_a_thousand_random_interleavings_of_two_desks_lose_and_double_no_mark(course, quick):
    draw = random.Random(7)  # noqa: S311
    with open_desk(course) as first, open_desk(course) as second:
        tas = [Ta(hurried(first), "A"), Ta(hurried(second), "B")]
        for number in range(1000):
            between(tas[1], draw, number)  # the other one acts after the first has read and before it writes
            for act in draw.sample(["look", "look", "click", "again"], 3):
                ta = draw.choice(tas)
                ta.look(draw, number) if act == "look" else getattr(ta, act)(draw)
        counted = Counter([*tas[0].counted, *tas[1].counted])

    assert reasons(course) == counted
    assert max(counted.values()) == 1
    assert len(counted) > 200
    assert len(tas[0].refused) + len(tas[1].refused) > 50


def between(other: Ta, draw: random.Random, number: int) -> None:
    """Now and then a desk writes between another's reading and writing: the store has to notice."""
    if number % 10 or not other.open:
        return
    book, record = other.desk.roll.book, other.desk.roll.book.record_marked
    rival = Ta(hurried(other.desk), "C")

    def interrupted(*asked: Any) -> Any:
        book.record_marked = record  # type: ignore[method-assign]
        one = other.open[-1] if other.open else None
        if one is not None:
            other.open.pop()
            with contextlib.suppress(Stale):
                rival._send(one, f"{one.remark:>11}!")
            other.counted += rival.counted
        return record(*asked)

    book.record_marked = interrupted  # type: ignore[method-assign]
    other.click(draw)
    book.record_marked = record  # type: ignore[method-assign]


class Killed(BaseException):
    """What a process that is killed sees: nothing more."""


class DiesAt:
    """A connection that ends before its n-th statement."""

    def __init__(self, connection: Any, after: int) -> None:
        self.connection, self.left = connection, after

    def execute(self, *asked: Any) -> Any:
        self.left -= 1
        if self.left == -1:
            raise Killed
        return self.connection.execute(*asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def test_two_hundred_ends_in_the_middle_of_a_click_lose_and_double_no_mark(course, quick):
    draw, sent, ends = random.Random(5), [], 0  # noqa: S311
    with open_desk(course) as desk:
        book = hurried(desk).roll.book
        whole = book._connection
        while ends < 200:
            student, criterion = draw.choice(CELLS)
            one = decision(desk, student, criterion, points="1", remark=f"click {len(sent)}")
            book._connection = DiesAt(whole, draw.randrange(55))
            try:
                desk.recorder.record([one], "T", f"key {one.remark}")
            except Killed:
                ends += 1
            book._connection = whole
            desk.recorder.record([one], "T", f"key {one.remark}")  # the TA presses again
            sent.append(one.remark)

    assert reasons(course) == Counter(sent)


def test_desks_that_are_killed_leave_a_sound_gradebook_and_each_click_once(course, tmp_path):
    shutil.copytree(course.reference, tmp_path / "reference")
    path = os.pathsep.join([str(HERE.parent), str(HERE.parents[1])])
    done = subprocess.run(
        [sys.executable, str(HERE / "desk_kills.py"), str(tmp_path), "12"],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )

    assert done.returncode == 0, done.stderr
    kills, clicks = map(int, done.stdout.split())
    assert kills == 12
    assert reasons(course) == Counter(f"click {number}" for number in range(1, clicks + 1))
    for name, stored in course.stored().items():
        assert (course.out / name / "grade.json").read_bytes() == grade_json(stored.grade)
