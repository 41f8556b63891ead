"""Captions and mentions of figures, tables and listings, by how people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.documents.labels import IDEOGRAPH, MARKED, START, TELLS, Kind, begins_marked, joined, normal_number
from grader.documents.lines import Line, LineRole
from grader.documents.raw import PageBox
from grader.documents.regions import Region, Regions
from grader.documents.typography import CLOSE, Typography

NEAR, LONGEST = 60.0, 12  # points between a figure and its caption; lines of a caption
LOWEST = 24.0  # points: what is left of a drawing beside a caption, and lower, is none
# Nothing ends with such a word.
_UNFINISHED = re.compile(r"(?:\b(?:a|an|and|at|between|by|for|from|in|of|on|or|the|to|versus|vs\.?|with)|[,(–-])$")
CELLS = 3  # parts of a line with wide gaps between them


@dataclass(frozen=True)
class Caption:
    """`number` as it is printed, such as 3, 2.1, IV; `part` is the a of 3 (a). `box` is around all its lines.

    `title` is the text after the number. `series` is what is counted: charts have numbers of their own.
    """

    kind: Kind
    number: str
    text: str
    page: int
    box: PageBox
    part: str = ""
    title: str = ""
    series: str = "figure"


def find_captions(lines: Sequence[Line], regions: Regions, type_: Typography) -> tuple[list[Caption], dict[int, int]]:
    """The captions among a page's lines in reading order; which lines belong to which, by index."""
    captions: list[Caption] = []
    owner: dict[int, int] = {}
    for index in range(len(lines)):
        if index in owner:
            continue
        found = _start(lines, index, regions, type_)
        if found is None:
            continue
        last = _end(lines, index, regions, type_)
        for part in range(index, last + 1):
            owner[part] = len(captions)
        captions.append(_caption(found[1], found[0], lines[index : last + 1]))
    return captions, owner


def in_captions(lines: Sequence[Line], regions: Regions, type_: Typography) -> set[int]:
    """Which lines beside a figure belong to captions, by index: they are no labels of its axes, however small."""
    outside = [
        index for index, line in enumerate(lines) if line.role is LineRole.PROSE and not _is_inside(line, regions)
    ]
    _, owner = find_captions([lines[index] for index in outside], regions, type_)
    return {outside[place] for place in owner}


def _is_inside(line: Line, regions: Regions) -> bool:
    return any(region.box.holds(line.box) for region in regions.on(line.page))


def cut_at_captions(regions: Sequence[Region], lines: Sequence[Line]) -> tuple[Region, ...]:
    """A drawing in which a caption stands is several: tables with rules around their cells that touch each other."""
    out: list[Region] = []
    marked = [line for line in lines if begins_marked(line.text)]
    for region in regions:
        here = marked if region.vector else []
        inside = [line.box for line in here if line.page == region.page and region.box.holds(line.box)]
        edges = [region.box.top, *(edge for box in inside for edge in (box.top, box.bottom)), region.box.bottom]
        parts = [
            replace(region, box=replace(region.box, top=top, bottom=bottom))
            for top, bottom in zip(edges[::2], edges[1::2], strict=True)
        ]
        out += [part for part in parts if part.box.height >= LOWEST] if inside else [region]
    return tuple(out)


def _caption(start: re.Match[str], kind: Kind, lines: Sequence[Line]) -> Caption:
    box = lines[0].box
    for line in lines[1:]:
        box = box.union(line.box)
    text = joined(line.text for line in lines)
    return Caption(
        kind,
        normal_number(start[2]),
        text,
        lines[0].page,
        box,
        part=(start[3] or "").strip("()").lower(),
        title=MARKED.sub("", text[start.start(4) :]).strip(),
        series=_series(kind, start[1]),
    )


def _series(kind: Kind, word: str) -> str:
    """What is counted: figures, or charts on their own."""
    return word.lower() if word.lower() in ("chart", "plate", "algorithm") else kind


def _start(lines: Sequence[Line], index: int, regions: Regions, type_: Typography) -> tuple[Kind, re.Match[str]] | None:
    for kind, pattern in START.items():
        if found := pattern.match(lines[index].text):
            above_code = kind == "listing" and _is_above_code(lines, index)
            return (kind, found) if above_code or _begins_caption(lines, index, found[4], regions, type_) else None
    return None


def _is_above_code(lines: Sequence[Line], index: int) -> bool:
    """Whether a line in another face stands above lines in a typewriter face."""
    below = lines[index + 1 : index + 3]
    return bool(below) and not lines[index].mono and all(line.mono for line in below)


def _begins_caption(lines: Sequence[Line], index: int, rest: str, regions: Regions, type_: Typography) -> bool:
    """Whether a line that begins with `Figure 3` is a caption, by what follows and by how it is set."""
    line = lines[index]
    if _in_a_sentence(lines, index, type_) and not _beside(line, regions):
        return False
    marked = MARKED.match(rest)
    if marked and not (marked[0].strip() == "." and TELLS.match(rest[marked.end() :])):
        return True
    if TELLS.match(rest):
        return _stands_apart(lines, index, regions, type_)
    capital = not rest or rest[0].isupper() or (IDEOGRAPH.match(rest) and not rest.endswith(("。", "，")))
    return bool(line.bold or line.italic or line.size < type_.size - 0.4 or capital or _beside(line, regions))


