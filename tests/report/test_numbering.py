from __future__ import annotations

import pytest

from grader.report import ReportError
from grader.report.page.numbering import Numbering


def test_each_kind_counts_from_one():
    numbering = Numbering()
    found = [numbering.define(f"x{i}", kind) for i, kind in enumerate(("Figure", "Table", "Figure"))]
    assert found == [1, 1, 2]


def test_a_reference_is_a_link_with_the_same_number():
    numbering = Numbering()
    numbering.define("fig-a", "Figure")
    assert numbering.ref("fig-a") == '\u200b<a class="ref" href="#fig-a">Figure\u00a01</a>'


def test_references_are_joined_as_in_a_sentence():
    numbering = Numbering()
    for label in "abc":
        numbering.define(label, "Table")
    joined = numbering.refs(("a", "b", "c"))
    assert "1</a>, \u200b<a" in joined
    assert "2</a> and \u200b<a" in joined


def test_an_unknown_reference_is_an_error():
    with pytest.raises(ReportError, match="unknown reference 'fig-b'"):
        Numbering().ref("fig-b")


def test_a_label_taken_twice_is_an_error():
    numbering = Numbering()
    numbering.define("fig-a", "Figure")
    with pytest.raises(ReportError, match="found twice"):
        numbering.define("fig-a", "Figure")


def test_a_label_that_could_leave_its_attribute_is_an_error():
    with pytest.raises(ReportError, match="expected letters"):
        Numbering().define('fig" onclick="', "Figure")


def test_a_figure_never_referred_to_is_an_error():
    numbering = Numbering()
    numbering.define("fig-a", "Figure")
    numbering.define("sec-a", "Section")
    with pytest.raises(ReportError, match="never referred to in the text: fig-a"):
        numbering.check()
    numbering.ref("fig-a")
    numbering.check()
