from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import exhibit_examples as shown
import pytest
import report_examples as examples
from reading_pdf import captions, failed_rules, opened, tags, text_of

from grader.exhibit import Bars, Listing, MatrixPanel, Passage, Quote, Remark
from grader.finding import Finding
from grader.report import ReportError
from grader.report.exhibits import block
from grader.report.figures.bar_figure import bar_figure_svg, bar_note
from grader.report.figures.line_figure import line_figure_svg
from grader.report.figures.matrix_figure import matrix_alt, matrix_note, matrix_svg
from grader.report.page.numbering import Numbering
from grader.report.student.feedback import feedback_html


def report():
    one = examples.mark("all", "Exhibits", Finding.failed("Expected x, found y.", "Do z.", exhibits=shown.every()))
    return examples.with_grade(examples.feedback(), marks=(one,))


def words(svg: bytes) -> list[str]:
    assert ET.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())


def made(exhibit):
    return block(exhibit, "c", Numbering())


def test_every_kind_conforms_and_is_numbered(every_exhibit):
    assert failed_rules(every_exhibit) == []
    assert captions(every_exhibit, "Figure") == [1, 2, 3, 4]
    assert captions(every_exhibit, "Listing") == [1, 2]
    assert captions(every_exhibit, "Quote") == captions(every_exhibit, "Equation") == [1]


def test_every_picture_has_a_description(every_exhibit):
    with opened(every_exhibit) as document:
        described = [str(tag.get("/Alt", "")) for tag in tags(document) if tag.S == "/Figure"]
    assert len(described) == 5
    assert any(one.startswith(r"Formula: \theta_{t+1}") for one in described)
    assert all(len(one) > 40 for one in described)


def test_the_text_of_figures_and_listings_can_be_searched(every_exhibit):
    text = text_of(every_exhibit)
    for found in (
        "motorcycle",
        "recall",
        "block_37.conv.weight",
        "reference, 20 seeds",
        "keeps the graph: use .item()",
    ):
        assert found in text


def test_evidence_names_each_kind():
    html, _ = feedback_html(report())
    text = re.sub(r"<[^>]+>", "", html).replace("\u00a0", " ").replace("\u200b", "")
    assert "See Quote 1, Figure 1, Figure 2, Figure 3 and Figure 4." in text
    assert "See Listing 2, Equation 1, Table 4." in text  # no room for them on paper


def test_a_matrix_shows_counts_and_shares():
    names = words(matrix_svg(shown.matrix()))
    (first, _, _) = shown.matrix().panels
    assert f"{first.counts[0][0]:.0f}" in names
    assert "of 400 on the diagonal" in next(name for name in names if "diagonal" in name)
    assert names.count("recall, %") == 2


def test_an_unreadable_matrix_is_a_stated_note():
    assert "Net3: The picture on page 4 holds no numbers" in matrix_note(shown.matrix())
    assert "Net3: The picture on page 4" in matrix_alt(shown.matrix())
    assert any("picture on page 4" in name for name in words(matrix_svg(shown.matrix())))


@pytest.mark.parametrize(
    "counts",
    [
        ((1.0,),),
        ((math.nan, -3.0), (math.inf, 0.25)),
        tuple((0.0,) * 5 for _ in range(5)),
        tuple((1.0,) * 60 for _ in range(60)),
        ((1e12, 1.0), ()),
    ],
)
@pytest.mark.parametrize("classes", [1, 5, 12, 100])
def test_any_matrix_can_be_drawn(counts, classes):
    odd = replace(
        shown.matrix(),
        labels=tuple(f"class {i}" * (i % 4) for i in range(classes)),
        panels=(MatrixPanel("odd", counts, marked=((99, 0),)),) * 3,
    )
    svg = matrix_svg(odd)
    assert words(svg)
    assert not re.search(rb'="[^"]*(nan|inf)', svg)


def test_zero_gradients_stand_on_a_rail():
    names = words(bar_figure_svg(shown.gradient_flow()))
    assert "0" in names
    assert bar_note(shown.gradient_flow()) == "Values that have no place on a logarithmic axis are marked at “0”."


