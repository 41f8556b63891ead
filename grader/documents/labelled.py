"""Figures and tables of numbers with what is written about them, and figures that have no caption."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from grader.documents import nearest
from grader.documents.captions import Caption
from grader.documents.document import Document, OnPage
from grader.documents.lines import Line, LineRole
from grader.documents.nearest import PlacedItem
from grader.documents.number_tables import NumberTable
from grader.documents.raw import PageBox
from grader.documents.regions import Region

SIZEABLE = (90.0, 60.0)  # points: smaller pictures are logos and icons
CLUSTER = 40.0  # points between pictures of one figure
BESIDE = 60.0  # points between a caption and the listing, or table of words, that it is about
PRINTED = 2.5  # times the type size: between a matrix and the two lines above it
TOP, BOTTOM = 0.2, 0.75  # of a page's height: where a figure whose caption is over the leaf stands


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A figure or a table of numbers with its caption, if it has one, and with what else may say what it shows.

    `inside` is the text within a drawing, `above` and `below` are the nearest lines of running text, `heading` is the
    one before it. `cut` tells that a page ends right after a table. `parts` are the places of several pictures that are
    taken as one figure.
    """

    page: int
    box: PageBox
    caption: Caption | None
    inside: str = ""
    above: str = ""
    below: str = ""
    heading: str = ""
    table: NumberTable | None = None
    region: Region | None = None
    cut: bool = False
    parts: tuple[PageBox, ...] = ()


def labelled_tables(document: Document) -> list[Labelled]:
    """Tables of numbers with their labels."""
    return _labelled(document, [PlacedItem(table.page, table.box, table=table) for table in document.number_tables])


def labelled_figures(document: Document) -> list[Labelled]:
    """Images and drawings with their labels."""
    return _labelled(document, [PlacedItem(region.page, region.box, region=region) for region in document.figures])


def _labelled(document: Document, items: Sequence[PlacedItem]) -> list[Labelled]:
    chosen = nearest.captions_of(document, items)
    return [_with_label(document, item, caption) for item, caption in zip(items, chosen, strict=True)]


def _with_label(document: Document, item: PlacedItem, caption: Caption | None) -> Labelled:
    here = document.on_page(item.page)
    return Labelled(
        page=item.page,
        box=item.box,
        caption=caption,
        inside=" ".join([*(line.text for line in here.lines if _is_inside(line, item)), *_printed(here, item)]),
        above=" ".join(line.text for line in _above(document, item)),
        below=" ".join(line.text for line in _below(document, item)),
        heading=_heading(document, item),
        table=item.table,
        region=item.region,
        cut=item.table is not None and item.table.tail is None and _ends_page(document, item.page, item.box),
    )


def _printed(here: OnPage, item: PlacedItem) -> list[str]:
    """What a program printed before a matrix: in its first line, and in the two right above."""
    if item.table is None:
        return []
    lines = [line for line in here.lines if line.role is LineRole.CODE and re.search(r"[^\W\d_]{2}", line.text)]
    above = [line.text for line in lines if -2 < item.box.top - line.box.bottom < PRINTED * line.size]
    return [*above[-2:], item.table.said]


def _is_inside(line: Line, item: PlacedItem) -> bool:
    return line.role is LineRole.FIGURE_TEXT and item.box.holds(line.box, 30.0)


def _ends_page(document: Document, page: int, box: PageBox) -> bool:
    lines = document.on_page(page).lines
    below = any(line.box.top > box.bottom + 1 and line.role is not LineRole.MARGIN for line in lines)
    return page < document.page_count and not below


def _above(document: Document, item: PlacedItem) -> list[Line]:
    """The nearest lines above, on the page before if nothing stands above on its own."""
    every, before = (_unlike_heads(document, number, item) for number in (item.page, item.page - 1))
    above = [line for line in every if _is_running(line) and -2 < item.box.top - line.box.bottom < nearest.NEAR]
    if any(line.box.bottom < item.box.top for line in every):
        return above[-2:]
    last = before[-1:]
    return last if last and _is_running(last[0]) and not _ends_with_figure(document, last[0]) else []


def _unlike_heads(document: Document, page: int, item: PlacedItem) -> list[Line]:
    """The lines of a page but headers, footers and the heads of a table's columns."""
    return [
        line
        for line in document.on_page(page).lines
        if line.role is not LineRole.MARGIN and not nearest.is_head(line, item)
    ]


def _below(document: Document, item: PlacedItem) -> list[Line]:
    lines = [line for line in _unlike_heads(document, item.page, item) if _is_running(line)]
    return [line for line in lines if -2 < line.box.top - item.box.bottom < nearest.NEAR / 2][:1]


def _is_running(line: Line) -> bool:
    return line.role in (LineRole.PROSE, LineRole.HEADING)


def _heading(document: Document, item: PlacedItem) -> str:
    """The last heading before a figure or table."""
    for page in range(item.page, 0, -1):
        lines = [
            line
            for line in document.on_page(page).lines
            if line.role is LineRole.HEADING and (page < item.page or line.box.top < item.box.top)
        ]
        found = next((line.text for line in reversed(lines) if not nearest.is_head(line, item)), None)
        if found is not None:
            return found
    return ""


