"""Where the figures of a page are: its images, and clusters of drawings."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from grader.documents.raw import Page, PageBox, VectorGraphic
from grader.documents.shades import RECTANGLE, ROUNDED, Texts, shades

PAGE_SHARE = 0.75  # of the page's area: what is larger is a background
MOST = 60  # of a page: where there are more, they are no figures
SMALLEST = 24.0  # points: smaller images are icons and bullets
CELL, REACH = 3.0, 2  # of the raster that drawings are joined on: points a cell, cells that are bridged
DRAWN, FEW_WORDS = 6, 12  # with fewer drawings, more words make it a box of text
SOLID = 2.5  # points: what is thinner is a rule
LONG, BAND = 0.3, 40.0  # of the page's width or height: longer lines may be rules; points: a band is no higher
OVER = 6.0  # points by which a rule may reach beyond the figure that it belongs to
DENSE, FULL = 0.12, 0.16  # of its area: where many words, or few, cover more of a box, it is text on a shade
BOXES = 3  # with text in the middle make a diagram


@dataclass(frozen=True)
class Region:
    """A figure's place. `vector` ones are drawn, the others are images."""

    page: int
    box: PageBox
    vector: bool
    pixels: tuple[int, int] = (0, 0)


class Regions:
    """The figures of a document, by page."""

    def __init__(self, every: Iterable[Region]) -> None:
        self._by_page: dict[int, list[Region]] = {}
        for region in every:
            self._by_page.setdefault(region.page, []).append(region)

    def on(self, page: int) -> Sequence[Region]:
        """Those on a page."""
        return self._by_page.get(page, ())


def find_regions(page: Page) -> tuple[Region, ...]:
    """The figures of a page; images that touch each other are one."""
    large = [image for image in page.images if min(image.box.width, image.box.height) >= SMALLEST]
    images = [image for image in large if not is_background(image.box, page)]
    found = [Region(page.number, image.box, False, image.pixels) for image in images]
    drawn = [box for box in _clusters(page) if not any(_covered(box, region.box) for region in found)]
    every = [*_merged(found), *(Region(page.number, box, True) for box in drawn)]
    least = sorted((region.box.area for region in every), reverse=True)[:MOST][-1:]
    return tuple(region for region in every if region.box.area >= least[0])[:MOST]


def is_background(box: PageBox, page: Page) -> bool:
    """Whether it lies under the whole page."""
    return box.area > PAGE_SHARE * page.width * page.height


def _covered(box: PageBox, by: PageBox) -> bool:
    width = min(box.right, by.right) - max(box.left, by.left)
    height = min(box.bottom, by.bottom) - max(box.top, by.top)
    return width > 0 and height > 0 and width * height > 0.5 * box.area


def _merged(regions: list[Region]) -> list[Region]:
    """Images cut in strips, as some programs store them, become one."""
    out: list[Region] = []
    for region in sorted(regions, key=lambda part: (part.box.left, part.box.top)):
        last = next((other for other in out if _continues(other.box, region.box)), None)
        if last is None:
            out.append(region)
        else:
            out[out.index(last)] = Region(last.page, last.box.union(region.box), False, last.pixels)
    return out


def _continues(above: PageBox, below: PageBox) -> bool:
    same = abs(above.left - below.left) < 1 and abs(above.right - below.right) < 1
    return same and abs(above.bottom - below.top) < 1.5


def _clusters(page: Page) -> list[PageBox]:
    """Boxes of drawings that lie close together and are more than rules, frames or shades of text.

    A page's rules and bands join nothing: one below a header may touch a figure, and end in the other column.
    """
    drawings = [part for part in page.drawings if not is_background(part.box, page) and _on_page(part.box, page)]
    under = shades(page, drawings)
    kept = [part for index, part in enumerate(drawings) if index not in under]
    rules = [part for part in kept if _is_rule(part, page)]
    groups = _grouped(page, [part for part in kept if not _is_rule(part, page)])
    return [box for group in groups if (box := _figure(page, _with_rules(group, rules))) is not None]


