"""Grades are kept once, whole, and for good."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from grades import DIGEST, HALF, MARKS, PASSED, UNGRADED, grade, mark, with_message

from grader.finding import Table
from grader.gradebook import Gradebook, GradebookError, StoredGrade
from grader.grading import Grade


def record(book: Gradebook, given: Grade, work: str = "w1", evidence: str = "e1") -> StoredGrade:
    return book.record(given, submission_sha256=work, evidence_sha256=evidence, folder=given.student)


def rows(path, table: str) -> int:
    connection = sqlite3.connect(path)
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    connection.close()
    return count


def test_a_grade_is_read_back_as_it_was_recorded(book):
    given = grade(marks=(*MARKS, mark("style", UNGRADED, manual=True)), late_penalty="0.75")

    record(book, given)

    [stored] = book.current()
    assert stored == StoredGrade(given, 1, "w1", "e1", "ada")
    assert stored.grade.points is None
    assert stored.grade.points_so_far == Decimal("3.00")


def test_a_grade_survives_closing_and_opening(path):
    with Gradebook(path) as book:
        book.open_batch("hw5", 1, {})
        record(book, grade())

    with Gradebook(path) as book:
        assert book.current()[0].grade == grade()


def test_the_same_work_with_the_same_result_is_recorded_once(book, path):
    first = record(book, grade())
    slower = replace(grade(), execution=replace(grade().execution, wall_s=99.0))

    assert record(book, grade()) == first
    assert record(book, slower) == first

    assert [rows(path, table) for table in ("attempt", "revision", "mark")] == [1, 1, 2]
    assert [entry.action for entry in book.audit()] == ["batch opened", "graded"]


def test_changed_work_is_the_next_attempt_whatever_the_grade_says_of_itself(book, path):
    record(book, grade(), work="w1")

    second = record(book, grade(), work="w2")

    assert (second.grade.attempt, second.revision) == (2, 1)
    assert book.current() == [second]
    assert rows(path, "attempt") == 2


def test_going_back_to_earlier_work_is_an_attempt_of_its_own(book):
    record(book, grade(), work="w1")
    record(book, grade(marks=(mark("shape", HALF),)), work="w2")

    assert book.find("ada", "w1") is None
    third = record(book, grade(), work="w1")

    assert third.grade.attempt == 3
    assert book.find("ada", "w1") == third


@pytest.mark.parametrize(
    ("again", "evidence"),
    [
        (grade(), "e2"),
        (with_message(grade(), "clearer"), "e1"),
        (grade(marks=MARKS[:1]), "e1"),
        (grade(late_penalty="1"), "e1"),
        (replace(grade(), submitted_at=grade().submitted_at + timedelta(days=1)), "e1"),
        (replace(grade(), submitted_at=None), "e1"),
    ],
)
def test_a_regrade_adds_a_revision_and_the_old_marks_stay(book, path, again, evidence):
    record(book, grade())

    second = record(book, again, evidence=evidence)

    assert (second.grade.attempt, second.revision) == (1, 2)
    assert book.current() == [StoredGrade(again, 2, "w1", evidence, "ada")]
    assert rows(path, "attempt") == 1
    assert rows(path, "mark") == 2 + len(again.marks)
    assert [entry.action for entry in book.audit()][1:] == ["graded", "regraded"]


def test_going_back_to_earlier_marks_is_a_third_revision(book):
    record(book, grade())
    record(book, with_message(grade(), "other"))

    assert record(book, grade()).revision == 3
    assert book.current()[0].grade == grade()


def test_find_gives_the_grade_of_this_very_work_only(book):
    stored = record(book, grade())

    assert book.find("ada", "w1") == stored
    assert book.find("ada", "w2") is None
    assert book.find("bob", "w1") is None


def test_current_grades_are_sorted_by_student(book):
    for student in ("cyd", "ada", "bob"):
        record(book, grade(student))

    assert [stored.grade.student for stored in book.current()] == ["ada", "bob", "cyd"]


def test_exhibits_are_not_kept_and_do_not_count_as_a_change(book):
    table = Table("t", "title", "caption", ("a",), (("1",),))
    shown = grade(marks=(replace(MARKS[0], finding=replace(PASSED, exhibits=(table,))), MARKS[1]))

    first = record(book, shown)

    assert first.grade.marks[0].finding == PASSED
    assert record(book, shown) == first
    assert record(book, grade()) == first


def test_points_are_exact_decimals(book):
    third = mark("shape", PASSED, possible="0.125")

    record(book, grade(marks=(third,), late_penalty="0.1"))

    [stored] = book.current()
    assert stored.grade.points_possible == Decimal("0.125")
    assert stored.grade.points == Decimal("0.025")


def test_untrusted_text_is_kept_as_text(book):
    student = "Robert'); DROP TABLE mark;--\n\x1b[31m\udcff"
    found = record(book, with_message(grade(student), "lone \ud800 surrogate, NUL \0, <script>"))

    assert found.grade.marks[0].finding.message == "lone \\ud800 surrogate, NUL \0, <script>"
    assert book.current() == [found]
    assert book.find(student, "w1") == found


def test_opening_a_batch_again_gives_the_stored_seed_and_settings(path):
    with Gradebook(path) as book:
        first = book.open_batch("hw5", 2**70 + 1, {"device": "cpu"})
    with Gradebook(path) as book:
        again = book.open_batch("hw5", 7, {"device": "cuda"})

        assert again == first
        assert (again.seed, again.settings) == (2**70 + 1, {"device": "cpu"})
        assert [entry.action for entry in book.audit()] == ["batch opened"]


def test_another_assignment_in_the_same_folder_is_refused_with_a_hint(book):
    with pytest.raises(GradebookError, match=r"found those of hw5\nhint: give `--fresh`.*`--out`"):
        book.open_batch("hw6", 1, {})


def test_a_grade_of_another_assignment_or_before_its_batch_is_a_programming_error(book, tmp_path):
    with pytest.raises(ValueError, match="expected hw6, found hw5"):
        record(book, replace(grade(), assignment="hw6"))
    with Gradebook(tmp_path / "other.sqlite") as fresh, pytest.raises(ValueError, match="found no batch"):
        record(fresh, grade())


def test_nothing_of_a_grade_that_fails_halfway_is_kept(book, path):
    twice = grade(marks=(mark("shape", PASSED), mark("shape", HALF)))

    with pytest.raises(GradebookError, match="UNIQUE"):
        record(book, twice)

    assert [rows(path, table) for table in ("student", "attempt", "revision", "mark")] == [0, 0, 0, 0]
    assert record(book, grade()).revision == 1


@pytest.mark.parametrize("table", ["batch", "student", "attempt", "revision", "mark", "audit"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_history_can_neither_be_changed_nor_deleted(book, path, table, change):
    record(book, grade())
    connection = sqlite3.connect(path)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(change.format(table))

    connection.close()


def test_a_mark_of_a_person_can_lie_beside_the_checks(book, path):
    record(book, grade())
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "INSERT INTO mark (revision_id, position, criterion, title, source, manual, outcome, credit,"
            " points, points_possible, message, details)"
            " VALUES (1, 0, 'shape', '', 'person', 1, 'failed', '0', '0', '2.5', 'no', '[]')"
        )
    connection.close()

    assert book.current()[0].grade == grade()


def test_grades_recorded_from_many_threads_are_all_there(book):
    threads = [threading.Thread(target=record, args=(book, grade(f"s{n:02}"))) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [stored.grade.student for stored in book.current()] == [f"s{n:02}" for n in range(16)]


def test_the_file_uses_a_rollback_journal_and_full_syncs(book):
    ask = book._connection.execute

    assert ask("PRAGMA journal_mode").fetchone()[0] == "truncate"
    assert ask("PRAGMA synchronous").fetchone()[0] == 2
    assert ask("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_closed_gradebook_is_one_file(tmp_path):
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        book.open_batch("hw1", 7, {})
        assert (tmp_path / "gradebook.sqlite-journal").stat().st_size == 0

    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.sqlite"]


def test_a_gradebook_that_somebody_writes_can_be_closed(tmp_path):
    book, other = (Gradebook(tmp_path / "gradebook.sqlite") for _ in range(2))
    other.open_batch("hw1", 7, {})

    with other.transaction():
        book.close()

    assert other.batch().seed == 7
    other.close()
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.sqlite"]


def test_digests_of_full_length_are_kept(book):
    stored = record(book, grade(), work=DIGEST, evidence=DIGEST[::-1])

    assert book.find("ada", DIGEST) == stored