def _ends_with_figure(document: Document, line: Line) -> bool:
    """Whether a figure stands between a line and its page's end."""
    return any(region.box.top > line.box.bottom for region in document.on_page(line.page).figures)


def with_something(document: Document) -> tuple[Caption, ...]:
    """The captions beside which something is shown: an image, a drawing, a table's rows, a listing."""
    owned = [*labelled_figures(document), *labelled_tables(document)]
    taken = {item.caption for item in owned if item.caption is not None}
    free = [item for item in owned if item.region is not None and item.caption is None]
    return tuple(
        caption
        for caption in document.captions
        if caption in taken
        or _shows_text(document, caption)
        or any(item.page == caption.page for item in free)
        or _over_the_leaf(document, caption, free)
    )


def _shows_text(document: Document, caption: Caption) -> bool:
    """Whether a table, a listing or a summary as text stands beside a caption."""
    lines = [line for line in document.on_page(caption.page).lines if line.role in (LineRole.CODE, LineRole.TABLE)]
    return any(max(line.box.top - caption.box.bottom, caption.box.top - line.box.bottom) < BESIDE for line in lines)


def _over_the_leaf(document: Document, caption: Caption, free: Sequence[Labelled]) -> bool:
    """A caption that ends or begins a page may belong to a figure over the leaf, if no other caption has that."""
    heights = {page.number: page.height for page in document.pages}
    height = heights[caption.page]
    if caption.box.bottom > 0.85 * height or _is_last(document, caption):
        return any(item.page == caption.page + 1 and item.box.top < TOP * heights[item.page] for item in free)
    if caption.box.top < 0.15 * height or is_first(document, caption):
        return any(item.page == caption.page - 1 and item.box.bottom > BOTTOM * heights[item.page] for item in free)
    return False


def is_first(document: Document, caption: Caption) -> bool:
    """Whether a caption begins its page."""
    lines = [line for line in document.on_page(caption.page).lines if line.role is not LineRole.MARGIN]
    return bool(lines) and lines[0].role is LineRole.CAPTION and lines[0].box.top >= caption.box.top - 1


def _is_last(document: Document, caption: Caption) -> bool:
    here = document.on_page(caption.page)
    lines = [line.box for line in here.lines if line.role is not LineRole.MARGIN]
    figures = [region.box for region in here.figures]
    return all(box.bottom <= caption.box.bottom + 1 for box in (*lines, *figures))


def once_more(document: Document) -> tuple[Caption, ...]:
    """Captions that name the figure once more that the caption before names: its title, and what stands below it."""
    items = [*labelled_figures(document), *labelled_tables(document)]
    return tuple(
        second
        for first, second in pairwise(document.captions)
        if (first.kind, first.number, first.page) == (second.kind, second.number, second.page)
        and _stand_around_one(items, first, second)
    )


def _stand_around_one(items: Sequence[Labelled], first: Caption, second: Caption) -> bool:
    """Whether one figure or table stands between two captions, and neither has another one."""
    low, high = first.box.bottom - 4, second.box.top + 4
    between = [item for item in items if item.page == first.page and low <= item.box.centre[1] <= high]
    others = [item for item in items if item.caption in (first, second) and item not in between]
    return bool(between) and not others


def without_caption(document: Document) -> list[Labelled]:
    """Figures that have none: of pages with more figures than captions, if the whole document has more too.

    Pictures close together are taken as one figure, and so are those that share a caption.
    """
    found: list[Labelled] = []
    items = labelled_figures(document)
    groups = [group for page in document.pages for group in _groups_on(document, items, page.number)]
    for page in document.pages:
        here = [group for group in groups if group[0].page == page.number]
        if len(here) > _captions_for(document, page.number):
            bare = [group for group in here if all(item.caption is None for item in group)]
            found += [replace(group[0], parts=tuple(item.box for item in group)) for group in bare]
    return found if len(groups) > sum(caption.kind == "figure" for caption in document.captions) else []


def _captions_for(document: Document, page: int) -> int:
    """How many captions the figures of a page may have: its own, and one that begins the next page."""
    own = document.on_page(page).captions
    height = next((one.height for one in document.pages if one.number == page + 1), 0.0)
    over = any(
        caption.box.top < TOP * height or is_first(document, caption) for caption in document.on_page(page + 1).captions
    )
    return len(own) + over


def _groups_on(document: Document, items: Sequence[Labelled], page: int) -> list[list[Labelled]]:
    """The sizeable pictures of a page, those close together with no caption between them taken as one figure."""
    captions = document.on_page(page).captions
    large = [item for item in items if item.page == page and is_sizeable(item.box)]
    groups: list[list[Labelled]] = []
    for item in sorted(large, key=lambda part: part.box.top):
        before = max((part.box.bottom for part in groups[-1]), default=0.0) if groups else 0.0
        parted = any(before - 4 <= caption.box.centre[1] <= item.box.top + 4 for caption in captions)
        if groups and item.box.top - before < CLUSTER and not parted:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def is_sizeable(box: PageBox) -> bool:
    """Whether a picture is larger than logos and icons are."""
    return box.width >= SIZEABLE[0] and box.height >= SIZEABLE[1]
