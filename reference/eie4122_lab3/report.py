"""The report, and the criterion `pdf_only`: one PDF, nothing else, in no archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from grader import Evidence, Finding, MissingEvidence
from grader.checks import Document, read_all, the_report

LITTER = (".ds_store", "thumbs.db", "desktop.ini", "__macosx")
BESIDE = (".ipynb",)  # the lab's notebook may come along
TEMPLATE = Path(__file__).with_name("starter") / "report.md"


def report(evidence: Evidence) -> Document:
    """The report. Raises MissingEvidence if there is none, if it is the template, or if its text cannot be read."""
    return the_report(evidence, template=TEMPLATE)


def _is_left(evidence: Evidence) -> MissingEvidence | None:
    """What to say if the report is the template, left as it was."""
    try:
        report(evidence)
    except MissingEvidence as missing:
        return missing if missing.reason.startswith("not attempted") else None
    return None


def check_pdf_only(evidence: Evidence) -> Finding:
    """Exactly one file, and it is a PDF that can be read; a notebook beside it is welcome."""
    if left := _is_left(evidence):
        raise left
    documents, refused = read_all(evidence)
    others = _others(evidence)
    problems = [f"{path}: {reason}" for path, reason in refused]
    problems += [f"{path}: is no PDF" for path in others if not path.lower().endswith(BESIDE)]
    problems += _too_many(documents)
    problems += [f"{path}: an archive with the report in it" for path in _own_archives(evidence)]
    if not documents and not problems:
        problems.append(evidence.submission.problem or "no file")
    if problems:
        message = f"expected one PDF and nothing else, found {problems[0]}"
        return Finding.failed(message, "hand in the report alone, exported as PDF", details=tuple(problems[1:]))
    notes = tuple(f"{path} lies beside it, which is fine" for path in others)
    return Finding.passed(f"{documents[0].path} is a PDF of {_pages(documents[0].page_count)}", details=notes)


def _too_many(documents: list[Document]) -> list[str]:
    listed = ", ".join(one.path for one in documents)
    return [f"{len(documents)} PDFs: {listed}"] if len(documents) > 1 else []


def _others(evidence: Evidence) -> list[str]:
    """The files that were not read as PDFs."""
    read = evidence.documents()
    record = evidence.submission
    paths = (*(file.path for file in record.files), *(one.path for one in record.left_out))
    return [path for path in paths if path not in read and not any(part in path.lower() for part in LITTER)]


def _own_archives(evidence: Evidence) -> Iterator[str]:
    """Archives that the student made: one with the student's name may be the learning platform's."""
    record = evidence.submission
    names = {record.student.casefold(), record.folder.casefold()}
    listed = {file.path for file in record.files}
    for archive in record.archives:
        if archive.path not in listed and PurePosixPath(archive.path).name.split(".")[0].casefold() not in names:
            yield archive.path


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
