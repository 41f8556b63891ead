"""Columns of a table on paper: as wide as their words, all of the page together."""

from __future__ import annotations

import pytest

from grader.report.cohort.column_widths import column_widths
from grader.report.figures.style import WIDTH, text_width


def widths(*columns: tuple[str, ...]) -> list[float]:
    """In points."""
    return [width * WIDTH / 100 for width in column_widths(columns, 7.3, 8.6)]


def needs(text: str) -> float:
    return text_width(text, 7.3, bold=True) + 8.6


@pytest.mark.parametrize(
    "columns",
    [
        (("1",), ("Ada",), ("8",), ("nothing",), ("",)),
        (("200",), ("Ada " * 40,), ("10.5 ?",), ("A −0.5, " * 40,), ("late",)),
        (("1",), ("Wolfeschlegelsteinhausenbergerdorff" * 2,), ("8",), ("A −1, B −1",), ("open: A",)),
    ],
)
def test_together_they_are_the_page_and_no_word_sticks_out(columns):
    given = widths(*columns)

    assert sum(given) == pytest.approx(WIDTH)
    assert all(
        width >= needs(word)
        for width, texts in zip(given, columns, strict=True)
        for text in texts
        for word in text.split()
    )


def test_what_fits_on_one_line_stays_on_one():
    columns = (("7",), ("Grace Fernández-López",), ("13.5",), ("A −0.5, B −0.5",), ("late −0.5",))

    assert all(width >= needs(texts[0]) for width, texts in zip(widths(*columns), columns, strict=True))


def test_the_longest_column_gives_way_and_not_the_short_ones():
    name, lost, note = widths(("Ada Lovelace",), ("A −0.5, " * 60,), ("late −0.5",))

    assert name >= needs("Ada Lovelace")
    assert note >= needs("late −0.5")
    assert lost < needs("A −0.5, " * 60)
