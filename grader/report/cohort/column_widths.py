"""How wide the columns of a long table are, from the widths of its words; WeasyPrint would lay out each cell twice."""

from __future__ import annotations

from collections.abc import Sequence

from grader.report.figures.style import WIDTH, text_width

SPARE = 1.04  # digits of one width are a little wider than those that are measured


def column_widths(columns: Sequence[Sequence[str]], size: float, padding: float) -> list[float]:
    """Widths in percent of the page, all of it together, for columns of texts set at `size` points.

    Where not all texts fit on one line, the longest columns give way, down to their longest word.
    """
    wanted = [max(_width(text, size) for text in texts) + padding for texts in columns]
    words = [max(_width(word, size) for text in texts for word in text.split() or [""]) + padding for texts in columns]
    low, high = 0.0, max(wanted)
    for _ in range(30):  # the widest column that leaves room for the others
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_given(wanted, words, middle)) <= WIDTH else (low, middle)
    given = _given(wanted, words, high)
    return [100 * width / sum(given) for width in given]


def _width(text: str, size: float) -> float:
    return text_width(text, size, bold=True) * SPARE


def _given(wanted: Sequence[float], words: Sequence[float], most: float) -> list[float]:
    return [max(min(width, most), word) for width, word in zip(wanted, words, strict=True)]
