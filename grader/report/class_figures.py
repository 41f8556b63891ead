"""Figures of the class report: how points are distributed, and how each criterion came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.finding import Outcome
from grader.report import figure_style as look
from grader.report import text
from grader.report.axis import nice_ticks, number

DOTS = 30  # more students than this in one bin are drawn as a bar
NAME_CHARACTERS = 44

# Dark, light, hatched and empty: told apart without colour.
FILLS = {
    Outcome.PASSED: ("passed", "#0b4f8a", "white", "#0b4f8a", None),
    Outcome.PARTIAL: ("partly", "#bcd4e8", look.INK, "#bcd4e8", None),
    Outcome.FAILED: ("failed", "#fbe3d3", look.INK, look.ORANGE, "/////"),
    Outcome.UNGRADED: ("needs a person", "white", look.INK, look.MUTED, None),
}


def distribution_svg(points: Sequence[float], possible: float, median: float) -> bytes:
    """One dot a student in bins of a fortieth of the points possible; bars if a bin holds very many."""
    with look.style():
        drawing = look.blank(150)
        axes = look.axes(drawing, 34, 31, look.WIDTH - 44, 106)
        _stacks(axes, points, possible / 40)
        _median(axes, median)
        _counting_axis(axes, possible)
        drawing.text(0.5, 3 / 150, "points", ha="center", va="bottom", size=look.NORMAL)
        drawing.text(0, 0.56, "students", rotation="vertical", ha="left", va="center", size=look.NORMAL)
        return look.svg(drawing)


def _stacks(axes: Axes, points: Sequence[float], width: float) -> None:
    bins = Counter(min(int(value / width + 1e-9), 39) for value in points)
    highest = max(bins.values())
    if highest > DOTS:
        axes.bar([(k + 0.5) * width for k in bins], list(bins.values()), width * 0.8, color=look.BLUE)
    else:
        dots = [((k + 0.5) * width, i + 0.5) for k, count in sorted(bins.items()) for i in range(count)]
        size = min(6.5, 96 / highest)
        axes.plot(*zip(*dots, strict=True), ls="none", marker="o", ms=size * 0.86, mew=0, color=look.BLUE)
    axes.set_ylim(0, max(highest * 1.18, 5))


def _median(axes: Axes, median: float) -> None:
    axes.axvline(median, color=look.ORANGE, lw=1.2)
    flush, side = ("right", -4) if median > 0 else ("left", 4)
    axes.annotate(
        f"median {number(round(median, 2))}",
        (median, 1),
        (side, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha=flush,
        va="top",
        size=look.SMALL,
        weight="semibold",
        color=look.READABLE[look.ORANGE],
    )


def _counting_axis(axes: Axes, possible: float) -> None:
    highest = axes.get_ylim()[1]
    counts = nice_ticks(0, highest, whole=True, count=4)
    axes.set_yticks(counts, [f"{count:.0f}" for count in counts])
    ticks = nice_ticks(0, possible, whole=False, count=10)
    axes.set_xticks(ticks, [number(round(tick, 2)) for tick in ticks])
    axes.set_xlim(-possible / 60, possible * 1.005)
    axes.tick_params(length=0, pad=4, labelsize=look.SMALL)
    axes.hlines(counts[1:], 0, possible, colors=look.GRID, lw=0.6, zorder=0.5)


def outcomes_svg(rows: Sequence[tuple[str, Counter[Outcome]]]) -> bytes:
    """A stacked bar for each criterion: the share of students by outcome, with their numbers."""
    names = [text.label(name, NAME_CHARACTERS) for name, _ in rows]
    left = 8 + max(look.text_width(name, look.SMALL) for name in names)
    height = 17.0 * len(rows) + 54
    with look.style():
        drawing = look.blank(height)
        axes = look.axes(drawing, left, 31, look.WIDTH - left - 8, 17.0 * len(rows))
        for row, (_, counts) in enumerate(rows):
            _bar(axes, row, counts)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), names)
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 20), [f"{share}" for share in range(0, 101, 20)])
        axes.tick_params(length=0, pad=4, labelsize=look.SMALL)
        drawing.text((left + look.WIDTH) / 2 / look.WIDTH, 3 / height, "% of students", ha="center", va="bottom")
        _fill_key(drawing, left, height)
        return look.svg(drawing)


def _bar(axes: Axes, row: int, counts: Counter[Outcome]) -> None:
    total, start = counts.total() or 1, 0.0
    for outcome, (_, fill, ink, edge, hatch) in FILLS.items():
        width = 100 * counts[outcome] / total
        if not width:
            continue
        dashes = (0, (2, 1.2)) if outcome is Outcome.UNGRADED else "-"
        axes.barh(row, width, 0.7, start, color=fill, edgecolor=edge, lw=0.7, hatch=hatch, ls=dashes)
        if width > 3.5:
            box = {"boxstyle": "round,pad=0.12", "fc": fill, "ec": "none"} if hatch else None
            place = {"ha": "center", "va": "center_baseline", "size": look.SMALL - 0.4, "weight": "semibold"}
            axes.text(start + width / 2, row, str(counts[outcome]), color=ink, bbox=box, **place)  # type: ignore[arg-type]
        start += width


def _fill_key(drawing: Figure, left: float, height: float) -> None:
    axes = look.axes(drawing, left, height - 17, look.WIDTH - left - 8, 12)
    axes.set_axis_off()
    axes.set_xlim(0, look.WIDTH - left - 8)
    axes.set_ylim(0, 12)
    x = 0.0
    for outcome, (name, fill, _, edge, hatch) in FILLS.items():
        dashes = (0, (2, 1.2)) if outcome is Outcome.UNGRADED else "-"
        axes.barh(6, 10, 6.5, x, color=fill, edgecolor=edge, lw=0.7, hatch=hatch, ls=dashes)
        axes.text(x + 14, 6, name, va="center_baseline", size=look.SMALL)
        x += 14 + look.text_width(name, look.SMALL) + 14
