"""Where the figures of a page are: its images, and clusters of drawings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from grader.documents.raw import Box, Drawing, Page

PAGE_SHARE = 0.75  # of the page's area: what is larger is a background
SMALLEST = 24.0  # points: smaller images are icons and bullets
CELL, REACH = 3.0, 2  # of the raster that drawings are joined on: points a cell, cells that are bridged
DRAWN, FEW_WORDS = 6, 12  # with fewer drawings, more words make it a box of text
RECTANGLE = 5  # segments of a path
SOLID = 2.5  # points: what is thinner is a rule


@dataclass(frozen=True)
class Region:
    """A figure's place. `vector` ones are drawn, the others are images."""

    page: int
    box: Box
    vector: bool
    pixels: tuple[int, int] = (0, 0)


def find_regions(page: Page) -> tuple[Region, ...]:
    """The figures of a page; images that touch each other are one."""
    large = [image for image in page.images if min(image.box.width, image.box.height) >= SMALLEST]
    images = [image for image in large if not is_background(image.box, page)]
    found = [Region(page.number, image.box, False, image.pixels) for image in images]
    drawn = [box for box in _clusters(page) if not any(_covered(box, region.box) for region in found)]
    return tuple(_merged(found) + [Region(page.number, box, True) for box in drawn])


def is_background(box: Box, page: Page) -> bool:
    """Whether it lies under the whole page."""
    return box.area > PAGE_SHARE * page.width * page.height


def _covered(box: Box, by: Box) -> bool:
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


def _continues(above: Box, below: Box) -> bool:
    same = abs(above.left - below.left) < 1 and abs(above.right - below.right) < 1
    return same and abs(above.bottom - below.top) < 1.5


def _clusters(page: Page) -> list[Box]:
    """Boxes of drawings that lie close together and are more than rules, frames or shades of text."""
    drawings = [part for part in page.drawings if not is_background(part.box, page) and _on_page(part.box, page)]
    if not drawings:
        return []
    labels = _labelled(page, drawings)
    groups: dict[int, list[Drawing]] = {}
    for part in drawings:
        row, column = (int(value / CELL) for value in reversed(part.box.centre))
        groups.setdefault(int(labels[row, column]), []).append(part)
    return [box for label, group in groups.items() if label and (box := _figure(page, group)) is not None]


def _on_page(box: Box, page: Page) -> bool:
    x, y = box.centre
    return 0 <= x < page.width and 0 <= y < page.height


def _labelled(page: Page, drawings: list[Drawing]) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    grid = np.zeros((int(page.height / CELL) + 2, int(page.width / CELL) + 2), bool)
    for part in drawings:
        box = part.box
        rows = slice(max(0, int(box.top / CELL)), int(box.bottom / CELL) + 1)
        columns = slice(max(0, int(box.left / CELL)), int(box.right / CELL) + 1)
        grid[rows, columns] = True
    wide = ndimage.binary_dilation(grid, np.ones((2 * REACH + 1, 2 * REACH + 1), bool))
    labels, _ = ndimage.label(wide)
    return np.asarray(labels, np.int32)


def _figure(page: Page, group: list[Drawing]) -> Box | None:
    """A large cluster is a figure if it has many parts, or if hardly a word stands in it: frames of text are none."""
    solid = [part for part in group if part.box.width > SOLID and part.box.height > SOLID]
    box = group[0].box
    for part in group[1:]:
        box = box.union(part.box)
    if not solid or box.width < 2 * SMALLEST or box.height < 1.5 * SMALLEST:
        return None
    plain = len(solid) < DRAWN and all(part.segments <= RECTANGLE for part in solid)
    words = sum(box.holds(word.box) for word in page.words) if plain or len(group) < DRAWN else 0
    return box if words <= FEW_WORDS else None
