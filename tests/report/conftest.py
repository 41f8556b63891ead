from __future__ import annotations

from unittest import mock

import exhibit_examples
import pytest
import report_examples as examples

from grader.finding import Finding
from grader.report.cohort.class_report import class_pdf
from grader.report.student import fixes
from grader.report.student.feedback import feedback_pdf


@pytest.fixture(scope="session")
def feedback() -> bytes:
    return feedback_pdf(examples.feedback())


@pytest.fixture(scope="session")
def hostile() -> bytes:
    return feedback_pdf(examples.hostile_feedback())


@pytest.fixture(scope="session")
def every_exhibit() -> bytes:
    """A report that shows one exhibit of each kind."""
    finding = Finding.failed("Expected x, found y.", "Do z.", exhibits=exhibit_examples.every())
    report = examples.with_grade(examples.feedback(), marks=(examples.mark("all", "Exhibits", finding),))
    with mock.patch.object(fixes, "FIXES_MM", 2000.0):
        return feedback_pdf(report)


@pytest.fixture(scope="session")
def big_class() -> bytes:
    return class_pdf(examples.class_report(200))
