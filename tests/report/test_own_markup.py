"""Pages of our own making are read as an HTML parser reads them, only faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import report_examples as examples
import tinyhtml5

from grader.report.cohort.class_report import class_html
from grader.report.page import own_markup
from grader.report.page.pdf import on_paper
from grader.report.student.feedback import feedback_html

PAGES = {
    "feedback": lambda: feedback_html(examples.feedback()),
    "class": lambda: class_html(examples.class_report(12)),
}


def parts(tree: Element) -> Iterator[tuple[Any, ...]]:
    """Elements in order with their attributes and texts; white space between elements of no account left out."""
    for one in tree.iter():
        if isinstance(one.tag, str):
            yield one.tag, dict(one.attrib), (one.text or "").strip(), (one.tail or "").strip()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_same_tree_as_an_html_parser_makes_of_it(name):
    html = on_paper(PAGES[name]()[0])
    tree = own_markup.tree_of(html)

    assert tree is not None
    assert list(parts(tree)) == list(parts(tinyhtml5.parse(html, namespace_html_elements=False)))


def test_what_only_an_html_parser_understands_is_left_to_one():
    assert own_markup.tree_of("<!DOCTYPE html><html><body><p>one<p>two</body></html>") is None
    assert own_markup.document_of("<p>one<p>two", "asset:", None).etree_element.find("body/p").text == "one"


def test_a_document_type_with_entities_is_not_read():
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaa">]><html><body>&a;</body></html>'
    assert own_markup.tree_of(bomb) is None
    assert own_markup.tree_of("<!DOCTYPE html>" + bomb) is None
