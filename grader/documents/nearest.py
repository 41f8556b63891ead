"""Which caption belongs to a figure or a table of numbers: the one right above or right below, pages' ends included.

Captions stand above their figures or below them throughout a document: whichever way leaves fewer without one.
Several pictures may share a caption, as the parts of one figure do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.documents.captions import Caption
from grader.documents.lines import Line, LineRole
from grader.documents.number_tables import NumberTable
from grader.documents.raw import PageBox
from grader.documents.regions import Region

if TYPE_CHECKING:
    from grader.documents.document import Document, OnPage

NEAR = 90.0  # points between a figure or table and its caption
FAR = 220.0  # and if what a program printed stands between
SENTENCE = 8  # words of a line that is no head of a column
HEADS = 2  # lines between a caption and the numbers of its table
PRINTED = 9  # and if a program printed them
AXIS = re.compile(r"(?:predicted|true|actual|target|ground truth)(?:\s+(?:label|class)(?:es|s)?)?", re.IGNORECASE)


@dataclass(frozen=True)
class PlacedItem:
    """A figure or a table of numbers, and where it is."""

    page: int
    box: PageBox
    table: NumberTable | None = None
    region: Region | None = None

    def end(self, place: str) -> tuple[int, PageBox]:
        """Page and box of the part that a caption above or below stands next to."""
        tail = self.table.tail if self.table is not None else None
        return tail if tail is not None and place == "below" else (self.page, self.box)

    def fits(self, caption: Caption) -> bool:
        """Whether it is called what it is."""
        return caption.kind == ("figure" if self.table is None else "table")


def captions_of(document: Document, items: Sequence[PlacedItem]) -> list[Caption | None]:
    """The caption of each item, or None. The items are all figures of a document, or all its tables."""
    above, below = ([find(document, item, place) for item in items] for place in ("above", "below"))
    usual_above = bool(items) and items[0].table is not None and not is_drawn(document, items[0])
    scores = [(*_score(items, part), usual) for part, usual in ((above, usual_above), (below, not usual_above))]
    first, second = (above, below) if scores[0] >= scores[1] else (below, above)
    chosen: list[Caption | None] = [None] * len(items)
    for part, fitting in ((first, True), (second, True), (first, False), (second, False)):
        taken = {id(one) for one in chosen if one}
        chosen = [
            one or (other if other and id(other) not in taken and (item.fits(other) or not fitting) else None)
            for one, other, item in zip(chosen, part, items, strict=True)
        ]
    return chosen


def _score(items: Sequence[PlacedItem], found: Sequence[Caption | None]) -> tuple[int, int]:
    """How many captions are of the right kind, and how many there are."""
    fitting = {id(one) for item, one in zip(items, found, strict=True) if one and item.fits(one)}
    return len(fitting), len({id(one) for one in found if one})


def find(document: Document, item: PlacedItem, place: str) -> Caption | None:
    """The caption that stands `above` or `below`, on the same page or at a page's end."""
    page, box = item.end(place)
    here = document.on_page(page)
    around = next(
        (region.box for region in here.figures if region.box.holds(box, 30.0) and not _holds_more(here, region, box)),
        box,
    )
    gaps = [
        (_distance(caption.box, around, place), caption)
        for caption in here.captions
        if _shares_column(document, item, around, caption)
    ]
    near = [
        pair
        for pair in gaps
        if 0 <= pair[0] < (FAR if item.fits(pair[1]) else NEAR)
        and not _between(document, item, page, pair[1], around, box)
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else _beyond(document, item, place)


def is_drawn(document: Document, item: PlacedItem) -> bool:
    """Whether a table of numbers is the text of a drawn figure."""
    return any(region.box.holds(item.box, 30.0) for region in document.on_page(item.page).figures)


def is_head(line: Line, item: PlacedItem) -> bool:
    """Whether a line holds the heads of a table's columns: in a confusion matrix they are the rows' too."""
    if item.table is None:
        return False
    known = {word for label in (*item.table.row_labels, *item.table.column_labels) for word in label.lower().split()}
    words = line.text.lower().split()
    return 2 * sum(word in known for word in words) >= len(words)


def _holds_more(here: OnPage, region: Region, box: PageBox) -> bool:
    """Whether a drawing is around several tables of numbers: rules, and no figure."""
    return any(table.box != box and region.box.holds(table.box) for table in here.tables)


def _distance(caption: PageBox, box: PageBox, place: str) -> float:
    """How far a caption stands above or below; negative if it does not. A few points of overlap are none."""
    gap = box.top - caption.bottom if place == "above" else caption.top - box.bottom
    return max(0.0, gap) if gap > -8 else -1.0


def _shares_column(document: Document, item: PlacedItem, box: PageBox, caption: Caption) -> bool:
    """Whether a caption stands in the column of a figure or table, or between a picture and another one beside it."""
    if _overlap(box, caption.box):
        return True
    if item.table is not None:
        return _is_centred_beside(document, item, caption)
    row = [
        region.box
        for region in document.on_page(item.page).figures
        if min(region.box.bottom, box.bottom) - max(region.box.top, box.top) > 0.5 * box.height
    ]
    centre = caption.box.centre[0]
    between = min(one.left for one in row) < centre < max(one.right for one in row) if row else False
    return between and not any(_overlap(one, caption.box) for one in row)


def _is_centred_beside(document: Document, item: PlacedItem, caption: Caption) -> bool:
    """Whether a caption is centred in the column at whose side a table stands, as what programs print does."""
    here = document.on_page(item.page)
    row = [
        other
        for other in (*(table.box for table in here.tables), *(region.box for region in here.figures))
        if other.bottom > item.box.top and other.top < item.box.bottom and _overlap(other, caption.box)
    ]
    columns = [line.column for line in here.lines if item.box.holds(line.box, 4.0)]
    return not row and any(one.left <= caption.box.left and caption.box.right <= one.right for one in columns)


def _overlap(one: PageBox, other: PageBox) -> bool:
    return min(one.right, other.right) > max(one.left, other.left)


def _between(document: Document, item: PlacedItem, page: int, caption: Caption, box: PageBox, own: PageBox) -> bool:
    """Whether a sentence, another table, or above a table a figure stands between a caption and what may be its own."""
    low, high = sorted((caption.box.centre[1], box.centre[1]))
    here = document.on_page(page)
    others = [table.box for table in here.tables if table.box != own]
    if item.table is not None:
        others += [part.box for part in here.figures if not part.box.holds(own, 30.0)]
    others += [line.box for line in here.lines if _is_apart(document, line, caption)]
    side = [other for other in others if _overlap(other, box)]
    return any(low < other.centre[1] < high for other in side if not box.holds(other, 30.0))


def _is_apart(document: Document, line: Line, caption: Caption) -> bool:
    """Whether a line is running text, and neither the rest of the caption nor what a program printed."""
    gap = max(line.box.top - caption.box.bottom, caption.box.top - line.box.bottom)
    if _is_printed(document, line):
        return False
    return line.role is LineRole.PROSE and len(line.words) >= SENTENCE and gap > 0.7 * line.size


def _beyond(document: Document, item: PlacedItem, place: str) -> Caption | None:
    """The caption on the other side of a page's end, at most heads of columns and what a program printed between."""
    page, box = item.end(place)
    other = page - 1 if place == "above" else page + 1
    lines, there = (
        [line for line in document.on_page(number).lines if line.role is not LineRole.MARGIN]
        for number in (page, other)
    )
    if place == "above":
        here = [line for line in lines if line.box.bottom < box.top]
        there = there[::-1]
    else:
        here = [line for line in lines if line.box.top > box.bottom]
    heads = next((count for count, line in enumerate(there) if not _is_between(document, line, item)), 0)
    between = [line for line in (*here, *there[:heads]) if not _is_printed(document, line)]
    if (
        len(between) > HEADS
        or len(here) + heads > PRINTED
        or not all(_is_between(document, line, item) for line in here)
    ):
        return None
    there = there[heads:]
    if not there or there[0].role is not LineRole.CAPTION:
        return None
    return min(
        document.on_page(other).captions,
        key=lambda caption: abs(caption.box.centre[1] - there[0].box.centre[1]),
        default=None,
    )


def _is_between(document: Document, line: Line, item: PlacedItem) -> bool:
    """Whether a line may stand between a caption and its table."""
    return _is_beside(line, item) or _is_printed(document, line)


def _is_printed(document: Document, line: Line) -> bool:
    """Whether a line is set like what a program prints, and not like running text."""
    other = line.mono or abs(line.size - document.typography.size) > 1
    return other and line.role in (LineRole.PROSE, LineRole.TABLE, LineRole.CODE)


def _is_beside(line: Line, item: PlacedItem) -> bool:
    """Whether a line is part of a table though it holds none of its numbers, or a label of its axes."""
    return line.role is not LineRole.CAPTION and (is_head(line, item) or AXIS.fullmatch(line.text) is not None)
