"""WeasyPrint does less than it would: the bytes are the same."""

from __future__ import annotations

import pypdfium2
import pytest
import report_examples as examples

from grader.report.cohort import class_report
from grader.report.page import quicker
from grader.report.page.pdf import html_to_pdf
from grader.report.student import feedback

HEAD = '<html lang="en"><head><title>T</title></head><body>'


@pytest.fixture
def unmended(monkeypatch):
    def undo() -> None:
        for where, name, original in quicker.install():
            monkeypatch.setattr(where, name, original)

    return undo


def link(label: str) -> str:
    return f'<a class="ref pg" href="#{label}">Figure</a>'


@pytest.mark.parametrize(
    "make",
    [
        lambda: feedback.pdf_of(examples.feedback(), *feedback.feedback_html(examples.feedback())),
        lambda: class_report.pdf_of(examples.class_report(12), *class_report.class_html(examples.class_report(12))),
        lambda: html_to_pdf(
            f'{HEAD}<p style="text-decoration: underline; text-align: justify">x y</p>', {}, examples.WHEN
        ),
    ],
    ids=["feedback", "class", "underlined"],
)
def test_a_document_is_the_same_byte_for_byte(make, unmended):
    quick = make()
    unmended()

    assert make() == quick


def test_the_pages_of_links_are_right_before_and_after_what_they_lead_to():
    turn = '<div style="break-before: page"></div>'
    body = (
        f'{link("c")}<h1 id="a">A</h1>{link("b")}{turn}<h1 id="b">B</h1>{turn}<h1 id="c">C</h1>{link("a")}{link("c")}'
    )

    document = pypdfium2.PdfDocument(html_to_pdf(HEAD + body, {}, examples.WHEN))

    told = ["".join(page.get_textpage().get_text_range().split()) for page in document]
    assert told[0].startswith("Figure(p.3)AFigure(p.2)")
    assert told[2].startswith("CFigure(p.1)Figure(p.3)")


def test_each_page_is_laid_out_once_where_links_lead_back(monkeypatch):
    made = []
    _, _, original = quicker.install()[0]
    counted = quicker._page_with_numbers(lambda index, *rest: made.append(index) or original(index, *rest))
    monkeypatch.setattr("weasyprint.layout.page.remake_page", counted)
    report = examples.feedback()

    feedback.pdf_of(report, *feedback.feedback_html(report))

    assert made == [0, 1, 2]
