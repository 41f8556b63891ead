"""Figures of the class report: how points and times are distributed, how each criterion came out."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from grader.finding import Outcome
from grader.report.figures import style as look
from grader.report.figures.axis import nice_ticks, number
from grader.report.figures.drawing import Drawing, Point
from grader.report.page import text

DOTS = 30  # more students than this in one bin are drawn as a bar
BINS = 40
NAME_CHARACTERS = 44
ROW, BAR = 17.0, 12.0
BOTTOM, KEY = 31.0, 20.0

# Dark, light, hatched and empty: told apart without colour.
FILLS = {
    Outcome.PASSED: ("met", "#0b4f8a", "white", "#0b4f8a"),
    Outcome.PARTIAL: ("partly", "#bcd4e8", look.INK, "#bcd4e8"),
    Outcome.FAILED: ("missing", "#fbe3d3", look.INK, look.ORANGE),
    Outcome.UNGRADED: ("for a person", "#ffffff", look.INK, look.MUTED),
}
# Dark is points lost, lighter step by step in grey too: the page's ink marks what matters.
HEAT = ("#5c1207", "#8f2a0d", "#b8501f", "#d97b44", "#eda878", "#f7cfae", "#fbe6d3", "#fdf3e8", "#fffdf9")


def distribution_svg(values: Sequence[float], most: float, median: float, x_label: str) -> bytes:
    """One dot a student where the points are, close ones stacked at their mean; bars if a stack gets very high."""
    bins: dict[int, list[float]] = {}
    for value in values:
        bins.setdefault(min(int(value / most * BINS + 1e-9), BINS - 1), []).append(value)
    highest = max(map(len, bins.values()))
    left, top, width, height = 34.0, 6.0, look.WIDTH - 42, 92.0
    drawing, bottom, room = Drawing(look.WIDTH, top + height + BOTTOM), top + height, max(highest * 1.18, 5.0)
    for count in nice_ticks(0, room, whole=True, count=4):
        y = bottom - count / room * height
        drawing.line(((left, y), (left + width, y)), look.GRID, 0.6)
        drawing.text(left - 5, y, f"{count:.0f}", look.SMALL, look.INK, anchor="end")
    step = width / BINS
    for place, held in sorted(bins.items()):
        middle = statistics.mean(held) / most * width if highest <= DOTS else (place + 0.5) * step
        _column(drawing, (left + middle - step / 2, bottom), step, len(held), height / room, dots=highest <= DOTS)
    drawing.line(((left, top), (left, bottom), (left + width, bottom)), look.RULE, 0.7)
    for tick in nice_ticks(0, most, whole=False, count=10):
        x = left + tick / most * width
        drawing.text(x, bottom + 9, number(round(tick, 2)), look.SMALL, look.INK, anchor="middle")
    _median(drawing, left + median / most * width, (top, bottom), median)
    drawing.text(left + width / 2, bottom + 24, x_label, look.NORMAL, look.INK, anchor="middle")
    drawing.text(5, top + height / 2, "students", look.NORMAL, look.INK, anchor="middle", turn=-90)
    return drawing.svg()


def _column(drawing: Drawing, foot: Point, step: float, count: int, unit: float, *, dots: bool) -> None:
    x, bottom = foot
    if dots:
        size = min(6.0, unit * 0.86, step * 0.9)
        places = [(x + step / 2, bottom - (i + 0.5) * unit) for i in range(count)]
        drawing.marks(places, "circle", size - 0.9, look.BLUE, look.BLUE)
    else:
        drawing.box(x + step * 0.1, bottom - count * unit, step * 0.8, count * unit, fill=look.BLUE)


def _median(drawing: Drawing, x: float, span: tuple[float, float], median: float) -> None:
    drawing.line(((x, span[0]), (x, span[1])), look.ORANGE, 1.2)
    words, colour = f"median {number(round(median, 2))}", look.READABLE[look.ORANGE]
    anchor, side = ("end", -4) if x > 120 else ("start", 4)
    drawing.text(x + side, span[0] + 4, words, look.SMALL, colour, anchor=anchor, bold=True)


def outcomes_svg(rows: Sequence[tuple[str, Counter[Outcome]]]) -> bytes:
    """A stacked bar for each criterion: the share of students by outcome, with their numbers."""
    names, left = _names(rows)
    width, bottom = look.WIDTH - left - 10, KEY + ROW * len(rows)
    drawing = Drawing(look.WIDTH, bottom + BOTTOM)
    for i, (name, (_, counts)) in enumerate(zip(names, rows, strict=True)):
        y = KEY + (i + 0.5) * ROW
        drawing.text(left - 5, y, name, look.SMALL, look.INK, anchor="end")
        _stack(drawing, counts, (left, y - BAR / 2), width)
    drawing.line(((left, KEY), (left, bottom), (left + width, bottom)), look.RULE, 0.7)
    for share in range(0, 101, 20):
        x = left + share / 100 * width
        drawing.text(x, bottom + 9, str(share), look.SMALL, look.INK, anchor="middle")
    drawing.text(left + width / 2, bottom + 24, "% of students", look.NORMAL, look.INK, anchor="middle")
    for outcome, (name, *_) in FILLS.items():
        _fill(drawing, outcome, (left, 3.5), 10, 7)
        drawing.text(left + 14, 7, name, look.SMALL, look.INK)
        left += 14 + look.text_width(name, look.SMALL) + 14
    return drawing.svg()


def _names(rows: Sequence[tuple[str, object]]) -> tuple[list[str], float]:
    names = [text.label(name, NAME_CHARACTERS) for name, _ in rows]
    return names, 8 + max(look.text_width(name, look.SMALL) for name in names)


def _stack(drawing: Drawing, counts: Counter[Outcome], corner: Point, width: float) -> None:
    x, y = corner
    for outcome, (_, fill, ink, _) in FILLS.items():
        share = counts[outcome] / (counts.total() or 1) * width
        if not share:
            continue
        _fill(drawing, outcome, (x, y), share, BAR)
        words = str(counts[outcome])
        room = look.text_width(words, look.SMALL, bold=True) + 4
        if share > room:
            if outcome is Outcome.FAILED:
                drawing.box(x + (share - room) / 2, y + 1.6, room, BAR - 3.2, fill=fill)
            drawing.text(x + share / 2, y + BAR / 2, words, look.SMALL - 0.4, ink, anchor="middle", bold=True)
        x += share


def _fill(drawing: Drawing, outcome: Outcome, corner: Point, width: float, height: float) -> None:
    _, fill, _, edge = FILLS[outcome]
    dashes = (2, 1.2) if outcome is Outcome.UNGRADED else ()
    drawing.box(*corner, width, height, fill=fill, edge=edge, dashes=dashes)
    if outcome is Outcome.FAILED:
        drawing.hatch(*corner, width, height, edge)


def heat_svg(rows: Sequence[tuple[str, Sequence[float | None]]]) -> bytes:
    """Criteria × students: the darker, the more points lost; a line through what is open.

    Each row holds a share between 0 and 1 for each student, None while it is open.
    """
    names, left = _names(rows)
    students = max(1, len(rows[0][1]))
    width, row, top = look.WIDTH - left - 8, 15.0, KEY
    step, bottom = width / students, top + row * len(rows)
    drawing = Drawing(look.WIDTH, bottom + BOTTOM)
    cells: dict[int | None, list[tuple[float, float, float, float]]] = {}
    for i, (name, (_, shares)) in enumerate(zip(names, rows, strict=True)):
        drawing.text(left - 5, top + (i + 0.5) * row, name, look.SMALL, look.INK, anchor="end")
        for first, last, level in _stretches(shares):
            cells.setdefault(level, []).append((left + first * step, top + i * row, (last - first) * step, row))
    for level, boxes in sorted(cells.items(), key=lambda item: -1 if item[0] is None else item[0]):
        if level is None:
            drawing.lines((((x, y + h / 2), (x + w, y + h / 2)) for x, y, w, h in boxes), look.MUTED, 0.9)
        else:
            drawing.boxes(boxes, HEAT[level])
    edges = ((left, top + i * row) for i in range(1, len(rows)))
    drawing.lines((((x, y), (x + width, y)) for x, y in edges), "white", 0.8)
    drawing.box(left, top, width, row * len(rows), edge=look.RULE, line=0.6)
    for place, tick in _student_ticks(students):
        drawing.text(left + place * step, bottom + 9, tick, look.SMALL, look.INK, anchor="middle")
    words = "students, fewest points on the left"
    drawing.text(left + width / 2, bottom + 24, words, look.NORMAL, look.INK, anchor="middle")
    _heat_key(drawing, left)
    return drawing.svg()


def _stretches(shares: Sequence[float | None]) -> list[tuple[int, int, int | None]]:
    """(first, end, shade) of neighbours of one shade: a few wide boxes instead of many narrow ones."""
    levels = [None if share is None else min(len(HEAT) - 1, int(share * len(HEAT))) for share in shares]
    starts = [i for i in range(len(levels)) if i == 0 or levels[i] != levels[i - 1]]
    return [(start, end, levels[start]) for start, end in zip(starts, [*starts[1:], len(levels)], strict=True)]


def _student_ticks(students: int) -> list[tuple[float, str]]:
    """Where whole numbers of students stand, the first and the last at least."""
    ticks = [tick for tick in nice_ticks(1, students, whole=True, count=8) if tick < students * 0.96]
    return [(tick - 0.5, f"{tick:.0f}") for tick in (*ticks, students)]


def _heat_key(drawing: Drawing, left: float) -> None:
    drawing.text(left, 7, "no points", look.SMALL, look.INK)
    x = left + look.text_width("no points", look.SMALL) + 5
    for i, colour in enumerate(HEAT):
        drawing.box(x + 11 * i, 2.5, 11, 9, fill=colour)
    drawing.box(x, 2.5, 11 * len(HEAT), 9, edge=look.RULE, line=0.6)
    x += 11 * len(HEAT) + 5
    drawing.text(x, 7, "all points", look.SMALL, look.INK)
    x += look.text_width("all points", look.SMALL) + 16
    drawing.line(((x, 7), (x + 14, 7)), look.MUTED, 0.9)
    drawing.text(x + 18, 7, "open", look.SMALL, look.INK)
