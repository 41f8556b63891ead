"""The report among what was handed in, and the criterion `pdf_only`."""

from __future__ import annotations

from dataclasses import dataclass

from grader.documents import Document, UnreadableDocument, read_document
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding

LITTER = (".ds_store", "thumbs.db", "desktop.ini", "__macosx")
BESIDE = (".ipynb",)  # the lab's notebook may come along
TOO_FEW = 200  # characters of text: less than that is no text of a report


@dataclass(frozen=True)
class HandedIn:
    """`documents` could be read, `refused` maps the others that claim to be PDFs to the reason."""

    documents: tuple[Document, ...]
    refused: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    beside: tuple[str, ...]


def handed_in(evidence: Evidence) -> HandedIn:
    """What lies in the submission. Raises MissingEvidence, which is ours, if a PDF's reader broke down."""
    documents, refused = [], []
    others: list[str] = []
    beside: list[str] = []
    read = evidence.documents()
    record = evidence.submission
    for path in (*(file.path for file in record.files), *(one.path for one in record.left_out)):
        name = path.lower()
        if any(part in name for part in LITTER):
            continue
        if path not in read:
            (beside if name.endswith(BESIDE) else others).append(path)
            continue
        try:
            documents.append(read_document(evidence, path))
        except UnreadableDocument as error:
            refused.append((path, str(error)))
    return HandedIn(tuple(documents), tuple(refused), tuple(others), tuple(beside))


def check_pdf_only(evidence: Evidence) -> Finding:
    """Exactly one file, and it is a PDF that can be read; a notebook beside it is welcome."""
    found = handed_in(evidence)
    problems = [f"{path}: {reason}" for path, reason in found.refused]
    problems += [f"{path}: is no PDF" for path in found.others]
    if len(found.documents) > 1:
        problems.append(f"{len(found.documents)} PDFs: {', '.join(one.path for one in found.documents)}")
    if not found.documents and not problems:
        problems.append(evidence.submission.problem or "no file")
    if problems:
        message = f"expected one PDF and nothing else, found {problems[0]}"
        return Finding.failed(message, "hand in the report alone, exported as PDF", details=tuple(problems[1:]))
    [document] = found.documents
    notes = tuple(f"{path} lies beside it, which is fine" for path in found.beside)
    return Finding.passed(f"{document.path} is a PDF of {_pages(document.page_count)}", details=notes)


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"


def the_report(evidence: Evidence) -> Document:
    """The report; of several the one with most text.

    Raises MissingEvidence if there is none, or if its text cannot be read, which is then left to a person.
    """
    found = handed_in(evidence)
    if not found.documents:
        if found.refused:
            path, reason = found.refused[0]
            raise MissingEvidence(f"{path}: {reason}", hint="hand in the report as a PDF that opens without a password")
        listed = ", ".join(found.others[:5]) or evidence.submission.problem or "no file"
        raise MissingEvidence(f"expected the report as a PDF, found {listed}", hint="export the report as PDF")
    document = max(found.documents, key=lambda one: one.prose_words)
    if unreadable := why_no_text(document):
        raise MissingEvidence(unreadable, ours=True, hint="read it and grade it by hand")
    return document


def why_no_text(document: Document) -> str | None:
    """Why the text of a readable PDF cannot be read, or None."""
    letters = "".join(line.text for line in document.lines)
    if len(letters) < TOO_FEW and document.scanned_pages:
        return f"{document.path}: its {_pages(len(document.scanned_pages))} are images without text, such as scans"
    if len(letters) > TOO_FEW and _odd(letters) > 0.15 * len(letters):
        return f"{document.path}: its fonts do not tell which letters they show"
    return None


def _odd(letters: str) -> int:
    return sum(1 for letter in letters if letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff" or letter < " ")
