"""A grade that was made without a sandbox says so on its first page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_examples import class_report, feedback

from grader.report.cohort.class_report import class_html
from grader.report.model import ClassReport
from grader.report.student.feedback import feedback_html, feedback_pdf
from grader.report.wording import unprotected

WARNING = "made without a sandbox: the submitted code could have changed it"


@pytest.fixture(scope="module")
def marked():
    report = feedback()
    execution = replace(report.grade.execution, sandbox="none")
    return replace(report, grade=replace(report.grade, execution=execution))


def test_the_feedback_warns_above_the_table(marked):
    html, _ = feedback_html(marked)

    assert f"This grade was {WARNING}" in html
    assert html.index(WARNING) < html.index("<table")


def test_the_feedback_of_an_ordinary_grade_does_not():
    html, _ = feedback_html(feedback())

    assert WARNING not in html


def test_the_page_can_be_made(marked):
    assert feedback_pdf(marked).startswith(b"%PDF")


def test_the_class_report_counts_them(marked):
    report = class_report(20)
    some = (marked.grade, *report.grades)

    html, _ = class_html(replace(report, grades=some))

    assert f"1 of {len(some)} grades were {WARNING}" in html
    assert WARNING not in class_html(report)[0]
    assert unprotected(report.grades) is None
    assert isinstance(report, ClassReport)
