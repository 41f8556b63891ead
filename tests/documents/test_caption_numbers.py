"""Numbers of captions: the next one, the first one, one that is given twice, and counting figures with tables."""

from __future__ import annotations

import pytest

from grader.documents import Box, Caption, disorder, follows

ROMANS = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]


def captions(*numbers: str, kind: str = "figure") -> list[Caption]:
    """One page each, unless a number begins with `=`: then on the page before."""
    found: list[Caption] = []
    for written in numbers:
        number = written.strip("=abcd")
        page = found[-1].page if written.startswith("=") and found else len(found) + 1
        box = Box(72, 100 + 20 * len(found), 400, 110 + 20 * len(found))
        part = written[-1] if written[-1] in "abcd" else ""
        found.append(Caption(kind, number, f"Figure {number}: Loss", page, box, part, "Loss", kind))
    return found


@pytest.mark.parametrize(
    "numbers",
    [
        ["1", "2", "3"],
        ["1.1", "1.2", "2.1"],
        ["2.1", "2.2", "4.1"],
        ["2-1", "2-2", "3-1"],
        ROMANS,
        ["1", "2", "A1", "A2"],
        ["1", "2", "A.1", "A.2", "B.1"],
        ["1a", "1b", "2"],
        ["=1a", "=1b", "=1c", "2"],
    ],
    ids=" ".join,
)
def test_these_are_in_order(numbers: list[str]):
    assert disorder(captions(*numbers)) == []


@pytest.mark.parametrize(
    ("numbers", "fault"),
    [
        (["2", "3"], "Figure 2 comes first, and there is no Figure 1"),
        (["1", "3"], "Figure 3 comes after Figure 1"),
        (["1.1", "1.3"], "Figure 1.3 comes after Figure 1.1"),
        (["1.1", "2.2"], "Figure 2.2 comes after Figure 1.1"),
        (["2.1", "1.1"], "Figure 1.1 comes after Figure 2.1"),
        (["I", "II", "IV"], "Figure IV comes after Figure II"),
        (["1", "2", "2"], "the number 2 is given to 2 figures"),
        (["1", "2", "1", "3"], "the number 1 is given to 2 figures"),
        (["1", "1", "1"], "the number 1 is given to 3 figures"),
        (["I", "II", "II"], "the number II is given to 2 figures"),
        (["1a", "1a"], "the number 1 is given to 2 figures"),
        (["=2", "=1"], "Figure 2 comes first, and there is no Figure 1"),
    ],
    ids=str,
)
def test_these_are_not_and_the_message_names_the_fault(numbers: list[str], fault: str):
    assert disorder(captions(*numbers))[0] == fault


def test_two_captions_beside_each_other_may_be_read_in_either_order():
    left, right = (
        Caption("figure", number, "", 1, box)
        for number, box in (("2", Box(60, 300, 280, 310)), ("1", Box(310, 100, 540, 110)))
    )

    assert disorder([left, right]) == []


def test_a_figure_that_goes_on_on_the_next_page_has_one_number():
    first, second = captions("1", "1")
    second = Caption("figure", "1", "Figure 1 (continued): Loss", 2, second.box)

    assert disorder([first, second]) == []


def test_a_caption_that_names_its_neighbours_figure_once_more_is_no_second_figure():
    first, again, other = captions("1", "1", "2")

    assert disorder([first, again, other], once_more=[again]) == []


def test_figures_and_tables_may_be_counted_together():
    one, three = captions("1", "3")
    two = captions("2", kind="table")[0]

    assert disorder([one, three], [one, two, three]) == []
    assert disorder([two], [one, two, three]) == []
    assert disorder([one, three], [one, three]) == ["Figure 3 comes after Figure 1"]


def test_charts_are_counted_on_their_own():
    figures, charts = captions("1", "2"), captions("1", "2")
    charts = [Caption("figure", one.number, one.text, 9, one.box, series="chart") for one in charts]

    assert disorder([*figures, *charts]) == []


@pytest.mark.parametrize(
    ("before", "after", "right"),
    [
        ("9", "10", True),
        ("IX", "X", True),
        ("XIX", "XX", True),
        ("1.9", "1.10", True),
        ("1.2", "2.1", True),
        ("2", "2.1", True),
        ("1", "A1", True),
        ("X", "XII", False),
        ("3", "3", False),
        ("2.1", "2.1", False),
    ],
)
def test_one_number_follows_another(before: str, after: str, right: bool):
    assert follows(before, after) is right
