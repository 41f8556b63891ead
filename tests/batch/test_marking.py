"""Points that a person gives: checked, kept for good, seen wherever a grade is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from tiny_course import MANUAL, Course, Quiet, write_course

from grader.batch.marking import Given, MarkingError, mark_batch
from grader.batch.marking_sheet import read_sheet, write_sheet
from grader.batch.regrade import regrade_one
from grader.batch.result import BatchResult
from grader.catalog import load_assignment
from grader.gradebook.store import Gradebook
from grader.intake import IntakeOptions

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """ada is right, bob is wrong, and a person grades the style of both."""
    course = Course(tmp_path_factory.mktemp("graded"))
    write_course(course.reference, more=(MANUAL,))
    course.submit(ada="14", bob="12")
    course.grade()
    return course


@pytest.fixture
def graded(graded_once: Course, tmp_path: Path) -> Course:
    return graded_once.copied(tmp_path)


def give(course: Course, *given: Given, author: str = "M. Lee", now: datetime = NOW) -> BatchResult:
    load = partial(load_assignment, root=course.reference)
    return mark_batch(course.out, load, Quiet(), lambda *_: given, author=author, pdf=False, now=now)


def row(course: Course, student: str, criterion: str):
    [found] = [mark for mark in course.json(student)["marks"] if mark["criterion"] == criterion]
    return found


def sheet(course: Course, *, everything: bool = False) -> str:
    with Gradebook(course.out / "gradebook.sqlite") as book:
        return write_sheet(book.batch(), book.current(), course.assignment, everything=everything)


def bring_in(course: Course, text: str) -> BatchResult:
    load = partial(load_assignment, root=course.reference)
    ask = partial(read_sheet, text)
    return mark_batch(course.out, load, Quiet(), ask, author="T. Sato", pdf=False, now=NOW)


def filled(text: str, student: str, points: str, reason: str) -> str:
    """The sheet with one row's points and reason filled in."""
    lines = text.splitlines()
    [index] = [number for number, line in enumerate(lines) if line.startswith(f"{student},style,")]
    lines[index] = lines[index].replace(",1,,,", f",1,{points},{reason},", 1)
    return "\n".join(lines) + "\n"


def test_a_mark_fills_what_only_a_person_can_grade(graded):
    assert graded.json("ada")["points"] is None

    give(graded, Given("ada", "style", "0.5", "clear, too long"))

    found = row(graded, "ada", "style")
    assert (found["points"], found["outcome"], found["manual"]) == (0.5, "partial", True)
    assert found["message"] == "marked by M. Lee on 2026-11-03: clear, too long"
    assert found["by_hand"] == {
        "author": "M. Lee",
        "at": "2026-11-03T09:30:00Z",
        "reason": "clear, too long",
        "previous_points": None,
        "previous_author": "the grader",
    }
    assert graded.json("ada")["points"] == 6.5
    assert graded.json("ada")["status"] == "graded"


def test_a_mark_overrides_the_graders_and_says_what_stood_there(graded):
    give(graded, Given("bob", "value", "3,5", "the idea is right"))

    found = row(graded, "bob", "value")
    assert (found["points"], found["by_hand"]["previous_points"]) == (3.5, 0.0)
    assert graded.rows()["bob"]["value"] == "3.5"
    assert graded.rows()["bob"]["by_hand"] == "value: M. Lee"
    assert graded.rows()["ada"]["by_hand"] == ""


def test_a_regrade_with_another_rubric_keeps_a_persons_mark(graded):
    give(graded, Given("bob", "value", "3", "the idea is right"))
    write_course(graded.reference, points="6", more=(MANUAL,))

    graded.rewrite(regrade_one)

    assert row(graded, "bob", "value")["points"] == 3.0
    assert row(graded, "bob", "value")["points_possible"] == 6.0
    assert row(graded, "ada", "value")["points"] == 6.0


def test_a_mark_above_what_is_possible_now_waits_for_a_person(graded):
    give(graded, Given("bob", "value", "3", "the idea is right"))
    write_course(graded.reference, points="2", more=(MANUAL,))

    graded.rewrite(regrade_one)

    assert row(graded, "bob", "value")["points"] is None
    assert "3 points, of 2 possible now" in row(graded, "bob", "value")["message"]


def test_grading_the_same_work_again_keeps_a_mark_and_new_work_is_looked_at_anew(graded):
    give(graded, Given("bob", "value", "3", "the idea is right"))

    graded.grade()
    assert row(graded, "bob", "value")["points"] == 3.0

    graded.submit(bob="10")
    told = graded.grade().remarks
    assert row(graded, "bob", "value")["points"] == 0.0
    assert "by_hand" not in row(graded, "bob", "value")
    assert (
        sum("bob handed in other work since a person marked it: the mark on value stayed" in one for one in told) == 1
    )
    assert not any("since a person marked it" in one for one in graded.grade().remarks)


