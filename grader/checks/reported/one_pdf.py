"""One PDF that can be read, and nothing else: no archive around it, no second one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath

from grader.documents import Document, read_all
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.rubric import Block
from grader.words import counted

LITTER = (".ds_store", "thumbs.db", "desktop.ini", "__macosx")


def one_pdf(report: Callable[[Evidence], Document], *, beside: tuple[str, ...] = ()) -> Block:
    """Exactly one file, a PDF that can be read; files whose names end with one of `beside` may come along.

    `report` reads the report, and raises MissingEvidence where that is the course's template, left as it was.
    Accepted: litter of operating systems, an archive that a learning platform made. Caught: several PDFs, a PDF that
    is none, other files, an archive of the student's own.
    """
    return Block(check=partial(_check, report=report, beside=beside))


def _check(evidence: Evidence, report: Callable[[Evidence], Document], beside: tuple[str, ...]) -> Finding:
    if evidence.submission.ambiguous:
        raise evidence.why_missing()  # what came is not what was handed in
    if left := _is_left(evidence, report):
        raise left
    documents, refused = read_all(evidence)
    others = _others(evidence)
    problems = [f"{path}: {reason}" for path, reason in refused]
    problems += [f"{path}: is no PDF" for path in others if not path.lower().endswith(beside)]
    problems += _too_many(documents)
    problems += [f"{path}: an archive with the report in it" for path in _own_archives(evidence)]
    if not documents and not problems:
        problems.append(evidence.submission.problem or "no file")
    if problems:
        message = f"expected one PDF and nothing else, found {problems[0]}"
        return Finding.failed(message, "hand in the report alone, exported as PDF", details=tuple(problems[1:]))
    notes = tuple(f"{path} lies beside it, which is fine" for path in others)
    pages = counted(documents[0].page_count, "page")
    return Finding.passed(f"{documents[0].path} is a PDF of {pages}", details=notes)


def _is_left(evidence: Evidence, report: Callable[[Evidence], Document]) -> MissingEvidence | None:
    """What to say if the report is the template, left as it was."""
    try:
        report(evidence)
    except MissingEvidence as missing:
        return missing if missing.reason.startswith("not attempted") else None
    return None


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
