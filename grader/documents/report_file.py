"""The report among the PDFs that were handed in, and why the text of one cannot be read."""

from __future__ import annotations

import re
from pathlib import Path

from grader.documents.document import Document, read_document
from grader.documents.other_formats import left_to_a_person, other_reports
from grader.documents.raw import UnreadableDocument
from grader.documents.scans import hides_letters
from grader.documents.untouched_template import not_attempted
from grader.evidence import Evidence, MissingEvidence

TOO_FEW = 200  # characters: less than that is no text of a report


def the_report(
    evidence: Evidence,
    named: re.Pattern[str] | None = None,
    expected: str = "the report",
    template: Path | None = None,
    *,
    only_pdf: bool = False,
) -> Document:
    """The report: of several PDFs one that is `named` so, else the one with most text.

    Raises MissingEvidence if there is none or if it is the course's `template`, left as it was, and one of ours if
    its text cannot be read, which is left to a person. So is a report in another format, such as a Word document,
    unless the handout says that `only_pdf` counts.
    """
    documents, refused = read_all(evidence)
    if not documents and template is not None and (left := not_attempted(evidence, None, template)):
        raise left
    if not documents and not only_pdf and (others := other_reports(evidence)):
        raise left_to_a_person(expected, others)
    if not documents and refused:
        path, reason = refused[0]
        raise MissingEvidence(f"{path}: {reason}", hint=_hint(reason))
    if not documents:
        raise _no_pdf(evidence, expected)
    document = max(documents, key=lambda one: (bool(named and named.search(one.path)), one.prose_words))
    if unread := why_no_text(document):
        raise MissingEvidence(unread, ours=True, hint="read it and grade it by hand")
    if template is not None and (left := not_attempted(evidence, document, template)):
        raise left
    return document


def read_all(evidence: Evidence) -> tuple[list[Document], list[tuple[str, str]]]:
    """The PDFs that can be read, by path; the others with the reason.

    Raises MissingEvidence, which is ours, if the reader broke down.
    """
    documents, refused = [], []
    for path in sorted(evidence.documents()):
        if any(part in f"/{path.lower()}" for part in ("/__macosx/", "/._")):
            continue  # what a Mac leaves beside a file, under its name
        try:
            documents.append(read_document(evidence, path))
        except UnreadableDocument as error:
            refused.append((path, str(error)))
    return documents, refused


def unread_reports(evidence: Evidence, *, any_pdf: bool = False) -> list[tuple[str, str]]:
    """What may be a report and is not read, each with words for what it is: other formats, scans, PDFs that the
    assignment's `documents` do not name; of these ones that are called report, or `any_pdf`: figures are PDFs too.
    """
    out = other_reports(evidence)
    for document in read_all(evidence)[0]:
        if unread := why_no_text(document):
            out.append((document.path, unread))
    for file in evidence.submission.files:
        is_meant = any_pdf or "report" in file.path.lower()
        if file.kind == "PDF" and is_meant and file.path not in evidence.documents():
            out.append((file.path, "a PDF"))
    return out


def _hint(reason: str) -> str:
    if "no PDF" in reason:
        return "export the report as PDF: another name does not make one of it"
    return "hand in the report as a PDF that opens without a password"


def _no_pdf(evidence: Evidence, expected: str) -> MissingEvidence:
    if evidence.submission.ambiguous or evidence.submission.problem:
        return evidence.why_missing()
    if closed := [f"{one.path}: {one.ambiguous}" for one in evidence.submission.archives if one.ambiguous]:
        return MissingEvidence(f"expected {expected} as a PDF, and not all could be read: {closed[0]}", ours=True)
    files = [file.path for file in evidence.submission.files]
    found = ", ".join(files[:5]) or "no file"
    return MissingEvidence(f"expected {expected} as a PDF, found {found}", hint="export the report as PDF")


def why_no_text(document: Document) -> str | None:
    """Why the text of a readable PDF cannot be read, or None."""
    texts = [line.text for line in document.lines]
    letters = sum(map(len, texts))
    if letters < TOO_FEW and document.scanned_pages:
        pages = len(document.scanned_pages)
        return (
            f"{document.path} has no text that can be read: {pages} of {document.page_count} pages are pictures or "
            "outlines of letters, such as scans"
        )
    if letters > TOO_FEW and hides_letters(texts):
        return f"{document.path}: its fonts do not tell which letters they show"
    return None
