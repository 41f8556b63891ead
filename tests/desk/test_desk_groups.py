"""One decision for a group on the desk, and a student who is erased while it is open."""

from __future__ import annotations

import re

from desks import text_of

from grader.gradebook.erasing import erase_rows


def group_of(ta, student: str) -> str:
    """The address of the group that a student is in."""
    for address in re.findall(r'href="(/group/\w+)"', ta.get("/groups")):
        if f">{student}</a>" in ta.get(address):
            return address
    raise AssertionError(student)


def test_one_decision_marks_a_group_and_leaves_out_its_exceptions(ta, course):
    address = group_of(ta, "bob")
    assert f">{'cem'}</a>" in ta.get(address)

    fields = {"points": "50%", "reason": "sign error only", "except": ta.code("cem")}
    preview = ta.post(address, 200, step="preview", **fields)
    assert "Give 1 mark" in text_of(preview.text)
    assert course.json("bob")["points"] is None
    assert course.json("bob")["points_so_far"] == 2.0

    ta.post(address, step="apply", **fields)
    assert course.json("bob")["points_so_far"] == 4.0
    assert course.json("cem")["points_so_far"] == 2.0
    assert ta.post(address, 422, step="apply", **fields)


def test_a_group_whose_member_was_marked_meanwhile_is_refused(ta, another, course):
    address = group_of(ta, "bob")
    another.mark("cem", "value", points="4", remark="it is right")

    answer = ta.post(address, 422, step="apply", points="0", reason="wrong")
    assert "not the same any more" in text_of(answer.text)
    assert course.json("bob")["marks"][0].get("by_hand") is None


def test_names_are_hidden_in_groups_too(ta):
    ta.post("/settings", wishes="1", anonymous="1", back="/")

    assert "bob" not in ta.get("/groups")


def test_a_student_who_is_erased_is_gone_from_an_open_desk(ta, desk, course):
    assert "4 submissions" in text_of(ta.get("/"))
    erase_rows(course.out / "gradebook.sqlite", "dan", lambda words: words, "an admin")

    assert "3 submissions" in text_of(ta.get("/"))
    assert ta.http.get(f"/mark/style/{ta.code('dan')}").status_code == 404
