"""The desk's pages: overview, queue, marking, items, comments, search."""

from __future__ import annotations

from desks import text_of


def test_the_overview_says_how_far_marking_is(ta):
    words = text_of(ta.get("/"))

    assert "0 of 4 marks of the criteria that people look at are there" in words
    assert "Reads well" in words


def test_a_mark_is_recorded_and_the_next_open_one_opens(ta, course):
    answer = ta.mark("ada", points="0.5", remark="clear, too long")

    assert course.stored()["ada"].grade.marks[-1].by_hand.reason == "clear, too long"
    assert answer.headers["location"].startswith("/mark/style/")
    assert ta.code("ada") not in answer.headers["location"]
    assert course.json("ada")["points"] == 6.5
