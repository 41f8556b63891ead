"""Documents that no page shows: they are named beside the work, and fetched as they were handed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desks import TA, Client, open_desk, text_of
from tiny_course import MANUAL, Course, write_course

WORD = b"PK\x03\x04 with <script>alert(1)</script>"


@pytest.fixture
def ta(tmp_path) -> Iterator[Client]:
    course = Course(tmp_path)
    write_course(course.reference, more=(MANUAL,))
    course.submit(ada="14")
    (course.submissions / "ada" / "über.docx").write_bytes(WORD)
    (course.submissions / "ada" / "plot.png").write_bytes(b"\x89PNG")
    course.grade()
    with open_desk(course) as desk:
        yield Client(desk, TA)


def test_a_word_document_is_named_and_fetched_and_never_shown(ta):
    page = ta.get(f"/mark/style/{ta.code('ada')}")
    answer = ta.http.get(f"/file/{ta.code('ada')}/1")

    assert "über.docx not shown here" in text_of(page)
    assert f'href="/file/{ta.code("ada")}/1"' in page
    assert '<option value="1">' not in page
    assert answer.content == WORD
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%BCber.docx"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("place", ["2", "-1", "x", "0000001"])
def test_no_other_file_is_fetched(ta, place):
    ta.get(f"/file/{ta.code('ada')}/{place}", status=404)


def test_a_comment_is_for_what_lines_or_pages_show(tmp_path):
    course = Course(tmp_path)
    write_course(course.reference, more=(MANUAL,))
    (course.submissions / "ada").mkdir(parents=True)
    (course.submissions / "ada" / "report.docx").write_bytes(WORD)
    course.submit(bob="14")
    course.grade()

    with open_desk(course) as desk:
        ta = Client(desk, TA)
        assert "Comment at a place" not in ta.get(f"/mark/style/{ta.code('ada')}")
        assert "Comment at a place" in ta.get(f"/mark/style/{ta.code('bob')}")
