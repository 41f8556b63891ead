"""Comments at a line, a cell and a part of a page: kept with their place, shown there in the student's report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from desks import text_of
from report_pages import page_of_report

from grader.desk.comments import Where, place_of
from grader.desk.recording import CannotRecord
from grader.desk.works import Kept
from grader.gradebook.desk_records import Comment, CommentPlace
from grader.report.student.remarks import exhibit_of, part_of_page

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "source": "import torch\n"},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2\n", "z = x\n", "w = 4"]},
    ]
}
NOBODY = ("", "", "", "")


@pytest.fixture
def kept(tmp_path: Path) -> list[Kept]:
    files = {"hw.ipynb": json.dumps(NOTEBOOK).encode(), "net.py": b"a = 1\nb = 2\n", "report.pdf": b"%PDF-"}
    kinds = {"hw.ipynb": "notebook", "net.py": "code", "report.pdf": "pdf"}
    found = []
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        found.append(Kept(name, kinds[name], tmp_path / name, name))
    return found


def test_a_line_of_a_cell_is_kept_with_the_lines_about_it(kept):
    place = place_of(Where("0", "2", "3", "", NOBODY), kept)

    assert (place.kind, place.path, place.cell, place.line, place.first) == ("line", "hw.ipynb", 2, 3, 1)
    assert place.lines == ("x = 1", "y = 2", "z = x", "w = 4")


def test_a_cell_a_file_and_a_part_of_a_page_are_places_too(kept):
    assert place_of(Where("0", "1", "", "", NOBODY), kept).kind == "cell"
    assert place_of(Where("1", "", "2", "", NOBODY), kept).lines == ("a = 1", "b = 2")
    region = place_of(Where("2", "", "", "3", ("60", "10.5", "20", "40")), kept)
    assert (region.page, region.box) == (3, (0.2, 0.105, 0.6, 0.4))
    assert place_of(Where("2", "", "", "1", NOBODY), kept).box == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "where",
    [
        Where("9", "", "1", "", NOBODY),
        Where("", "", "1", "", NOBODY),
        Where("0", "7", "1", "", NOBODY),
        Where("0", "2", "99", "", NOBODY),
        Where("1", "", "0", "", NOBODY),
        Where("2", "", "", "", NOBODY),
        Where("2", "", "", "1", ("left", "", "", "")),
    ],
)
def test_a_place_that_is_not_there_is_refused(kept, where):
    with pytest.raises(CannotRecord):
        place_of(where, kept)


def test_a_comment_is_kept_once_shown_at_its_line_and_can_be_taken_back(ta, course):
    address = f"/comment/style/{ta.code('ada')}"
    (course.out / "ada/feedback.pdf").write_bytes(b"older")
    for _ in range(2):
        ta.post(address, file="0", line="2", words="Why <b>14</b>?", key="twice-the-same")

    [comment] = course.stored()["ada"].comments
    assert (comment.words, comment.author, comment.place.line) == ("Why <b>14</b>?", "A. Kay", 2)
    assert not (course.out / "ada/feedback.pdf").exists()
    page = ta.get(f"/mark/style/{ta.code('ada')}")
    assert "Why &lt;b&gt;14&lt;/b&gt;?" in page

    ta.post(f"{address}/{comment.id}/remove")
    assert course.stored()["ada"].comments == ()
    assert (
        "Why"
        not in text_of(ta.get(f"/mark/style/{ta.code('ada')}")).partition("The work")[2].partition("Comment at")[0]
    )


def test_a_comment_stays_when_the_work_is_marked_or_graded_again_and_not_on_new_work(ta, course):
    ta.post(f"/comment/style/{ta.code('ada')}", file="0", line="1", words="Good name")
    ta.mark("ada", points="1")
    assert [one.words for one in course.stored()["ada"].comments] == ["Good name"]


def test_a_comment_reads_as_lines_with_the_words_at_the_line_or_above_if_they_are_long():
    place = CommentPlace("line", "hw.py", line=5, first=4, lines=("a", "b", "c"))
    comment = Comment(1, "style", place, "Too clever", "A. Kay", "")

    short, long = exhibit_of(comment, "Reads well"), exhibit_of(replace(comment, words="x" * 100), "Reads well")
    assert [(one.line, one.text) for one in short.remarks] == [(5, "Too clever")]
    assert (short.caption, short.first, short.code) == ("", 4, "a\nb\nc")
    assert (long.caption, long.remarks[0].text) == ("x" * 100, "here")


def test_a_comment_on_a_page_reads_as_the_words_there():
    place = CommentPlace("region", "report.pdf", page=2, box=(0.0, 0.0, 0.4, 0.2), lines=("Deep nets are hard.",))
    quote = exhibit_of(Comment(1, "style", place, "Why?", "A. Kay", ""), "Reads well")

    assert quote.source == "report.pdf, page 2, upper part, left"
    assert quote.passages[0].text == "Deep nets are hard."
    assert part_of_page((0, 0, 1, 1)) == "whole page"
    assert part_of_page((0.6, 0.4, 0.95, 0.6)) == "middle, right"


def test_the_students_report_shows_comments_at_their_places(ta, course):
    ta.post(f"/comment/style/{ta.code('ada')}", file="0", line="2", words="Why 14?")
    html = page_of_report(course, "ada")

    assert "Comments on your work" in html
    assert "Why 14?" in html
    assert 'class="cl hit"' in html
