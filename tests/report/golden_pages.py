"""Pages kept as they should be: `PYTHONPATH=.:tests/report python -m golden_pages` writes them anew; read the diff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import exhibit_examples
import report_examples as examples

from grader.finding import Finding
from grader.report.anonymous import without_names
from grader.report.cohort.class_report import class_html
from grader.report.student import fixes
from grader.report.student.feedback import feedback_html

FOLDER = Path(__file__).parent / "golden"


def every_exhibit() -> str:
    finding = Finding.failed("Expected x, found y.", "Do z.", exhibits=exhibit_examples.every())
    report = examples.with_grade(examples.feedback(), marks=(examples.mark("all", "Exhibits", finding),))
    with mock.patch.object(fixes, "FIXES_MM", 2000.0):
        return feedback_html(report)[0]


PAGES: dict[str, Callable[[], str]] = {
    "feedback.html": lambda: feedback_html(examples.feedback())[0],
    "waiting.html": lambda: feedback_html(examples.ungraded_feedback())[0],
    "by_hand.html": lambda: feedback_html(examples.marked_by_hand())[0],
    "exhibits.html": every_exhibit,
    "class.html": lambda: class_html(examples.class_report(12))[0],
    "class_without_names.html": lambda: class_html(without_names(examples.class_report(3)))[0],
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")
