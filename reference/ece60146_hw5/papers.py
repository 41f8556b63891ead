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
    return _labelled(document, [(table.page, table.box, table, None) for table in document.number_tables])


def labelled_figures(document: Document) -> list[Labelled]:
    """Images and drawings with their labels."""
    return _labelled(document, [(region.page, region.box, None, region) for region in document.figures])


_Item = tuple[int, Box, NumberTable | None, Region | None]


def _labelled(document: Document, items: list[_Item]) -> list[Labelled]:
    """Captions stand above their tables or below them throughout a document: whichever leaves fewer without one."""
    above, below = ([_caption(document, item, place) for item in items] for place in ("above", "below"))
    found_above, found_below = (len({id(one) for one in part if one}) for part in (above, below))
    usual_above = bool(items) and items[0][2] is not None and not _is_drawn(document, items[0])
    first, second = (above, below) if (found_above, usual_above) >= (found_below, not usual_above) else (below, above)
    chosen = list(first)
    for others in ([_turned(document, item) for item in items], second):
        taken = {id(one) for one in chosen if one}
        chosen = [one or (other if other and id(other) not in taken else None)
                  for one, other in zip(chosen, others, strict=True)]  # fmt: skip
    return [_with_label(document, item, caption) for item, caption in zip(items, chosen, strict=True)]


def _with_label(document: Document, item: _Item, caption: Caption | None) -> Labelled:
    page, box, table, region = item
    label, last = _label(document, page, box, caption), _is_last(document, page, box)
    return Labelled(box, page, label, caption, table, region, last)


def _is_last(document: Document, page: int, box: Box) -> bool:
    return page < document.page_count and not any(
        line.page == page and line.box.top > box.bottom + 1 and line.role is not Role.MARGIN for line in document.lines
    )


def _turned(document: Document, item: _Item) -> Caption | None:
    """The caption on the other side of a page's end, for what stands right at it."""
    page, box, _, _ = item
    lines = [line for line in document.lines if line.role is not Role.MARGIN]
    here = [line for line in lines if line.page == page and not box.holds(line.box, 30.0)]
    before = [line for line in lines if line.page == page - 1]
    after = [line for line in lines if line.page == page + 1]
    if before and before[-1].role is Role.CAPTION and not any(line.box.bottom < box.top for line in here):
        return next((one for one in reversed(document.captions) if one.page == page - 1), None)
    if after and after[0].role is Role.CAPTION and not any(line.box.top > box.bottom for line in here):
        own = [one for one in document.captions if one.page == page and abs(one.box.bottom - box.top) < NEAR]
        return None if own else next((one for one in document.captions if one.page == page + 1), None)
    return None


def _is_drawn(document: Document, item: _Item) -> bool:
    """Whether a table of numbers is the text of a drawn figure."""
    return any(region.page == item[0] and region.box.holds(item[1], 30.0) for region in document.figures)


def _caption(document: Document, item: _Item, place: str) -> Caption | None:
    page, box, _, _ = item
    around = next(
        (region.box for region in document.figures if region.page == page and region.box.holds(box, 30.0)), box
    )
    gaps = [(_distance(caption.box, around, place), caption) for caption in document.captions if caption.page == page]
    near = [pair for pair in gaps if 0 <= pair[0] < NEAR and not _between(document, page, pair[1], around, box)]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _distance(caption: Box, box: Box, place: str) -> float:
    """How far a caption stands above or below; negative if it does not. A few points of overlap are none."""
    gap = box.top - caption.bottom if place == "above" else caption.top - box.bottom
    return max(0.0, gap) if gap > -8 else -1.0


def _between(document: Document, page: int, caption: Caption, box: Box, own: Box) -> bool:
    """Whether another table or figure stands between a caption and what it might belong to."""
    low, high = sorted((caption.box.centre[1], box.centre[1]))
    others = [table.box for table in document.number_tables if table.page == page and table.box != own]
    others += [region.box for region in document.figures if region.page == page and not region.box.holds(own, 30.0)]
    side = [other for other in others if min(other.right, box.right) > max(other.left, box.left)]
    return any(low < other.centre[1] < high for other in side if not box.holds(other, 30.0))


def _label(document: Document, page: int, box: Box, caption: Caption | None) -> str:
    inside = " ".join(line.text for line in document.lines if line.page == page and line.role is Role.FIGURE_TEXT
                      and box.holds(line.box, 30.0))  # fmt: skip
    if caption is not None:
        return f"{caption.text} {inside}"
    return f"{' '.join(_around(document, page, box))} {inside}"


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