def test_bars_show_their_values():
    names = words(bar_figure_svg(shown.accuracies()))
    assert {"61.2", "55", "NaN", "60.9", "48.7", "50"} <= set(names)


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 5e-324, 1.7e308])
def test_any_bar_can_be_drawn(value, log):
    odd = replace(shown.accuracies(), names=("a",) * 70, groups=(Bars("g", (value,) * 70),), log_x=log)
    assert not re.search(rb'="[^"]*(nan|inf)', bar_figure_svg(odd))
    assert "Drawn: the first 60 of 70." in bar_note(odd)


def test_bars_of_another_number_than_names_are_an_error():
    with pytest.raises(ReportError, match="3 names, 1 values"):
        bar_figure_svg(replace(shown.accuracies(), groups=(Bars("g", (1.0,)),)))


def test_a_band_and_levels_are_drawn_and_named():
    svg = line_figure_svg(shown.spread())
    assert {"yours", "reference, 20 seeds", "limit", "epoch 15"} <= set(words(svg))
    assert b"fill-opacity" in svg


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_band_with_a_hole_is_drawn(value, log):
    (panel,) = shown.spread().panels
    (band,) = panel.bands
    holed = replace(band, lower=(*band.lower[:10], value, *band.lower[11:]))
    svg = line_figure_svg(replace(shown.spread(), panels=(replace(panel, bands=(holed,)),), log_y=log))
    assert not re.search(rb'="[^"]*(nan|inf)', svg)


def test_a_band_of_unequal_lengths_is_an_error():
    (panel,) = shown.spread().panels
    short = replace(panel.bands[0], lower=(1.0,))
    with pytest.raises(ReportError, match="30 x values, 1 y values"):
        line_figure_svg(replace(shown.spread(), panels=(replace(panel, bands=(short,)),)))


def test_marked_lines_carry_their_remarks():
    lines = {line.number: line for line in made(shown.listing()).lines}
    assert list(lines) == list(range(41, 51))
    assert lines[44].remark == "no torch.no_grad()"
    assert lines[50].remark == ""
    assert lines[42].remark is None
    assert '<span class="k">return</span>' in lines[50].code


def test_a_listing_keeps_to_the_lines_around_its_remarks():
    source = "\n".join(f"line {i}" for i in range(1, 100))
    cut = Listing.around("k", "t", "c", "f.py", source, [Remark(50, "here"), Remark(52)], margin=2)
    assert (cut.first, cut.code.splitlines()[0], cut.code.splitlines()[-1]) == (48, "line 48", "line 54")
    assert Listing.around("k", "t", "c", "f.py", source, [Remark(1)]).first == 1


def test_hostile_code_is_text():
    evil = "</span><script>alert(1)</script>\u202e\x00 '''\n" + "x" * 100_000 + "\n\\\n" * 10_000
    lines = made(replace(shown.listing(), code=evil)).lines
    assert len(lines) == 60
    assert not any("<script" in line.code for line in lines)
    assert not any("\u202e" in line.code for line in lines)
    assert max(len(line.code) for line in lines) < 1_000


def test_no_passage_is_said():
    none = examples.mark("q", "Q", Finding.failed("", exhibits=(replace(shown.quote(), passages=()),)))
    html, _ = feedback_html(examples.with_grade(examples.feedback(), marks=(none,)))
    assert "No passage was found." in html


def test_quotations_are_cut_and_counted():
    many = Quote("k", "t", "c", "f", (Passage("<b>" + "word " * 10_000),) * 30)
    drawn = made(many)
    assert len(drawn.passages) == 20
    assert drawn.caption.endswith("The first 20 of 30 passages.")


@pytest.mark.parametrize("latex", [r"\nosuchcommand x", r"\frac{1}", "", "x" * 2_000])
def test_a_formula_that_cannot_be_set_is_an_error(latex):
    with pytest.raises(ReportError, match="formula"):
        made(replace(shown.formula(), latex=latex))


def test_a_marked_row_is_set_off_without_colour():
    one = examples.mark("t", "T", Finding.failed("", exhibits=(shown.table(),)))
    html, _ = feedback_html(examples.with_grade(examples.feedback(), marks=(one,)))
    row = html.split('<tr class="hit">')[1].split("</tr>")[0]
    assert "►" in row
    assert '<td class="n hit">36,864</td>' in row
