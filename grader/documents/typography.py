"""What the running text of a document looks like: its size, its face, how far its lines stand from each other."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.documents.lines import Line

LONG = 5  # words of a line of running text
CLOSE, SMALLER = 0.55, 0.35  # times the type size: between lines that go together; what letters differ in height
FARTHEST = 2.0  # times the type size: between two lines of a paragraph that is set double


@dataclass(frozen=True)
class Typography:
    """The size of the running text in points, whether it is set in a typewriter face, and the gap between the lines of
    a paragraph, as a share of the size."""

    size: float
    mono: bool
    gap: float = 0.2

    @property
    def widest(self) -> float:
        """Times the type size: how far from a line the next one of its paragraph may stand."""
        return max(CLOSE, self.gap + SMALLER)


def typography(lines: Sequence[Line]) -> Typography:
    """What most of the long lines look like."""
    sizes: Counter[float] = Counter()
    mono = total = 0
    for line in lines:
        weight = len(line.text)
        mono += weight if line.mono else 0
        total += weight
        if len(line.words) >= LONG and not line.mono:
            sizes[round(line.size * 2) / 2] += weight
    everywhere = mono > 0.75 * total
    if everywhere or not sizes:
        sizes.update({round(line.size * 2) / 2: len(line.text) for line in lines})
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    return Typography(size, everywhere, _gap(lines, size))


def _gap(lines: Sequence[Line], size: float) -> float:
    """What lies between most lines that go on and those that follow, in the size of the running text."""
    gaps = [
        (line.box.top - above.box.bottom) / size
        for above, line in pairwise(lines)
        if above.full and _is_text(above) and _is_text(line) and _go_together(above, line, size)
    ]
    return statistics.median(gaps) if gaps else Typography.gap


def _is_text(line: Line) -> bool:
    return len(line.words) >= LONG and len(line.cells) == 1


def _go_together(above: Line, line: Line, size: float) -> bool:
    alike = above.page == line.page and abs(above.size - size) < 0.5 and abs(line.size - size) < 0.5
    return alike and 0 <= line.box.top - above.box.bottom < FARTHEST * size
