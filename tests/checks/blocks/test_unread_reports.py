"""`claims_hold` where the report is a file that is not read: what it says, a person has to see."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.assess import assess
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.sandbox.unprotected import NoSandbox
from grader.submission import Submission, SubmittedFile

ROOT = Path(__file__).parents[3]


def _word() -> bytes:
    """Enough of a Word document."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, "<w/>")
    return file.getvalue()


WORD = _word()


def judged(**reports: bytes) -> tuple[str, str]:
    """The outcome and message of `report` for right logs with these reports, `__` standing for a dot."""
    assignment = load_assignment("tiny_pole", ROOT / "reference")
    right = ROOT / "submissions" / "tiny_pole" / "ada"
    logs = {str(path.relative_to(right)): path.read_bytes() for path in sorted((right / "logs").rglob("*.*"))}
    files = logs | {name.replace("__", "."): content for name, content in reports.items()}
    handed_in = tuple(SubmittedFile(path, content) for path, content in files.items())
    submission = Submission("ada", "ada", handed_in, datetime(2026, 11, 1, tzinfo=UTC))
    only = replace(assignment, rubric=[one for one in assignment.rubric if one.id == "report"])
    found = assess(only, collect(submission, only, NoSandbox(warm=()), seed=1))["report"]
    return found.outcome.value, found.message


@pytest.mark.parametrize(
    ("name", "content", "words"), [("REPORT__docx", WORD, "a Word document"), ("REPORT__pdf", b"%PDF-1.7\n", "a PDF")]
)
def test_what_a_report_says_that_is_not_read_is_a_persons(name: str, content: bytes, words: str):
    outcome, message = judged(**{name: content})

    assert outcome == "ungraded"
    assert "expected the report to give return, seeds, found no such number" in message
    assert f"{name.replace('__', '.')} may say it: {words}, not read here" in message


def test_a_figure_as_pdf_is_no_report_beside_one_that_is_read():
    said = {"REPORT__md": b"Over three seeds the policy got better.", "curve__pdf": b"%PDF-1.7\n"}

    assert judged(**said) == ("failed", "expected the report to give return, found no such number")


def test_a_wrong_number_stays_one_whatever_else_is_handed_in():
    outcome, message = judged(REPORT__md=b"Over three seeds the final return is 4321.", REPORT__docx=WORD)

    assert outcome == "failed"
    assert "4321" in message


def test_without_any_report_its_numbers_are_missing():
    assert judged() == ("failed", "expected the report to give return, seeds, found no such number")
