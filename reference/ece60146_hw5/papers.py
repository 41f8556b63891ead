"""The report among what was handed in, and what its figures and matrices are labelled with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.documents import Box, Caption, Document, Line, NumberTable, Region, Role, UnreadableDocument, read_document
from grader.evidence import Evidence, MissingEvidence

from . import captions
from .captions import Item

SAYS_WHAT = re.compile(r"confusion|matrix|loss|learning[\s-]*rate|net[\s_-]*3", re.IGNORECASE)
SAYS_WHOSE = re.compile(r"learning[\s-]*rate|\blrs?\b|net|hw|homework|skip|bme|cifar|coco|\d[.e]", re.IGNORECASE)
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
    cut: bool = False  # a page ends right after it


def report_path(evidence: Evidence) -> str:
    """The PDF that is the report: the one named after the homework, else the first. Raises MissingEvidence."""
    found = sorted(evidence.documents(), key=lambda path: (HOMEWORK.search(path) is None, path.count("/"), path))
    if found:
        return found[0]
    if evidence.submission.ambiguous or evidence.submission.problem:
        raise evidence.why_missing()
    raise MissingEvidence("expected the report hw5.pdf, found no PDF", hint="hand in hw5.pdf beside hw5.zip")


class _Last:
    """The evidence read last: several criteria read the same report."""

    evidence: Evidence | None = None
    document: Document | None = None


def report(evidence: Evidence) -> Document:
    """The report. Raises MissingEvidence: the student's fault if it is no PDF, ours if it shows pictures of text."""
    if _Last.evidence is not evidence or _Last.document is None:
        _Last.document = _report(evidence)
        _Last.evidence = evidence
    return _Last.document


def _report(evidence: Evidence) -> Document:
    path = report_path(evidence)
    try:
        document = read_document(evidence, path)
    except UnreadableDocument as error:
        raise MissingEvidence(
            f"{path} cannot be read: {error}", hint="hand in a PDF that opens without a password"
        ) from None
    if document.scanned:
        raise MissingEvidence(
            f"{path} could not be read: its {document.page_count} pages are pictures without text",
            ours=True,
            hint="a person has to read it",
        )
    return document


def labelled_tables(document: Document) -> list[Labelled]:
    """Tables of numbers with their labels."""
    return _labelled(document, [Item(table.page, table.box, table=table) for table in document.number_tables])


def labelled_figures(document: Document) -> list[Labelled]:
    """Images and drawings with their labels."""
    return _labelled(document, [Item(region.page, region.box, region=region) for region in document.figures])


def _labelled(document: Document, items: Sequence[Item]) -> list[Labelled]:
    """Captions stand above their tables or below them throughout a document: whichever leaves fewer without one."""
    above, below = ([captions.find(document, item, place) for item in items] for place in ("above", "below"))
    usual_above = bool(items) and items[0].table is not None and not captions.is_drawn(document, items[0])
    scores = [(*_score(items, part), usual) for part, usual in ((above, usual_above), (below, not usual_above))]
    first, second = (above, below) if scores[0] >= scores[1] else (below, above)
    chosen: list[Caption | None] = [None] * len(items)
    for part, fitting in ((first, True), (second, True), (first, False), (second, False)):
        taken = {id(one) for one in chosen if one}
        chosen = [one or (other if other and id(other) not in taken and (item.fits(other) or not fitting) else None)
                  for one, other, item in zip(chosen, part, items, strict=True)]  # fmt: skip
    return [_with_label(document, item, caption) for item, caption in zip(items, chosen, strict=True)]


def _score(items: Sequence[Item], found: Sequence[Caption | None]) -> tuple[int, int]:
    """How many captions are of the right kind, and how many there are."""
    fitting = {id(one) for item, one in zip(items, found, strict=True) if one and item.fits(one)}
    return len(fitting), len({id(one) for one in found if one})


def _with_label(document: Document, item: Item, caption: Caption | None) -> Labelled:
    last = item.table is not None and item.table.tail is None and _is_last(document, item.page, item.box)
    return Labelled(item.box, item.page, _label(document, item, caption), caption, item.table, item.region, last)


def _is_last(document: Document, page: int, box: Box) -> bool:
    return page < document.page_count and not any(
        line.page == page and line.box.top > box.bottom + 1 and line.role is not Role.MARGIN for line in document.lines
    )


def _label(document: Document, item: Item, caption: Caption | None) -> str:
    inside = " ".join(line.text for line in document.lines if line.page == item.page
                      and line.role is Role.FIGURE_TEXT and item.box.holds(line.box, 30.0))  # fmt: skip
    if caption is not None and SAYS_WHOSE.search(caption.text):
        return f"{caption.text} {inside}"
    if caption is not None:
        return f"{caption.text} {inside} {' '.join(_headings(document, item)[-1:])}"
    return f"{' '.join(_around(document, item))} {inside}"


def _around(document: Document, item: Item) -> Iterator[str]:
    """The nearest lines above, else below, and the heading above."""
    page, box = item.page, item.box
    every = [line for line in document.lines if line.role is not Role.MARGIN and not captions.is_head(line, item)]
    lines = [line for line in every if line.role in (Role.PROSE, Role.HEADING)]
    above = [line for line in lines if line.page == page and -2 < box.top - line.box.bottom < captions.NEAR]
    if not any(line.page == page and line.box.bottom < box.top for line in every):
        above = [line for line in every if line.page == page - 1][-1:]
        above = above if above and above[0] in lines and not _ends_with_figure(document, above[0]) else []
    below = [line for line in lines if line.page == page and -2 < line.box.top - box.bottom < captions.NEAR / 2]
    yield from (line.text for line in above[-2:])
    if not any(SAYS_WHAT.search(line.text) for line in above[-2:]):
        yield from (line.text for line in below[:1])
    yield from _headings(document, item)[-1:]


def _headings(document: Document, item: Item) -> list[str]:
    """The headings before a figure or table."""
    return [line.text for line in document.headings if (line.page, line.box.top) < (item.page, item.box.top)
            and not captions.is_head(line, item)]  # fmt: skip


def _ends_with_figure(document: Document, line: Line) -> bool:
    """Whether a figure stands between a line and its page's end."""
    return any(region.page == line.page and region.box.top > line.box.bottom for region in document.figures)


def words_of(document: Document) -> Iterator[tuple[str, int]]:
    """Every piece of text in which a claim may stand, and its page: sentences, and lines that are no prose."""
    yield from ((sentence.text, sentence.page) for sentence in document.sentences)
    yield from ((caption.text, caption.page) for caption in document.captions)
    yield from ((line.text, line.page) for line in document.lines
                if line.role in (Role.HEADING, Role.TABLE, Role.CODE, Role.FIGURE_TEXT))  # fmt: skip
