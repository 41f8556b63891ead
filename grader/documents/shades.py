"""What lies under text and is no figure: a background for every line of a listing, rows of a table in two shades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from grader.documents.raw import Page, PageBox, VectorGraphic

RECTANGLE, ROUNDED = 10, 60  # segments of a path: a rectangle drawn twice, and one with round corners
LOWEST, HIGHEST = 4.0, 26.0  # points: the height of a line's background
BESIDE = 2  # in a row: more are the cells of a table or a matrix
ROWS = 3  # one below the other, at least
TIGHT, FULL = 1.55, 0.75  # times the type size, and of its width: the background of a piece of code
LARGE, MOST = 5000.0, 60  # square points of a box of text; boxes of a page that are looked at
MANY, DENSE = 12, 0.1  # words of a box of text; of its area, what they cover
CENTRED = 3.0  # points between the margins left and right of a text that is set in the middle of its box


def shades(page: Page, drawings: Sequence[VectorGraphic]) -> set[int]:
    """Which drawings are shades of lines of text, by index.

    They stand one below the other and hold text, or are hardly larger than the text that they hold. In a diagram of
    layers the text stands in the middle of its box.
    """
    flat = [index for index, part in enumerate(drawings) if _is_flat(part)]
    rows = Counter(round(drawings[index].box.top) for index in flat)
    flat = [index for index in flat if rows[round(drawings[index].box.top)] <= BESIDE]
    texts = Texts(page)
    tight = [index for index, part in enumerate(drawings) if _is_low(part) and texts.fits(part.box)]
    found = {index for run in _runs(drawings, flat) if texts.fill([drawings[at].box for at in run]) for index in run}
    return found | set(tight if len(tight) >= ROWS else []) | _text_boxes(drawings, found, texts)


def _text_boxes(drawings: Sequence[VectorGraphic], lines: set[int], texts: Texts) -> set[int]:
    """Boxes full of words in which nothing else is drawn but shades of lines and frames."""
    large = [index for index, part in enumerate(drawings) if part.segments <= ROUNDED and part.box.area > LARGE]
    solid = [
        part.box
        for index, part in enumerate(drawings)
        if index not in lines and part.box.area < LARGE and min(part.box.width, part.box.height) > LOWEST
    ]
    return {
        index
        for index in large[:MOST]
        if texts.are_dense(drawings[index].box) and sum(drawings[index].box.holds(box) for box in solid) < ROWS
    }


def _is_flat(part: VectorGraphic) -> bool:
    return _is_low(part) and 2 * part.box.width > HIGHEST


def _is_low(part: VectorGraphic) -> bool:
    """Whether it is as high as a line; each word of a listing may have a background of its own."""
    return part.segments <= ROUNDED and LOWEST < part.box.height <= HIGHEST


def _runs(drawings: Sequence[VectorGraphic], flat: Sequence[int]) -> Iterator[list[int]]:
    """Rectangles with the same left edge, each close below the one before."""
    ordered = sorted(flat, key=lambda at: (round(drawings[at].box.left), drawings[at].box.top))
    run: list[int] = ordered[:1]
    for before, after in pairwise(ordered):
        if not _is_below(drawings[before].box, drawings[after].box):
            yield from [run] if len(run) >= ROWS else []
            run = []
        run.append(after)
    if len(run) >= ROWS:
        yield run


def _is_below(above: PageBox, below: PageBox) -> bool:
    close = -0.3 * above.height < below.top - above.bottom < 0.6 * above.height
    return close and abs(above.left - below.left) < 1.5 and below.height < 2 * above.height < 4 * below.height


class Texts:
    """The places of a page's words, to ask what stands in a box."""

    def __init__(self, page: Page) -> None:
        self.edges = np.array([(word.box.left, word.box.right) for word in page.words], np.float64).reshape(-1, 2)
        self.sizes = np.array([word.size for word in page.words], np.float64)
        self.centres = np.array([word.box.centre for word in page.words], np.float64).reshape(-1, 2)

    def fill(self, run: Sequence[PageBox]) -> bool:
        """Whether text stands in most of the boxes, and not in their middle."""
        filled, centred = self.centred(run)
        return 2 * filled > len(run) and 2 * centred < filled

    def centred(self, boxes: Sequence[PageBox]) -> tuple[int, int]:
        """How many boxes hold text, and in how many of them it stands in the middle."""
        spans = [span for box in boxes if (span := self._span(box)) is not None]
        return len(spans), sum(abs((left - box.left) - (box.right - right)) < CENTRED for box, left, right in spans)

    def are_dense(self, box: PageBox) -> bool:
        """Whether many words fill a box."""
        inside = self._inside(box)
        filled = float((np.diff(self.edges[inside]).ravel() * self.sizes[inside]).sum())
        return int(inside.sum()) > MANY and filled > DENSE * box.area

    def fits(self, box: PageBox) -> bool:
        """Whether a box is hardly larger than its text, as the background of a piece of code is."""
        inside = self._inside(box)
        if not inside.any() or box.height > TIGHT * self.sizes[inside].max():
            return False
        return float(np.ptp(self.edges[inside])) > FULL * box.width

    def _inside(self, box: PageBox) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        x, y = self.centres[:, 0], self.centres[:, 1]
        return np.asarray((x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom))

    def _span(self, box: PageBox) -> tuple[PageBox, float, float] | None:
        inside = self.edges[self._inside(box)]
        return (box, float(inside[:, 0].min()), float(inside[:, 1].max())) if len(inside) else None
