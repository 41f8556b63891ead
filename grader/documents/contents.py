"""Tables of contents and lists of figures: their entries are neither prose nor captions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.documents.labels import numbered
from grader.documents.lines import Line, LineRole
from grader.documents.regions import Regions

AHEAD = 3  # lines of one entry
NEAR = 40.0  # points between a caption and its figure: no entry of a list is so near to one
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d{0,4}\s*$|(?:…\s?){2,}\s*\d{0,4}\s*$")
_LISTS = re.compile(
    r"\s*(?:table of )?contents\s*|\s*(?:list|table) of (?:figures|tables|listings|illustrations).*|"
    r"\s*(?:figures|tables)\s*|\s*(?:图|表|插图|图表)?目\s*录\s*",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"\S\s+\d{1,3}\s*$")


def without_contents(lines: Sequence[Line], regions: Regions) -> list[Line]:
    """The lines, entries of such lists marked: those with leaders, those that end in a page number below the heading
    of such a list, and rows of captions without figures that come again further on.
    """
    listed = _below_headings(lines) | _repeated(lines, regions)
    return [
        replace(line, role=LineRole.CONTENTS) if index in listed and line.role is LineRole.PROSE else line
        for index, line in enumerate(lines)
    ]


def _below_headings(lines: Sequence[Line]) -> set[int]:
    found: set[int] = set()
    listing = False
    for index, line in enumerate(lines):
        leaders = _LEADERS.search(line.text) is not None
        heading = _LISTS.fullmatch(line.text) is not None
        ahead = [one for one in lines[index : index + AHEAD] if one.role is not LineRole.MARGIN]
        entry = leaders or (listing and any(_is_entry(one) for one in ahead))
        if entry and not heading:
            found.add(index)
        listing = heading or entry or (listing and line.role is LineRole.MARGIN)
    return found


def _is_entry(line: Line) -> bool:
    return bool(_LEADERS.search(line.text) or _ENTRY.search(line.text))


def _repeated(lines: Sequence[Line], regions: Regions) -> set[int]:
    """Rows of two captions or more, no figure beside them, whose numbers all come again."""
    labels = [numbered(line.text) if line.role is LineRole.PROSE else None for line in lines]
    counts = Counter(label for label in labels if label)
    found: set[int] = set()
    for run in _runs(lines, labels):
        again = all(counts[label] > 1 for at in run if (label := labels[at]))
        if len(run) > 1 and again and not any(_is_beside(lines[at], regions) for at in run):
            found |= set(range(run[0], run[-1] + 1))
    return found


def _runs(lines: Sequence[Line], labels: Sequence[object]) -> Iterator[list[int]]:
    """Lines that begin like captions, at most two others between two of them on a page."""
    run: list[int] = []
    for index in (index for index, label in enumerate(labels) if label):
        if run and (index - run[-1] > AHEAD or lines[index].page != lines[run[-1]].page):
            yield run
            run = []
        run.append(index)
    yield run


def _is_beside(line: Line, regions: Regions) -> bool:
    return any(
        region.box.top - NEAR < line.box.centre[1] < region.box.bottom + NEAR for region in regions.on(line.page)
    )