def _stands_apart(lines: Sequence[Line], index: int, regions: Regions, type_: Typography) -> bool:
    """Whether a line that reads like a sentence is set like a caption: below a figure, and not as running text."""
    line = lines[index]
    looks = line.italic or line.size < type_.size - 0.4 or (_centred(line) and not line.full) or _is_alone(lines, index)
    below = any(
        region.box.left < line.box.centre[0] < region.box.right
        and -6 < line.box.top - region.box.bottom < 1.6 * line.size
        for region in regions.on(line.page)
    )
    return looks and below


def _is_alone(lines: Sequence[Line], index: int) -> bool:
    """Whether a line is a short paragraph of its own."""
    line, below = lines[index], lines[index + 1] if index + 1 < len(lines) else None
    ends = below is None or below.page != line.page or below.box.top - line.box.bottom > 0.6 * line.size
    return ends and not line.full


def _in_a_sentence(lines: Sequence[Line], index: int, type_: Typography) -> bool:
    """Whether the line goes on with what the line above left unfinished."""
    if index == 0:
        return False
    above, line = lines[index - 1], lines[index]
    if len(above.cells) >= CELLS:  # a row of a table
        return False
    if above.page != line.page or abs(above.size - line.size) > 0.4 or above.bold != line.bold:
        return False
    if not -0.5 < (line.box.top - above.box.bottom) / line.size < max(0.75, type_.widest):
        return False
    return above.full and not re.search(r"[.!?:。！？：][\"')\]”’]?$", above.text)


def _beside(line: Line, regions: Regions) -> bool:
    """Whether a figure ends right above the line, or begins right below it."""
    return any(
        min(region.box.right, line.box.right) > max(region.box.left, line.box.left)
        and (-6 < line.box.top - region.box.bottom < NEAR / 2 or -6 < region.box.top - line.box.bottom < NEAR / 3)
        for region in regions.on(line.page)
    )


def _end(lines: Sequence[Line], first: int, regions: Regions, type_: Typography) -> int:
    last = first
    if _is_bare(lines[first]) and first + 1 < len(lines) and _is_title(lines[first], lines[first + 1]):
        last += 1  # "TABLE I", and its title on a line of its own
    while last + 1 < len(lines) and last - first < LONGEST and _goes_on(lines[last], lines[last + 1], regions, type_):
        last += 1
    return last


def _is_bare(line: Line) -> bool:
    return any((found := pattern.match(line.text)) and len(found[4]) <= 1 for pattern in START.values())


def _is_title(line: Line, below: Line) -> bool:
    gap = below.box.top - line.box.bottom
    near = below.page == line.page and -2 < gap < 1.6 * line.size and abs(below.size - line.size) < 2.5
    started = any(pattern.match(below.text) for pattern in START.values())
    larger = below.size > line.size + 0.4 and not (below.text.isupper() or _centred(below))  # the text that goes on
    return near and not started and not larger and len(below.cells) < CELLS and len(below.words) >= 2


def _goes_on(before: Line, line: Line, regions: Regions, type_: Typography) -> bool:
    gap = (line.box.top - before.box.bottom) / line.size
    if line.page != before.page or not -0.9 < gap < _widest(before, line, type_) or not _as_large(before, line):
        return False
    if line.italic != before.italic and before.italic:
        return False
    if any(region.box.holds(line.box) for region in regions.on(line.page)):
        return False
    if any(pattern.match(line.text) for pattern in START.values()):
        return False
    ended = bool(re.search(r"[.!?。][\"')\]”’]?$", before.text)) or line.text[:1].isupper()
    narrow = before.box.width < 0.85 * before.column.width and not _centred(before)
    ended = ended and not _leaves_off(before)
    return not (ended and narrow) and not (line.box.left < before.box.left - 2 * line.size and not _centred(line))


def _widest(before: Line, line: Line, type_: Typography) -> float:
    """Times the type size: how far from a caption's line the next one may stand. Where all lines stand far from each
    other, so do a caption's; what begins anew may then be the running text."""
    ended = re.search(r"[.!?。][\"')\]”’]?$", before.text) or (line.text[:1].isupper() and not _leaves_off(before))
    return CLOSE if ended else type_.widest


def _leaves_off(before: Line) -> bool:
    """Whether a line ends in the middle of what it says."""
    return _UNFINISHED.search(before.text) is not None


def _as_large(line: Line, other: Line) -> bool:
    """Whether two lines are set in one size; in small capitals a line of digits is larger than one of letters."""
    small_capitals = line.text.isupper() and other.text.isupper()
    return abs(line.size - other.size) <= (2.0 if small_capitals else 0.4)


def _centred(line: Line) -> bool:
    left, right = line.box.left - line.column.left, line.column.right - line.box.right
    return left > 1.5 * line.size and abs(left - right) < 0.15 * line.column.width
