"""The report among what was handed in, and what its figures and matrices are labelled with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.documents import Box, Caption, Document, NumberTable, Region, Role, UnreadableDocument, read_document
from grader.evidence import Evidence, MissingEvidence

NEAR = 90.0  # points between a figure or table and its caption
HOMEWORK = re.compile(r"hw[ _-]?0?5|homework[ _-]?0?5", re.IGNORECASE)


@dataclass(frozen=True)
class Labelled:
    """A figure or a table of numbers with what is written about it: its caption, else the lines around it."""

    box: Box
    page: int
    label: str
    caption: Caption | None
    table: NumberTable | None = None
    region: Region | None = None


def report_path(evidence: Evidence) -> str:
    """The PDF that is the report: the one named after the homework, else the first. Raises MissingEvidence."""
    found = sorted(evidence.documents(), key=lambda path: (HOMEWORK.search(path) is None, path.count("/"), path))
    if found:
        return found[0]
    if evidence.submission.ambiguous or evidence.submission.problem:
        raise evidence.why_missing()
    raise MissingEvidence("expected the report hw5.pdf, found no PDF", hint="hand in hw5.pdf beside hw5.zip")


def report(evidence: Evidence) -> Document:
    """The report. Raises MissingEvidence: the student's fault if it is no PDF, ours if it shows pictures of text."""
    path = report_path(evidence)
    try:
        document = read_document(evidence, path)
    except UnreadableDocument as error:
        raise MissingEvidence(f"{path} cannot be read: {error}", hint="hand in a PDF that opens without a password") from None
    if document.scanned:
        raise MissingEvidence(
            f"{path} could not be read: its {document.page_count} pages are pictures without text",
            ours=True,
            hint="a person has to read it",
        )
    return document


def labelled_tables(document: Document) -> list[Labelled]:
    """Tables of numbers with their labels."""
    return [Labelled(table.box, table.page, *_label(document, table.page, table.box), table=table)
            for table in document.number_tables]  # fmt: skip


def labelled_figures(document: Document) -> list[Labelled]:
    """Images and drawings with their labels."""
    return [Labelled(region.box, region.page, *_label(document, region.page, region.box), region=region)
            for region in document.figures]  # fmt: skip


def _label(document: Document, page: int, box: Box) -> tuple[str, Caption | None]:
    near = [(gap, caption) for caption in document.captions
            if caption.page == page and (gap := _gap(caption.box, box)) < NEAR]  # fmt: skip
    caption = min(near, key=lambda pair: pair[0])[1] if near else None
    inside = " ".join(line.text for line in document.lines if line.page == page and line.role is Role.FIGURE_TEXT
                      and box.holds(line.box, 30.0))  # fmt: skip
    if caption is not None:
        return f"{caption.text} {inside}", caption
    return f"{' '.join(_around(document, page, box))} {inside}", None


def _gap(one: Box, other: Box) -> float:
    return max(one.top - other.bottom, other.top - one.bottom, 0.0)


def _around(document: Document, page: int, box: Box) -> Iterator[str]:
    """The nearest lines above and below, and the heading above."""
    lines = [line for line in document.lines if line.page == page and line.role in (Role.PROSE, Role.HEADING)]
    above = [line for line in lines if -2 < box.top - line.box.bottom < NEAR]
    below = [line for line in lines if -2 < line.box.top - box.bottom < NEAR / 2]
    headings = [line for line in document.headings if (line.page, line.box.top) < (page, box.top)]
    yield from (line.text for line in above[-2:])
    yield from (line.text for line in below[:1])
    yield from (line.text for line in headings[-1:])


def words_of(document: Document) -> Iterator[tuple[str, int]]:
    """Every piece of text in which a claim may stand, and its page: sentences, and lines that are no prose."""
    yield from ((sentence.text, sentence.page) for sentence in document.sentences)
    yield from ((caption.text, caption.page) for caption in document.captions)
    yield from ((line.text, line.page) for line in document.lines
                if line.role in (Role.HEADING, Role.TABLE, Role.CODE, Role.FIGURE_TEXT))  # fmt: skip
