"""Reports that are no PDFs: who can be asked to read them, and where the handout wants none."""

from __future__ import annotations

import pytest
from core_examples import evidence

from grader.documents import the_report, unread_reports
from grader.evidence import Evidence, FileRecord, MissingEvidence
from grader.submission import LeftOut

WORD = FileRecord("hw5.docx", 9000, "0" * 64, "Word document")


def handed_in(*files: FileRecord, left_out: tuple[LeftOut, ...] = ()) -> Evidence:
    return evidence(statuses=(), files=files, left_out=left_out)


def missing(found: Evidence, *, only_pdf: bool = False) -> MissingEvidence:
    with pytest.raises(MissingEvidence) as caught:
        the_report(found, expected="the report hw5.pdf", only_pdf=only_pdf)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Word document", "a Word document"),
        ("OpenDocument file", "an OpenDocument file"),
        ("old Office file", "an old Office file"),
        ("rich text", "a document in rich text format"),
        ("web page", "a web page"),
    ],
)
def test_a_report_that_a_person_can_read_is_left_to_a_person(kind: str, words: str):
    left = missing(handed_in(FileRecord("docs/report.x", 9000, "0" * 64, kind), FileRecord("net.py", 3, "", "text")))

    assert left.ours
    assert left.reason == f"expected the report hw5.pdf as a PDF, found docs/report.x: {words}, not read here"
    assert "by hand" in (left.hint or "")


@pytest.mark.parametrize(
    "kind", ["Office file with a password", "zip archive", "empty", "text", "spreadsheet", "image"]
)
def test_what_nobody_can_read_as_a_report_is_none(kind: str):
    left = missing(handed_in(FileRecord("report.docx", 9000, "0" * 64, kind)))

    assert not left.ours
    assert left.reason == "expected the report hw5.pdf as a PDF, found report.docx"


def test_a_handout_may_want_pdfs_alone():
    assert not missing(handed_in(WORD), only_pdf=True).ours


def test_a_document_that_was_too_large_to_be_kept_is_left_to_a_person():
    large = LeftOut("hw5.docx", 31 << 20, "zip archive", "larger than 20.0 MiB")

    left = missing(handed_in(FileRecord("net.py", 3, "", "text"), left_out=(large,)))

    assert left.ours
    assert "hw5.docx: a Word document (left out: larger than 20.0 MiB)" in left.reason


def test_of_several_the_one_nearest_to_the_top_is_named_and_litter_is_none():
    notes, deep = (FileRecord(path, 1, "", "rich text") for path in ("__MACOSX/hw5.rtf", "old/notes.rtf"))

    assert "found hw5.docx and 1 other:" in missing(handed_in(notes, deep, WORD)).reason


def test_pdfs_that_no_pattern_names_may_be_reports_and_figures_are_not_meant():
    found = handed_in(WORD, FileRecord("Report.pdf", 1, "", "PDF"), FileRecord("curve.pdf", 1, "", "PDF"))

    assert [path for path, _ in unread_reports(found)] == ["hw5.docx", "Report.pdf"]
    assert [path for path, _ in unread_reports(found, any_pdf=True)] == ["hw5.docx", "Report.pdf", "curve.pdf"]
