"""A file that cannot be used is refused with a message and a hint."""

from __future__ import annotations

import os
import sqlite3

import pytest
from grades import grade

from grader.gradebook import Gradebook, GradebookError
from grader.gradebook.connection import SCHEMA_VERSION


def execute(path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def filled(path) -> None:
    with Gradebook(path) as book:
        book.open_batch("hw5", 1, {})
        record_many(book, 60)


def record_many(book: Gradebook, count: int) -> None:
    there = len(book.current())
    for number in range(there, there + count):
        given = grade(f"student {number}")
        book.record(given, submission_sha256="w", evidence_sha256="e", folder=given.student)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    path.write_bytes(b"student,points\nada,10\n" * 100)

    with pytest.raises(GradebookError, match=r"expected a sound gradebook, found: .*\nhint: give `--fresh`"):
        Gradebook(path)

    assert path.read_bytes().startswith(b"student,points")


def test_another_programs_database_is_refused_and_left_alone(path):
    execute(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()

    with pytest.raises(GradebookError, match=r"another program's database\nhint: "):
        Gradebook(path)

    assert path.read_bytes() == before


def test_a_newer_schema_is_refused_with_both_versions(path):
    filled(path)
    execute(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    with pytest.raises(GradebookError, match=rf"version {SCHEMA_VERSION} or older, found {SCHEMA_VERSION + 1}\nhint"):
        Gradebook(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_gradebook_is_refused(path, share):
    filled(path)
    os.truncate(path, int(path.stat().st_size * share))

    with pytest.raises(GradebookError, match="hint: "):
        Gradebook(path)


def test_an_overwritten_page_is_refused(path):
    filled(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(content)

    with pytest.raises(GradebookError, match="hint: "):
        Gradebook(path)


def test_a_value_edited_by_hand_is_refused_when_it_makes_no_sense(path):
    filled(path)
    execute(path, "DROP TRIGGER mark_stays", "UPDATE mark SET points = '1 or so' WHERE id = 7")

    with Gradebook(path) as book, pytest.raises(GradebookError, match=r"a row that cannot be read"):
        book.current()


def test_an_empty_file_is_a_new_gradebook(path):
    path.touch()

    with Gradebook(path) as book:
        assert book.open_batch("hw5", 1, {}).seed == 1


def test_a_missing_folder_and_a_folder_in_its_place_are_refused(path):
    with pytest.raises(GradebookError, match=r"unable to open database file\nhint: "):
        Gradebook(path.parent / "nowhere" / "gradebook.sqlite")
    path.mkdir()
    with pytest.raises(GradebookError, match="hint: "):
        Gradebook(path)


def test_a_gradebook_that_another_process_holds_is_reported(path, monkeypatch):
    monkeypatch.setattr("grader.gradebook.connection._BUSY_S", 0.0)
    filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    with Gradebook(path) as book:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(GradebookError, match=r"database is locked\nhint: .*another `grader`"):
            book.record(grade("new"), submission_sha256="w", evidence_sha256="e", folder="new")

        other.execute("ROLLBACK")
        assert book.find("new", "w") is None
    other.close()


def test_a_full_disk_is_reported_and_keeps_what_was_there(path):
    filled(path)
    with Gradebook(path) as book:
        book._connection.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096}")

        with pytest.raises(GradebookError, match=r"disk is full\nhint: "):
            record_many(book, 100)

        stored = book.current()
    assert len(stored) >= 60
    assert all(len(found.grade.marks) == 2 for found in stored)


def test_a_closed_gradebook_says_so(path):
    book = Gradebook(path)
    book.close()
    book.close()

    with pytest.raises(GradebookError, match="closed"):
        book.current()


def test_a_row_that_breaks_a_constraint_is_found_on_opening(path):
    filled(path)
    execute(
        path,
        "DROP TRIGGER mark_stays",
        "PRAGMA ignore_check_constraints = ON",
        "UPDATE mark SET outcome = 'excellent' WHERE id = 7",
    )

    with pytest.raises(GradebookError, match=r"found: CHECK constraint failed in mark\nhint: "):
        Gradebook(path)
