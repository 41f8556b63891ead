from __future__ import annotations

import pytest
import report_examples as examples

from grader.report.class_report import class_pdf
from grader.report.feedback import feedback_pdf


@pytest.fixture(scope="session")
def feedback() -> bytes:
    return feedback_pdf(examples.feedback())


@pytest.fixture(scope="session")
def hostile() -> bytes:
    return feedback_pdf(examples.hostile_feedback())


@pytest.fixture(scope="session")
def big_class() -> bytes:
    return class_pdf(examples.class_report(200))
