"""Marks given on the desk: queue, items, conflicts, and agreement with the other ways."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from desks import TA, decision, item, text_of
from tiny_course import Quiet

from grader.batch.marking import Given, mark_batch
from grader.batch.marking_sheet import read_sheet, write_sheet
from grader.catalog import load_assignment
from grader.desk.points import points_of
from grader.desk.recording import CannotRecord
from grader.gradebook.desk_records import RubricItem


def by_hand(course, student, criterion="style"):
    marks = {mark.criterion: mark for mark in course.stored()[student].grade.marks}
    return marks[criterion].by_hand


def items(*points):
    return [
        RubricItem(number, number, "style", "words", Decimal(str(worth)), TA) for number, worth in enumerate(points, 1)
    ]


@pytest.mark.parametrize(
    ("worth", "points"),
    [
        ((), 4),
        ((-1,), 3),
        ((-1, -0.5), 2.5),
        ((-9,), 0),
        ((2,), 2),
        ((2, 1, -0.5), 2.5),
        ((9,), 4),
        ((0,), 4),
        ((2, -5), 0),
    ],
)
def test_items_take_off_full_points_or_add_from_nothing(worth, points):
    assert points_of(items(*worth), Decimal(4)) == Decimal(str(points))


def test_a_mark_is_recorded_with_its_reason_and_the_next_open_one_opens(ta, course):
    answer = ta.mark("ada", points="0,5", remark="clear,  too long")

    assert (by_hand(course, "ada").points, by_hand(course, "ada").reason) == (Decimal("0.5"), "clear, too long")
    assert by_hand(course, "ada").author == TA
    assert ta.code("ada") not in answer.headers["location"]
    assert course.json("ada")["points"] == 6.5
    assert not (course.out / "ada/feedback.pdf").exists()


def test_an_item_gives_points_and_reason_at_once(ta, course):
    number = ta.new_item("Axes have no units", "-0.25")
    ta.mark("bob", item=str(number))

    assert by_hand(course, "bob").points == Decimal("0.75")
    assert by_hand(course, "bob").reason == "Axes have no units (−0.25)"


def test_full_points_need_no_words(ta, course):
    ta.mark("ada", points="1")

    assert by_hand(course, "ada").reason == "all that was asked for is there"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "expected points or an item"),
        ({"points": "2"}, "expected 0 to 1 points"),
        ({"points": "nan"}, "expected 0 to 1 points"),
        ({"points": "0.5"}, "reason: expected 1 to 2000 characters"),
        ({"item": "77"}, "expected items of style"),
        ({"points": "1", "key": ""}, "expected a page of this desk"),
    ],
)
def test_what_cannot_be_a_mark_is_said_and_nothing_is_recorded(ta, course, fields, words):
    answer = ta.mark("ada", status=422, **fields)

    assert words in text_of(answer.text)
    assert by_hand(course, "ada") is None


def test_an_item_that_was_begun_when_enter_was_pressed_is_kept_and_chosen(ta, desk):
    fields = {"words": "Figures too small", "worth": "-0.5", "code": ta.code("ada"), "criterion": "style"}
    answer = ta.post(f"/mark/style/{ta.code('ada')}", base=ta.base("ada"), **fields)

    assert [one.words for one in desk.roll.items().values()] == ["Figures too small"]
    assert "on=1" in answer.headers["location"]


def test_the_second_of_two_tas_sees_both_marks_and_decides(ta, another, course):
    seen = another.base("ada")
    ta.mark("ada", points="0.25", remark="the first")

    answer = another.post(f"/mark/style/{ta.code('ada')}", 409, base=seen, points="0.75", remark="the second")
    assert by_hand(course, "ada").reason == "the first"
    words = text_of(answer.text)
    assert "0.25 of 1" in words
    assert "A. Kay" in words
    assert "0.75 of 1" in words

    another.mark("ada", points="0.75", remark="the second")
    assert (by_hand(course, "ada").reason, by_hand(course, "ada").previous_author) == ("the second", TA)


def test_two_tas_on_two_criteria_of_one_student_do_not_meet(ta, another, course):
    style, value = ta.base("bob"), another.base("bob", "value")
    ta.post(f"/mark/style/{ta.code('bob')}", base=style, points="1")
    another.post(f"/mark/value/{ta.code('bob')}", base=value, points="3", remark="the idea is right")

    assert course.json("bob")["points"] == 6.0


def test_a_regrade_that_changed_the_finding_meanwhile_is_shown_first(ta, course):
    from tiny_course import MANUAL, write_course

    from grader.batch.regrade import regrade_one

    seen = ta.base("bob", "value")
    reference = course.reference
    course.reference = course.out.parent / "reference"
    write_course(course.reference, points="6", more=(MANUAL,))
    course.rewrite(regrade_one)
    course.reference = reference

    ta.post(f"/mark/value/{ta.code('bob')}", 409, base=seen, points="3", remark="x")


def test_the_same_click_twice_counts_once(ta, course):
    base = ta.base("ada")
    for _ in range(2):
        ta.post(f"/mark/style/{ta.code('ada')}", base=base, points="1", key="abcdefgh12")

    marks = [entry for entry in course_audit(course) if entry.action == "marked by hand"]
    assert len(marks) == 1


def course_audit(course):
    from grader.gradebook.store import Gradebook

    with Gradebook(course.out / "gradebook.sqlite") as book:
        return book.audit()


def test_marks_by_command_sheet_and_desk_are_the_same_grade(ta, course, tmp_path):
    import shutil

    twin = type(course).__new__(type(course))
    twin.reference, twin.submissions, twin.out = course.reference, course.submissions, tmp_path / "twin"
    shutil.copytree(course.out, twin.out)
    load = partial(load_assignment, root=course.reference)
    given = [Given("bob", "style", "0.5", "fine"), Given("bob", "value", "2", "half")]
    mark_batch(twin.out, load, Quiet(), lambda *_: given, author=TA, pdf=False, now=ta.desk.recorder.clock())

    ta.mark("bob", points="0.5", remark="fine")
    ta.mark("bob", "value", points="2", remark="half")

    mine, theirs = course.json("bob"), twin.json("bob")
    for one in (mine, theirs):
        for mark in one["marks"]:
            mark.get("by_hand", {}).pop("at", None)
    assert mine == theirs


def test_a_sheet_that_was_exported_before_a_mark_on_the_desk_is_refused_for_that_row_and_later_ones_agree(ta, course):
    def sheet():
        return write_sheet(ta.desk.roll.batch, list(course.stored().values()), course.assignment)

    old = sheet()
    ta.mark("ada", points="0.5", remark="short")
    present = {one.folder: one for one in course.stored().values()}
    changed = "\n".join(
        line.replace(",1,,,", ",1,1,other,", 1) if line.startswith("ada,") else line for line in old.splitlines()
    )

    with pytest.raises(Exception, match="marked by somebody meanwhile"):
        read_sheet(changed, ta.desk.roll.batch, present)
    assert read_sheet(sheet(), ta.desk.roll.batch, present) == []
    assert ",1,0.5,short," in sheet()


def test_a_mark_by_command_appears_on_the_open_desk(ta, course):
    load = partial(load_assignment, root=course.reference)
    mark_batch(
        course.out, load, Quiet(), lambda *_: [Given("ada", "style", "1", "from the shell")], author="Zed", pdf=False
    )

    assert "from the shell" in ta.get(f"/mark/style/{ta.code('ada')}")


def test_the_table_and_files_are_brought_up_to_date_where_a_desk_was_stopped_before_it_could(
    ta, desk, course, monkeypatch
):
    monkeypatch.setattr(type(desk.recorder), "_write", lambda *_: None)
    ta.mark("ada", points="1")
    assert course.json("ada")["points"] is None

    assert desk.bring_up_to_date() == 1
    assert course.json("ada")["points"] == 7.0
    assert course.rows()["ada"]["style"] == "1.0"


def test_another_program_that_works_in_the_folder_is_waited_for_and_said(ta, desk, course, monkeypatch):
    monkeypatch.setattr("grader.desk.recording.WAIT_S", 0.01)
    base = ta.base("ada")
    with desk.results.locked():
        answer = ta.post(f"/mark/style/{ta.code('ada')}", 503, base=base, points="1")

    assert "Nothing was recorded" in text_of(answer.text)


def test_an_author_without_a_name_is_asked_for_one(desk):
    from desks import Client

    assert "Who marks?" in Client(desk).get("/")


def test_items_of_marks_are_checked_without_a_page(desk):
    item(desk, "words", -1)
    with pytest.raises(CannotRecord, match="expected points or an item"):
        desk.recorder.record([decision(desk, "ada")], TA, "12345678")
