"""Rubric items: changed once for everybody who has them, after a preview; and who has them."""

from __future__ import annotations

from decimal import Decimal

from desks import decision, item, text_of

from grader.desk.items import item_points


def points(course, student):
    return course.stored()[student].grade.marks[-1].points


def test_an_item_is_changed_for_everybody_who_has_it_and_for_nobody_else(ta, course):
    number = ta.new_item("No units", "-0.25")
    for student in ("ada", "bob"):
        ta.mark(student, item=str(number), remark="see page 2" if student == "bob" else "")
    ta.mark("cem", item=str(number), points="0.9")
    ta.mark("dan", points="1")

    preview = ta.post(f"/item/{number}", 200, words="No units at all", worth="-0.5", step="preview")
    words = text_of(preview.text)
    assert "Change it for 3 students" in words
    assert "points given as a number: they stay" in words
    assert points(course, "ada") == Decimal("0.75")

    state = preview.text.partition('name="state" value="')[2].partition('"')[0]
    ta.post(f"/item/{number}", words="No units at all", worth="-0.5", step="apply", state=state)
    assert [points(course, one) for one in ("ada", "bob", "cem", "dan")] == [
        Decimal("0.5"),
        Decimal("0.5"),
        Decimal("0.9"),
        Decimal(1),
    ]
    mark = course.stored()["bob"].grade.marks[-1].by_hand
    assert mark.reason == "No units at all (−0.5); see page 2"
    assert mark.previous == Decimal("0.75")


def test_who_has_an_item_is_listed(ta):
    number = ta.new_item("No units", "-0.25")
    ta.mark("ada", item=str(number))

    words = text_of(ta.get(f"/item/{number}"))
    assert "ada 0.75 A. Kay" in words
    assert "bob" not in words


def test_a_preview_that_is_not_true_any_more_is_shown_again(ta, course):
    number = ta.new_item("No units", "-0.25")
    preview = ta.post(f"/item/{number}", 200, words="No units", worth="-1", step="preview")
    state = preview.text.partition('name="state" value="')[2].partition('"')[0]
    ta.mark("ada", item=str(number))

    answer = ta.post(f"/item/{number}", 409, words="No units", worth="-1", step="apply", state=state)
    assert "changed meanwhile" in text_of(answer.text)
    assert points(course, "ada") == Decimal("0.75")


def test_an_item_that_is_retired_stays_with_the_marks_that_have_it(ta, course):
    number = ta.new_item("No units", "-0.25")
    ta.mark("ada", item=str(number))
    preview = ta.post(f"/item/{number}", 200, words="No units", worth="-0.25", retired="1", step="preview")
    state = preview.text.partition('name="state" value="')[2].partition('"')[0]
    ta.post(f"/item/{number}", words="No units", worth="-0.25", retired="1", step="apply", state=state)

    assert "No units" in ta.get(f"/mark/style/{ta.code('ada')}")
    assert "No units" not in ta.get(f"/mark/style/{ta.code('bob')}")
    assert points(course, "ada") == Decimal("0.75")


def test_remarks_that_were_given_before_are_found_and_said_again(ta):
    ta.mark("ada", points="0.5", remark="The caption says nothing")

    assert "The caption says nothing" in ta.get("/suggest?criterion=style&remark=caption")
    assert "The caption says nothing" not in ta.get("/suggest?criterion=style&remark=axes")
    assert "The caption says nothing" in ta.get("/search?q=caption")


def test_points_of_an_item_are_read_as_people_write_them():
    assert [item_points(text) for text in ("-0,5", "−1", " 2 ", "", "0.250")] == [
        Decimal("-0.5"),
        Decimal(-1),
        Decimal(2),
        Decimal(0),
        Decimal("0.25"),
    ]


def test_a_new_item_is_made_once_for_each_click_and_chosen(ta, desk):
    for _ in range(2):
        answer = ta.post(
            "/items", words="No units", worth="-1", criterion="style", code=ta.code("ada"), key="samesame1", item="3"
        )

    assert len(desk.roll.items()) == 1
    assert "on=3" in answer.headers["location"]


def test_the_same_mark_can_be_made_again_by_code(desk):
    number = item(desk, "No units", -0.25)
    desk.recorder.record([decision(desk, "ada", items=(number,))], "T", "abcdefgh")

    [entry] = [one for one in desk.roll.now().values() if one.stored.grade.student == "ada"]
    assert entry.made_of["style"].items == (number,)
