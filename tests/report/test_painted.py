"""Our figures drawn straight onto the page: as WeasyPrint would draw them, but for its spaces between letters."""

from __future__ import annotations

import numpy as np
import pypdfium2
import pytest
from report_examples import WHEN

from grader.report.figures.drawing import SHAPES, Drawing
from grader.report.page import painted as module
from grader.report.page import pdf
from grader.report.page.painted import painted

PAGE = '<html lang="en"><head><title>T</title></head><body><h1>T</h1><figure><img src="asset:one" alt="A"></figure>'
LINE = ((10.0, 10.0), (60.0, 40.0), (float("nan"), 0.0), (70.0, 15.0), (120.0, 60.5))


def every_kind() -> Drawing:
    drawing = Drawing(300, 160)
    drawing.line(LINE, "#0072B2", 1.5)
    drawing.line([(x, y + 30) for x, y in LINE], "#D55E00", 1.5, (4.9, 2.5))
    drawing.lines((((140, y), (290, y)) for y in (10.0, 20.0, 30.25)), "#dfe4ea", 0.6)
    drawing.area(((140, 40), (200, 45), (180, 80)), "#009E73", 0.3)
    drawing.box(210, 40, 30, 20, fill="#dceaf5", edge="#1b2430", dashes=(3, 2))
    drawing.box(250, 40, 30, 20, edge="#1b2430")
    drawing.boxes([(10, 110, 8, 20), (20, 105.5, 8, 25)], "#3f86bd")
    drawing.hatch(210, 70, 30, 20, "#1b2430")
    for i, shape in enumerate(SHAPES):
        drawing.marks([(40 + 18 * i, 120)], shape, 8, "#CC79A7")
    drawing.text(10, 150, "mean <norm> & depth", 7, "#1b2430")
    drawing.text(200, 150, "10⁻⁷", 7.8, "#5b6673", anchor="middle", bold=True)
    drawing.text(290, 150, "1,500", 7, "#1b2430", anchor="end")
    drawing.text(280, 110, "upwards", 7, "#1b2430", anchor="middle", turn=-90)
    return drawing


def page(drawing: Drawing, monkeypatch: pytest.MonkeyPatch, *, by_weasyprint: bool) -> pypdfium2.PdfPage:
    with monkeypatch.context() as patch:
        if by_weasyprint:
            patch.setattr(module, "painted", lambda *_: None)
        made = pdf.html_to_pdf(f"{PAGE}</body></html>", {"one": drawing.svg()}, WHEN)
    return pypdfium2.PdfDocument(made)[0]


def darkness(one: pypdfium2.PdfPage) -> np.ndarray:
    pixels = one.render(scale=2).to_numpy().mean(axis=2)
    rows, columns = pixels.shape[0] // 8 * 8, pixels.shape[1] // 8 * 8
    return 255 - pixels[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8).mean(axis=(1, 3))


def test_a_figure_looks_as_weasyprint_draws_it(monkeypatch):
    ours = page(every_kind(), monkeypatch, by_weasyprint=False)
    theirs = page(every_kind(), monkeypatch, by_weasyprint=True)

    assert darkness(ours).max() > 60
    assert np.abs(darkness(ours) - darkness(theirs)).max() < 25  # letters stand a little closer


def test_the_words_of_a_figure_can_be_read_and_searched_for(monkeypatch):
    text = page(every_kind(), monkeypatch, by_weasyprint=False).get_textpage().get_text_range()

    assert [words for words in ("mean <norm> & depth", "10⁻⁷", "1,500", "upwards") if words not in text] == []


def test_words_end_and_centre_where_they_are_told_to(monkeypatch):
    drawing = Drawing(300, 60)
    for y, anchor in ((10, "start"), (30, "middle"), (50, "end")):
        drawing.text(150, y, "HHHHHHHH", 8, "#000000", anchor=anchor)
    words = page(drawing, monkeypatch, by_weasyprint=False).get_textpage()
    search, ends = words.search("HHHHHHHH"), []
    while found := search.get_next():
        ends.append((words.get_charbox(found[0])[0], words.get_charbox(found[0] + found[1] - 1)[2]))

    start, middle, end = ends
    place = sum(middle) / 2
    assert start[0] == pytest.approx(place, abs=2)  # letters have a little room at their sides
    assert end[1] == pytest.approx(place, abs=2)


@pytest.mark.parametrize(
    "svg",
    [
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9"><path d="M0 0"/></svg>',
        Drawing(9, 9).svg().replace(b"</svg>", b'<use href="#a"/></svg>'),
        Drawing(9, 9).svg().replace(b"</svg>", b"<text>a<tspan>b</tspan></text></svg>"),
        Drawing(9, 9).svg().replace(b"</svg>", b""),
    ],
)
def test_what_is_not_ours_or_more_than_lines_and_words_is_left_to_weasyprint(svg):
    assert painted(svg, pdf._fonts()) is None
