"""What comes next, whose part is whose, and who has what open."""

from __future__ import annotations

from desks import TA, decision

from grader.desk import queue
from grader.desk.aside import HELD_S, Aside, Split, part_of
from grader.desk.queue import QueuePlace, Wish
from grader.desk.sitting import Sitting, as_cookie, changed, read

STUDENTS = ("ada", "bob", "cem", "dan")


def places(desk, **wish):
    split, ta = wish.pop("split", Split()), wish.pop("ta", TA)
    entries = desk.roll.now()
    found = queue.places(desk.assignment, entries, Wish(**wish), "style", split, ta)
    return [(entries[place.code].stored.grade.student, place.criterion) for place in found]


def test_random_is_the_same_for_all_and_every_time_and_not_by_name(desk, course):
    from desks import open_desk

    with open_desk(course) as other:
        assert places(desk) == places(other)
    assert sorted(places(desk)) == [(name, "style") for name in STUDENTS]
    assert places(desk, order="name") == [(name, "style") for name in STUDENTS]


def test_by_student_all_that_people_mark_of_one_comes_before_the_next(desk):
    desk.recorder.record([decision(desk, "bob", "value", points="1", remark="x")], TA, "12345678")
    found = places(desk, by="student", order="name")

    assert found[:4] == [("ada", "value"), ("ada", "style"), ("bob", "value"), ("bob", "style")]


def test_alike_puts_those_with_the_same_finding_beside_each_other(desk):
    entries = desk.roll.now()
    found = [entry.stored.grade.student for entry in queue.ordered(entries, "alike", "value")]

    assert {frozenset(found[:2]), frozenset(found[2:])} == {frozenset(("ada", "dan")), frozenset(("bob", "cem"))}


def test_parts_are_disjoint_and_together_all_by_students_and_by_criteria(desk):
    entries = desk.roll.now()
    for by in ("students", "criteria"):
        split = Split(by, ("A", "B", "C"))
        shares = [queue.share(desk.assignment, entries, split, name) for name in split.names]
        assert sum(map(len, shares)) == len(frozenset().union(*shares)) == 4
    assert part_of(["a", "b", "c"], ("A", "B"), "somebody else") == {"a", "b", "c"}


def test_my_part_only_leaves_out_what_is_anothers(desk):
    split = Split("students", (TA, "B"))
    mine, others = places(desk, mine=True, split=split), places(desk, mine=True, split=split, ta="B")

    assert len(mine) == len(others) == 2
    assert not set(mine) & set(others)
    assert len(places(desk, split=split)) == 4


def test_the_next_open_one_begins_again_at_the_end_and_passes_by_what_others_hold(desk):
    entries = desk.roll.now()
    line = [QueuePlace("style", desk.roll.code(name)) for name in STUDENTS]

    assert queue.next_open(line, entries, line[3]) == line[0]
    assert queue.next_open(line, entries, line[0], {line[1]}) == line[2]
    assert queue.next_open(line, entries, line[0], set(line)) == line[1]  # better two at one than none

    for name in STUDENTS:
        desk.recorder.record([decision(desk, name, points="1")], TA, f"key of {name}")
    assert queue.next_open(line, desk.roll.now(), line[0]) is None


def test_progress_counts_the_class_and_each_person(desk, ta):
    ta.mark("ada", points="1")

    entries = desk.roll.now()
    assert queue.progress(entries, [QueuePlace("style", code) for code in entries]) == queue.QueueProgress(1, 4)
    assert queue.counts_of(entries) == {TA: 1}
    page = ta.get("/")
    assert "1 of 4 marks" in page


def test_a_place_is_held_for_a_minute_and_by_one_page_of_a_browser(tmp_path):
    now = [0.0]
    aside = Aside(tmp_path, lambda: now[0])

    assert aside.hold("style/x", "session-a", "Ada") == []
    assert aside.hold("style/x", "session-b", "Bob") == ["Ada"]
    assert aside.held("session-b") == {"style/x": "Ada"}
    assert aside.hold("style/y", "session-a", "Ada") == []
    assert aside.held("session-b") == {"style/y": "Ada"}
    now[0] = HELD_S + 1
    assert aside.held("session-b") == {}
    aside.close()


def test_two_desks_on_one_folder_see_who_has_what_open_and_how_work_is_split(tmp_path):
    first, second = Aside(tmp_path), Aside(tmp_path)
    first.hold("style/x", "session-a", "Ada")
    first.set_split(Split("criteria", ("Ada", "Bob")))

    assert second.held("session-b") == {"style/x": "Ada"}
    assert second.split() == Split("criteria", ("Ada", "Bob"))
    first.close()
    second.close()


def test_a_cookie_that_makes_no_sense_is_as_none():
    for cookie in ("", "x", "[1]", "%7B%22order%22%3A%22evil%22%2C%22name%22%3A7%7D"):
        found = read(cookie)
        assert (found.name, found.order, found.by) == ("", "random", "criterion")
    kept = changed(Sitting("Ada", session="0123456789"), {"order": "alike", "anonymous": "1"})
    assert read(as_cookie(kept)) == kept
