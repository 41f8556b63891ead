"""A results folder that cannot be written, is used twice or saw the clock set back: clear errors, nothing lost."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from tiny_course import FakeSandbox, Quiet

from grader.batch.regrade import regrade_one
from grader.errors import UserError
from grader.gradebook import GradebookError
from grader.gradebook.results import ResultsError


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_second_grader_on_the_same_folder_is_turned_away_and_the_first_goes_on(course):
    course.submit(ada="2 * x", bob="1")
    refused = []

    def second(_: object) -> None:
        with pytest.raises(ResultsError, match=r"another grader is working here\nhint: wait until it is done"):
            course.grade(FakeSandbox())
        with pytest.raises(ResultsError, match="another grader"):
            course.rewrite(regrade_one)
        refused.append(threading.get_ident())

    course.grade(FakeSandbox(second), jobs=1)

    assert len(refused) == 2
    assert {name: row["points"] for name, row in course.rows().items()} == {"ada": "6.0", "bob": "2.0"}


def test_a_disk_that_fills_up_costs_nothing_that_is_recorded(course, monkeypatch):
    """Evidence, tables and journal: each time another write fails, and the same command goes on afterwards."""
    course.submit(ada="2 * x")
    course.grade()
    before = course.files("grade.json", "evidence.json")
    course.submit(bob="1")

    places = (
        "grader.collect.saved_evidence.write_folder",
        "grader.files.write_new",
        "grader.gradebook.results.write_atomically",
    )
    for where in places:
        with monkeypatch.context() as patched:
            patched.setattr(where, full)
            outcome = course.grade()
        assert outcome.needs_a_person
        recorded = course.stored()["bob"].grade.marks[0].finding.message
        assert "No space left on device" in " ".join((*outcome.problems, recorded))
        assert course.stored()["ada"].grade.points == 6
        assert {
            name: content
            for name, content in course.files("grade.json", "evidence.json").items()
            if name.startswith("ada/")
        } == before

    assert course.grade().problems == ()
    assert {name: row["points"] for name, row in course.rows().items()} == {"ada": "6.0", "bob": "2.0"}


def test_a_disk_that_is_full_under_the_gradebook_ends_the_batch_with_a_hint(course):
    course.submit(ada="2 * x")
    course.grade()
    connection = sqlite3.connect(course.out / "gradebook.sqlite")
    size = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    real = sqlite3.connect

    def small(*arguments, **options):
        made = real(*arguments, **options)
        made.execute(f"PRAGMA max_page_count = {size}")
        return made

    course.submit(**{f"s{number:02}": "1  # " + "x" * 3000 for number in range(30)})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("grader.gradebook.connection.sqlite3.connect", small)
        with pytest.raises(GradebookError, match=r"full(?s:.*)hint: does the folder exist, has the disk room"):
            course.grade()

    assert course.stored()["ada"].grade.points == 6
    course.grade()
    assert len(course.rows()) == 31


def test_a_folder_that_may_not_be_written_is_refused_before_anything_is_run(course, monkeypatch):
    """Root may write everywhere, so the refusal is the operating system's in name only."""
    course.submit(ada="2 * x")
    real = os.open

    def read_only(path, flags, *arguments, **options):
        if str(path).startswith(str(course.out)) and flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return real(path, flags, *arguments, **options)

    sandbox = FakeSandbox()
    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(
        UserError, match=r"expected a folder to write to, found: Read-only file system\nhint: give a folder"
    ):
        course.grade(sandbox)

    assert sandbox.commands == []


def test_a_clock_set_back_keeps_the_order_of_attempts_and_marks(course, monkeypatch):
    """Rows are ordered by their number; the clock only labels them."""
    times = [datetime(2026, 11, 1, tzinfo=UTC) - timedelta(days=back) for back in (0, 400, 800)]
    real = sqlite3.connect

    def at(moment):
        def connected(*arguments, **options):
            made = real(*arguments, **options)
            made.create_function("strftime", -1, lambda *_: moment.isoformat())
            return made

        return connected

    for moment, result in zip(times, ("1", "2 * x", "-3"), strict=True):
        course.submit(ada=result)
        (course.submissions / "ada" / "hw.py").touch()
        os.utime(course.submissions / "ada" / "hw.py", (moment.timestamp(),) * 2)
        with monkeypatch.context() as patched:
            patched.setattr("grader.gradebook.connection.sqlite3.connect", at(moment))
            course.grade()

    assert (course.json("ada")["attempt"], course.json("ada")["points"]) == (3, 0.67)
    assert course.stored()["ada"].grade.attempt == 3
    assert course.grade(FakeSandbox(), Quiet()).kept == 1


def test_an_output_folder_that_vanishes_is_an_error_and_not_a_loss(course):
    course.submit(ada="2 * x")
    course.out.write_text("a file")

    with pytest.raises(ResultsError, match=r"expected a folder to write to(?s:.*)hint: give a folder"):
        course.grade()

    assert course.out.read_text() == "a file"
