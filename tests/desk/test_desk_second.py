"""Second marks and regrade requests on the desk."""

from __future__ import annotations

from desks import text_of

from grader.gradebook.request_records import Request, insert_request
from grader.moderation import double_marks, draw


def test_a_second_mark_is_given_without_sight_of_the_first_and_changes_no_grade(ta, another, desk, course):
    ta.mark("ada", points="0.25", remark="much too long")
    draw(desk.roll.book, author="A. Kay", seed=0, each=5)

    assert "Nothing." in text_of(ta.get("/second"))  # nobody marks their own a second time
    address = f"/second/style/{ta.code('ada')}"
    assert address in another.get("/second")
    page = text_of(another.get(address))
    assert "ada" in page
    for told in ("0.25", "much too long", "A. Kay"):
        assert told not in page
    assert ta.http.get(address).status_code == 404
    assert "students do not read it" in page

    another.post(address, points="0.75", remark="fine")
    assert [(one.first_share, one.second_share) for one in double_marks(desk.roll.book)] == [(0.25, 0.75)]
    assert course.json("ada")["points"] == 6.25
    assert "1 marks given twice" in text_of(another.get("/second"))


def test_no_link_leads_from_a_second_mark_to_who_has_which_points(ta, another, desk):
    item = ta.new_item("Names are hard to read", "-0.5")
    ta.mark("ada", item=str(item))
    draw(desk.roll.book, author="A. Kay", seed=0, each=5)

    page = another.get(f"/second/style/{ta.code('ada')}")

    assert "Names are hard to read" in page
    assert "/item/" not in page


def test_marks_are_drawn_on_the_page(ta, another):
    ta.mark("ada", points="1")
    ta.post("/second", seed="3")

    assert ta.code("ada") in another.get("/second")


def asked(desk, student="bob", criterion="value"):
    with desk.roll.book.transaction() as connection:
        insert_request(
            connection, Request(0, student, criterion, "Look <b>again</b>", "2026-11-09T10:00:00Z", None), "T"
        )


def test_a_request_is_answered_with_a_mark_in_one_go(ta, desk, course):
    asked(desk)
    assert "bob: Doubles" in text_of(ta.get("/requests"))
    page = ta.get("/request/1")
    assert "Look &lt;b&gt;again&lt;/b&gt;" in page
    base = page.partition('name="base" value="')[2].partition('"')[0]

    ta.post("/request/1", 422, base=base, words="", points="2")
    ta.post("/request/1", base=base, words="The idea is right", points="2")
    assert course.stored()["bob"].grade.marks[0].by_hand.reason == "The idea is right"
    [request] = course.stored()["bob"].requests
    assert (request.answer.words, request.answer.points) == ("The idea is right", 2)
    assert ta.post("/request/1", 409, base=base, words="Again", points="3")


def test_a_request_is_answered_without_points_once_for_each_click(ta, desk, course):
    asked(desk)
    for _ in range(2):
        ta.post("/request/1", base="", words="It stays", key="the-same-click")

    assert course.stored()["bob"].grade.marks[0].by_hand is None
    with desk.roll.book.reading() as connection:
        assert connection.execute("SELECT count(*) FROM answer").fetchone()[0] == 1
    assert "It stays" in ta.get("/requests")
