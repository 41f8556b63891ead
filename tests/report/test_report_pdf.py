from __future__ import annotations

from datetime import UTC, datetime

import jinja2
import numpy as np
import pytest
from reading_pdf import failed_rules, pages_of, text_of

from grader.checks import picture_grid
from grader.report import ReportError
from grader.report.figures.picture_grid import picture_grid_svg
from grader.report.page.numbering import Numbering
from grader.report.page.pdf import html_to_pdf
from grader.report.page.template import render

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0L9 9" stroke="#000"/></svg>'


def page(body: str) -> str:
    return f'<!DOCTYPE html><html lang="en"><head><title>T</title></head><body><h1>T</h1>{body}</body></html>'


def test_a_plain_page_conforms():
    body = '<p>Text</p><p><img src="asset:one" alt="A line from corner to corner"></p>'
    assert failed_rules(html_to_pdf(page(body), {"one": SVG}, WHEN)) == []


@pytest.mark.parametrize(
    "body",
    [
        '<img alt="x" src="file:///etc/passwd">',
        '<img alt="x" src="http://169.254.169.254/latest/meta-data/">',
        '<img alt="x" src="data:image/svg+xml,%3Csvg/%3E">',
        '<img alt="x" src="asset:missing">',
        '<img alt="x" src="other.svg">',
        "<style>@import url(file:///etc/passwd);</style>",
        "<style>@font-face { font-family: F; src: url(http://127.0.0.1/f) }</style><p>x</p>",
        '<p style="background: url(file:///etc/passwd)">x</p>',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<object data="file:///etc/passwd">x</object>',
    ],
)
def test_a_foreign_address_is_refused(body):
    with pytest.raises(ReportError, match=r"refused|/etc/passwd"):
        html_to_pdf(page(body), {}, WHEN)


def test_an_address_inside_a_figure_is_refused():
    svg = SVG.replace(b"<path", b'<image width="9" height="9" href="file:///etc/passwd"/><path')
    with pytest.raises(ReportError, match="refused"):
        html_to_pdf(page('<img alt="x" src="asset:one">'), {"one": svg}, WHEN)


def test_a_picture_inside_a_figure_is_drawn_and_elsewhere_it_is_refused():
    grid = picture_grid("samples", np.eye(8)[None, None], title="Samples", caption="", alt="One picture.")
    svg = picture_grid_svg(grid)
    inner = svg.decode().partition('href="')[2].partition('"')[0]

    assert failed_rules(html_to_pdf(page('<p><img alt="x" src="asset:one"></p>'), {"one": svg}, WHEN)) == []
    with pytest.raises(ReportError, match="refused"):
        html_to_pdf(page(f'<img alt="x" src="{inner}">'), {"one": SVG}, WHEN)


def test_a_broken_figure_is_an_error():
    with pytest.raises(ReportError, match="Failed to load image"):
        html_to_pdf(page('<img alt="x" src="asset:one">'), {"one": b"<svg"}, WHEN)


def test_a_glyph_that_no_font_has_is_an_error():
    with pytest.raises(ReportError):
        html_to_pdf(page("<p>ཀ</p>"), {}, WHEN)


def test_a_figure_without_a_description_is_an_error():
    with pytest.raises(ReportError, match="alt"):
        html_to_pdf(page('<img src="asset:one">'), {"one": SVG}, WHEN)


def test_a_failed_report_leaves_the_next_one_alone():
    with pytest.raises(ReportError):
        html_to_pdf(page('<img alt="x" src="file:///x">'), {}, WHEN)
    assert failed_rules(html_to_pdf(page("<p>x</p>"), {}, WHEN)) == []


def test_a_name_missing_in_a_template_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render("feedback.html.j2")


def test_a_full_line_before_a_link_is_not_broken_at_its_first_blank():
    """Seen with WeasyPrint 70: “You” alone on the first line of a report."""
    numbering = Numbering()
    numbering.define("tab-a", "Table")
    words = (
        "You met 3 of 4 criteria and 1 in part. Most is to be gained in “The gradient norms are right”: up to 1 point."
    )
    pdf = html_to_pdf(page(f'<p class="lede" id="tab-a">{words} {numbering.ref("tab-a")} leads there.</p>'), {}, WHEN)
    assert "You met 3 of 4 criteria" in text_of(pdf)


def test_a_caption_stays_with_a_table_that_is_kept_whole():
    caption = "Begins here. " + "What each class was seen to do when it was made alone. " * 12 + "Ends here."
    rows = "".join(f"<tr><td>row {number}</td></tr>" for number in range(12))
    filled = "".join(f"<p>line {number}</p>" for number in range(22))
    table = f'<table class="whole"><caption>{caption}</caption><tbody>{rows}</tbody></table>'

    first, second = pages_of(html_to_pdf(page(f"<h1>A page</h1>{filled}{table}"), {}, WHEN))

    assert "line 21" in first
    assert "Begins here" not in first
    assert all(words in second for words in ("Begins here", "Ends here", "row 0", "row 11"))