def test_every_mark_is_kept_with_its_author(graded):
    give(graded, Given("ada", "style", "0.5", "clear"))
    give(graded, Given("ada", "style", "1", "read again"), author="T. Sato", now=NOW.replace(hour=10))

    found = row(graded, "ada", "style")["by_hand"]
    assert (found["author"], found["previous_points"], found["previous_author"]) == ("T. Sato", 0.5, "M. Lee")
    with Gradebook(graded.out / "gradebook.sqlite") as book:
        told = [(entry.actor, entry.detail["points"]) for entry in book.audit() if entry.action == "marked by hand"]
    assert told == [("M. Lee", "0.5"), ("T. Sato", "1")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Given("adda", "style", "1", "x"), "expected one of the 2 graded, found 'adda' .did you mean ada"),
        (Given("ada", "stile", "1", "x"), "criterion: expected one of value, sign, style; found 'stile'"),
        (Given("ada", "style", "1.5", "x"), "expected 0 to 1 points to 0.01, found '1.5'"),
        (Given("ada", "style", "-1", "x"), "expected 0 to 1 points"),
        (Given("ada", "style", "0.333", "x"), "expected 0 to 1 points"),
        (Given("ada", "style", "nan", "x"), "expected 0 to 1 points"),
        (Given("ada", "style", "", "x"), "expected 0 to 1 points"),
        (Given("ada", "style", "1", "  "), "reason: expected 1 to 2000 characters, found 0"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_recorded(graded, given, message):
    before = graded.files("grade.json", "grades.csv")

    with pytest.raises(MarkingError, match=message):
        give(graded, Given("bob", "style", "1", "fine"), given)

    assert graded.files("grade.json", "grades.csv") == before
    assert "by_hand" not in row(graded, "bob", "style")


def test_all_problems_are_told_at_once(graded):
    with pytest.raises(MarkingError) as caught:
        give(graded, Given("x", "style", "1", "y"), Given("ada", "style", "7", "y"))

    assert len(str(caught.value).splitlines()) == 3


def test_the_sheet_has_what_a_person_grades_with_its_guide(graded):
    lines = sheet(graded).splitlines()

    assert lines[0] == "student,criterion,title,points_possible,points,reason,found,guide,state"
    assert [line.split(",")[:2] for line in lines[1:]] == [["ada", "style"], ["bob", "style"]]
    assert len(sheet(graded, everything=True).splitlines()) == 7


def test_a_filled_sheet_is_imported_and_the_untouched_rows_are_left_alone(graded):
    outcome = bring_in(graded, filled(sheet(graded), "bob", "0.75", "good"))

    assert row(graded, "bob", "style")["points"] == 0.75
    assert row(graded, "ada", "style")["points"] is None
    assert len(outcome.grades) == 2


def test_a_sheet_saved_by_a_spreadsheet_with_semicolons_is_read(graded):
    text = filled(sheet(graded), "bob", "0.75", "good").replace(",", ";").replace("0.75", "0,75")

    bring_in(graded, f"\ufeff{text}")

    assert row(graded, "bob", "style")["points"] == 0.75


def test_importing_a_sheet_twice_changes_nothing_the_second_time(graded):
    text = filled(sheet(graded), "bob", "0.75", "good")
    bring_in(graded, text)
    before = graded.files("grade.json", "grades.csv", "gradebook.sqlite")

    bring_in(graded, text)

    assert graded.files("grade.json", "grades.csv") == {
        name: content for name, content in before.items() if not name.endswith("sqlite")
    }


def test_a_wrong_line_is_named_and_nothing_is_imported(graded):
    text = filled(filled(sheet(graded), "bob", "0.75", "good"), "ada", "9", "too much")

    with pytest.raises(MarkingError, match="line 2: style: expected 0 to 1 points"):
        bring_in(graded, text)

    assert row(graded, "bob", "style")["points"] is None


def test_a_sheet_from_before_somebody_else_marked_is_refused(graded):
    old = filled(sheet(graded), "bob", "0.75", "good")
    give(graded, Given("bob", "style", "1", "very good"))

    with pytest.raises(MarkingError, match="line 3: bob, style: expected a row of this batch as it is now"):
        bring_in(graded, old)

    assert row(graded, "bob", "style")["points"] == 1.0


def test_a_sheet_of_another_batch_is_refused(graded):
    old = filled(sheet(graded), "bob", "0.75", "good")
    graded.grade(fresh=True, seed=12)

    with pytest.raises(MarkingError, match="line 3: bob, style: expected a row of this batch"):
        bring_in(graded, old)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("state", "status", 1), "line 1: expected the columns"),
        (lambda text: filled(text, "bob", "", "good"), "line 3: bob, style: expected points, found a reason without"),
        (lambda text: filled(text, "bob", "1", ""), "line 3: reason: expected 1 to 2000 characters"),
        (lambda text: text.replace("bob,style", "eve,style").replace(",1,,,", ",1,1,x,"), "line 3: student: expected"),
        (lambda text: "", "line 1: expected the columns"),
    ],
    ids=["columns", "no points", "no reason", "unknown student", "empty"],
)
def test_a_sheet_that_is_not_right_is_refused(graded, change, message):
    with pytest.raises(MarkingError, match=message):
        bring_in(graded, change(sheet(graded)))


def test_lost_evidence_refuses_the_marks_and_records_nothing(graded):
    (graded.out / "bob" / "evidence" / "evidence.json").unlink()

    with pytest.raises(MarkingError, match="bob: its evidence cannot be read"):
        give(graded, Given("ada", "style", "1", "x"), Given("bob", "style", "1", "x"))

    assert graded.json("ada")["points"] is None


def test_the_late_penalty_is_worked_out_again_from_all_points(tmp_path):
    course = Course(tmp_path)
    write_course(course.reference, more=(MANUAL,))
    file = course.reference / "tiny" / "assignment.py"
    late = "due=datetime(2020, 1, 1, tzinfo=UTC), late_policy=LatePolicy(percent_per_day=50, days=99999), limits="
    text = file.read_text().replace("limits=", late).replace("from grader import", "from grader import LatePolicy,")
    file.write_text(f"from datetime import UTC, datetime\n{text}")
    course.submit(ada="14")
    course.grade(reading=IntakeOptions(times="file"))
    before = course.json("ada")["late_penalty"]

    give(course, Given("ada", "style", "1", "clear"))

    assert (before, course.json("ada")["late_penalty"], course.json("ada")["points"]) == (6.0, 7.0, 0.0)
