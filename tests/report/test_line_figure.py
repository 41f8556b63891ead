from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import report_examples as examples

from grader.finding import LineFigure, Panel, Series
from grader.report import ReportError
from grader.report.figures.axis import linear_axis, log_axis, number
from grader.report.figures.curves import plots, rail_note, reading_note
from grader.report.figures.line_figure import line_figure_svg
from grader.report.figures.style import BLUE, GREEN, INK, ORANGE, PURPLE, READABLE, REFERENCE, STUDENT, apart


def figure(*ys: tuple[float, ...], log: bool = True) -> LineFigure:
    series = tuple(Series(f"s{i}", tuple(map(float, range(len(y)))), y) for i, y in enumerate(ys))
    return replace(examples.gradient_figure(), panels=(Panel("", series),), log_y=log)


def words(svg: bytes) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())


def test_text_stays_text_in_inter():
    svg = line_figure_svg(examples.gradient_figure())
    assert "mean gradient norm" in words(svg)
    assert b'font-family="Inter, sans-serif"' in svg
    assert b"<image" not in svg


def test_zeros_are_marked_on_a_rail_and_the_caption_says_so():
    shown = examples.gradient_figure()
    assert rail_note(shown) == "Values that have no place on a logarithmic axis are marked at “0”."
    neither = plots(shown)[3]
    assert [name for name, _ in neither.rails] == ["0"]
    assert all(len(curve.rails[0][1]) == 2 for curve in neither.curves)
    assert words(line_figure_svg(shown)).count("0") == 1


def test_no_value_is_dropped():
    y = (1.0, 0.0, -1.0, math.nan, math.inf, -math.inf, 1e-30, 1e4)
    (plot,) = plots(figure(y))
    (curve,) = plot.curves
    assert sum(np.isfinite(curve.y)) + sum(len(x) for _, x in curve.rails) == len(y)
    assert {name for name, _ in curve.rails} == {"0", "< 0", "NaN", "∞", "−∞"}
    assert {"0", "< 0", "NaN", "∞", "−∞"} <= {word.replace("&lt;", "<") for word in words(line_figure_svg(figure(y)))}


def test_rails_lie_outside_the_values():
    (plot,) = plots(figure((1.0, 0.0, math.inf, 100.0)))
    heights = dict(plot.rails)
    assert plot.y_axis.low < heights["0"] < 0
    assert 2 < heights["∞"] < plot.y_axis.high


def test_points_without_a_place_on_x_are_counted():
    series = Series("a", (1.0, math.nan, 3.0), (1.0, 2.0, 3.0))
    shown = replace(figure((1.0,)), panels=(Panel("", (series,)),))
    assert rail_note(shown) == "Not drawn: 1 points without a finite x."


def test_a_long_curve_keeps_its_peaks():
    y = [1.0] * 5_000
    y[2_345] = 1e6
    (plot,) = plots(figure(tuple(y)))
    (curve,) = plot.curves
    assert curve.fine is not None
    assert max(curve.fine[1]) == 6
    assert len(curve.fine[1]) < 700
    assert "running medians" in reading_note([plot])


@pytest.mark.parametrize(
    "y",
    [
        (0.0, 0.0),
        (math.nan,),
        (5e-324, 1.7e308),
        (-1.7e308, 1.7e308),
        (1e-30, 1e4),
        (3.0,),
        (1e6, 1e6 + 1e-3),
        (1e-12, 2e-12),
        tuple([0.0, 1.0] * 3_000),
    ],
)
@pytest.mark.parametrize("log", [True, False])
def test_every_range_can_be_drawn(y, log):
    shown = figure(y, log=log)
    svg = line_figure_svg(shown)
    assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own
    assert not re.search(rb"[^a-z](nan|inf)[^a-z]", svg)
    for place, name in plots(shown)[0].y_axis.ticks:
        assert math.isfinite(place)
        assert name


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
def test_any_number_of_panels_fits(count):
    (panel,) = figure((1.0, 2.0, 5.0)).panels
    svg = line_figure_svg(replace(figure((1.0,)), panels=(replace(panel, title="P"),) * count))
    assert sum(word.endswith("P") for word in words(svg)) == (count if count > 1 else 0)


def test_mathematics_in_a_label_is_plain_text():
    svg = line_figure_svg(replace(figure((1.0, 2.0)), x_label="$x_{", y_label="$\\frac{1}{0}$"))
    assert "$x_{" in words(svg)


def test_unequal_lengths_are_an_error():
    series = Series("a", (1.0, 2.0), (1.0,))
    with pytest.raises(ReportError, match="2 x values, 1 y values"):
        plots(replace(figure((1.0,)), panels=(Panel("", (series,)),)))


def test_an_empty_panel_is_an_error():
    with pytest.raises(ReportError, match="empty"):
        plots(replace(figure((1.0,)), panels=(Panel("", ()),)))


def test_labels_do_not_cover_each_other():
    placed = apart([50.0, 50.5, 51.0, 10.0], 9.5, 4.0, 120.0)
    assert placed[3] == 10.0
    ordered = sorted(placed)
    assert all(b - a > 9.4 for a, b in pairwise(ordered))


def test_panels_of_one_range_share_an_axis_and_others_say_so():
    alike = replace(figure((1.0, 2.0)), panels=figure((1.0, 2.0)).panels + figure((1.5, 3.0)).panels)
    assert reading_note(plots(alike)) == ""
    assert reading_note(plots(examples.gradient_figure())) == "Note the different vertical scales."


def test_ticks_are_round_numbers():
    assert [name for _, name in linear_axis(np.array([0.0, 1.0])).ticks] == ["0", "0.25", "0.5", "0.75", "1"]
    assert [name for _, name in log_axis(np.array([-28.0, 3.0])).ticks][-1] == "10⁰"
    assert number(-1.5e-7) == "−1.5×10⁻⁷"
    assert number(12_345.678, 4) == "12350"
    assert number(1.7, 3, 308) == "1.7×10³⁰⁸"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREEN, PURPLE, INK])
def test_labels_contrast_with_paper(colour):
    assert 1.05 / (luminance(READABLE.get(colour, colour)) + 0.05) >= 4.5


def test_no_two_curves_look_alike_without_colour():
    styles = [(style.marker, str(style.dashes)) for style in STUDENT + REFERENCE]
    assert len({marker for marker, _ in styles}) == len({dashes for _, dashes in styles}) == 8
