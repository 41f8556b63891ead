"""Figures of the class report: how points are distributed, and how each criterion came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from grader.finding import Outcome
from grader.report import figure_style as look
from grader.report import text
from grader.report.axis import nice_ticks, number
from grader.report.drawing import Drawing

DOTS = 30  # more students than this in one bin are drawn as a bar
BINS = 40
NAME_CHARACTERS = 44
ROW, BAR = 17.0, 12.0
BOTTOM, KEY = 31.0, 20.0

# Dark, light, hatched and empty: told apart without colour.
FILLS = {
    Outcome.PASSED: ("passed", "#0b4f8a", "white", "#0b4f8a"),
    Outcome.PARTIAL: ("partly", "#bcd4e8", look.INK, "#bcd4e8"),
    Outcome.FAILED: ("failed", "#fbe3d3", look.INK, look.ORANGE),
    Outcome.UNGRADED: ("needs a person", "#ffffff", look.INK, look.MUTED),
}


def distribution_svg(points: Sequence[float], possible: float, median: float) -> bytes:
    """One dot a student in bins of a fortieth of the points possible; bars if a bin holds very many."""
    bins = Counter(min(int(value / possible * BINS + 1e-9), BINS - 1) for value in points)
    highest = max(bins.values())
    left, top, width, height = 34.0, 6.0, look.WIDTH - 42, 106.0
    drawing = Drawing(look.WIDTH, top + height + BOTTOM)
    bottom, room = top + height, max(highest * 1.18, 5.0)
    counts = [count for count in nice_ticks(0, room, whole=True, count=4) if count]
    for count in (0, *counts):
        y = bottom - count / room * height
        drawing.line(((left, y), (left + width, y)), look.GRID, 0.6)
        drawing.text(left - 5, y, f"{count:.0f}", look.SMALL, look.INK, anchor="end")
    step = width / BINS
    if highest > DOTS:
        for place, count in sorted(bins.items()):
            tall = count / room * height
            drawing.box(left + (place + 0.1) * step, bottom - tall, step * 0.8, tall, fill=look.BLUE)
    else:
        size = min(6.0, height / room * 0.86)
        for place, count in sorted(bins.items()):
            x = left + (place + 0.5) * step
            dots = [(x, bottom - (i + 0.5) / room * height) for i in range(count)]
            drawing.marks(dots, "circle", size - 0.9, look.BLUE, look.BLUE)
    drawing.line(((left, top), (left, bottom), (left + width, bottom)), look.RULE, 0.7)
    for tick in nice_ticks(0, possible, whole=False, count=10):
        x = left + tick / possible * width
        drawing.text(x, bottom + 9, number(round(tick, 2)), look.SMALL, look.INK, anchor="middle")
    _median(drawing, left + median / possible * width, (top, bottom), median)
    drawing.text(left + width / 2, bottom + 24, "points", look.NORMAL, look.INK, anchor="middle")
    drawing.text(5, top + height / 2, "students", look.NORMAL, look.INK, anchor="middle", turn=-90)
    return drawing.svg()


def _median(drawing: Drawing, x: float, span: tuple[float, float], median: float) -> None:
    drawing.line(((x, span[0]), (x, span[1])), look.ORANGE, 1.2)
    words, colour = f"median {number(round(median, 2))}", look.READABLE[look.ORANGE]
    anchor, side = ("end", -4) if x > 120 else ("start", 4)
    drawing.text(x + side, span[0] + 4, words, look.SMALL, colour, anchor=anchor, bold=True)


def outcomes_svg(rows: Sequence[tuple[str, Counter[Outcome]]]) -> bytes:
    """A stacked bar for each criterion: the share of students by outcome, with their numbers."""
    names = [text.label(name, NAME_CHARACTERS) for name, _ in rows]
    left = 8 + max(look.text_width(name, look.SMALL) for name in names)
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


def _stack(drawing: Drawing, counts: Counter[Outcome], corner: tuple[float, float], width: float) -> None:
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


def _fill(drawing: Drawing, outcome: Outcome, corner: tuple[float, float], width: float, height: float) -> None:
    _, fill, _, edge = FILLS[outcome]
    dashes = (2, 1.2) if outcome is Outcome.UNGRADED else ()
    drawing.box(*corner, width, height, fill=fill, edge=edge, dashes=dashes)
    if outcome is Outcome.FAILED:
        drawing.hatch(*corner, width, height, edge)