def _is_rule(part: VectorGraphic, page: Page) -> bool:
    """Whether it is a long straight line, or a band across most of the page."""
    box = part.box
    if part.segments > RECTANGLE:
        return False
    thin = box.height <= SOLID and box.width > LONG * page.width
    upright = box.width <= SOLID and box.height > LONG * page.height
    return thin or upright or (box.height <= BAND and box.width > 0.7 * page.width)


def _grouped(page: Page, drawings: Sequence[VectorGraphic]) -> list[list[VectorGraphic]]:
    """Drawings that lie close together."""
    if not drawings:
        return []
    labels = _labelled(page, drawings)
    groups: dict[int, list[VectorGraphic]] = {}
    for part in drawings:
        row, column = (int(value / CELL) for value in reversed(part.box.centre))
        groups.setdefault(int(labels[row, column]), []).append(part)
    return [group for label, group in groups.items() if label]


def _with_rules(group: list[VectorGraphic], rules: Iterable[VectorGraphic]) -> list[VectorGraphic]:
    """A group, and the rules that lie within it: axes and grids are long lines too."""
    around = _around(group)
    wide = PageBox(around.left - OVER, around.top - OVER, around.right + OVER, around.bottom + OVER)
    return group + [rule for rule in rules if _is_within(rule.box, wide)]


def _is_within(box: PageBox, outer: PageBox) -> bool:
    upright = outer.top <= box.top and box.bottom <= outer.bottom
    return upright and outer.left <= box.left and box.right <= outer.right


def _around(group: Sequence[VectorGraphic]) -> PageBox:
    return functools.reduce(PageBox.union, (part.box for part in group))


def _on_page(box: PageBox, page: Page) -> bool:
    x, y = box.centre
    return 0 <= x < page.width and 0 <= y < page.height


def _labelled(page: Page, drawings: Sequence[VectorGraphic]) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    grid = np.zeros((int(page.height / CELL) + 2, int(page.width / CELL) + 2), bool)
    for part in drawings:
        box = part.box
        rows = slice(max(0, int(box.top / CELL)), int(box.bottom / CELL) + 1)
        columns = slice(max(0, int(box.left / CELL)), int(box.right / CELL) + 1)
        grid[rows, columns] = True
    wide = ndimage.binary_dilation(grid, np.ones((2 * REACH + 1, 2 * REACH + 1), bool))
    labels, _ = ndimage.label(wide)
    return np.asarray(labels, np.int32)


def _figure(page: Page, group: Sequence[VectorGraphic]) -> PageBox | None:
    """A large cluster is a figure if it has many parts, or if hardly a word stands in it: frames of text are none."""
    solid = [part for part in group if part.box.width > SOLID and part.box.height > SOLID]
    box = _around(group)
    if not solid or box.width < 2 * SMALLEST or box.height < 1.5 * SMALLEST or _is_shade(page, group, box):
        return None
    plain = len(solid) < DRAWN and all(part.segments <= RECTANGLE for part in solid)
    words = sum(box.holds(word.box) for word in page.words) if plain or len(group) < DRAWN else 0
    return box if words <= FEW_WORDS else None


def _is_shade(page: Page, group: Sequence[VectorGraphic], box: PageBox) -> bool:
    """Whether it is made of boxes that are full of words: a listing in a frame, a table, a title in a band."""
    if any(part.segments > ROUNDED for part in group):
        return False
    inside = [word.box for word in page.words if box.holds(word.box)]
    share = sum(word.area for word in inside) / box.area
    return share > (DENSE if len(inside) > FEW_WORDS else FULL) and not _is_diagram(page, group, box)


def _is_diagram(page: Page, group: Sequence[VectorGraphic], box: PageBox) -> bool:
    """Whether it is boxes with their names in the middle."""
    boxes = [
        part.box for part in group if SOLID < part.box.height < 0.7 * box.height or part.box.width < 0.7 * box.width
    ]
    filled, centred = Texts(page).centred(boxes)
    return filled >= BOXES and 2 * centred > filled
