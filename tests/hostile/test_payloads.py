"""Text that would do something where it is shown: in a spreadsheet, a terminal, a page, a file name."""

from __future__ import annotations

import csv
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_course import Course, FakeSandbox

from grader.batch.summary import tell
from grader.finding import Finding
from grader.report.student.feedback import feedback_html

sys.path.append(str(Path(__file__).parents[1] / "report"))

from report_examples import feedback, with_grade

PAYLOADS = {
    "a formula": "=HYPERLINK(evil, 1)",
    "a formula with plus": "+1+cmd|' C calc'!A0",
    "a formula with minus": "-2+3",
    "a formula with at": "@SUM(1, 1)",
    "a script": "<script>alert(1)<script>",
    "an image": "<img src=x onerror=alert(1)>",
    "a template": "{{ 7 * 7 }}{% raw %}",
    "clearing the screen": "\x1b[2J\x1b[H",
    "a title for the window": "\x1b]0;pwned\x07",
    "a link of the terminal": "\x1b]8;;http:evil\x1b\\x",
    "markup of the progress display": "[red]x[link=file:etc]",
    "reading backwards": "a\u202egnp.exe",
    "a return": "ada\rbob",
    "a line end": "ada\nbob,10,10,0,graded",
}
payloads = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))


def controls(text: str) -> list[str]:
    """Characters that are none to be seen, without line ends."""
    return [letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf") and letter != "\n"]


@payloads
def test_as_a_name_it_does_nothing(course: Course, payload: str, capsys: pytest.CaptureFixture[str]):
    course.submit(**{payload: "2 * x", "zoe": "3"})

    outcome = course.grade(FakeSandbox())
    tell(outcome, course.out, pdf=False)

    with (course.out / "grades.csv").open(newline="") as file:
        table = list(csv.reader(file))
    assert len(table) == 3
    assert {len(row) for row in table} == {len(table[0])}
    assert [cell for row in table for cell in row[:1] if cell.startswith(("=", "+", "-", "@"))] == []
    assert [letter for letter in controls((course.out / "grades.csv").read_text()) if letter != "\u202e"] == []
    assert controls(capsys.readouterr().out) == []
    assert {path.parent for path in course.out.rglob("grade.json")} <= set(course.out.iterdir())


@payloads
def test_in_a_report_it_is_only_text(payload: str):
    report = replace(feedback(), console_tail=f"{payload}\n")
    marks = tuple(replace(mark, finding=Finding.failed(payload, payload)) for mark in report.grade.marks)

    html, _ = feedback_html(with_grade(report, student=payload, marks=marks))

    assert "<script" not in html
    assert "<img src=x" not in html
    if "{{" in payload:
        assert "{{ 7 * 7 }}{% raw %}" in html
    assert [letter for letter in controls(html) if letter in "\x1b\x07\r\u202e"] == []
