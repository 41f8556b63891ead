"""What lies beside a mark to decide it by: the finding, its figures and tables, the student's files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from grader.desk.shown_code import ShownPart, notebook, plain, program
from grader.desk.works import Kept
from grader.exhibit import BarFigure, Exhibit, Formula, LineFigure, Matrix, PictureGrid
from grader.gradebook.desk_records import Comment
from grader.grading import Mark
from grader.report.exhibits import drawn
from grader.report.figures.matrix_figure import matrix_alt
from grader.report.model import ReportError
from grader.report.page.blocks import Block, FigureBlock, FormulaBlock

LINES = 400  # of a listing
AHEAD_S = 0.2


@dataclass(frozen=True)
class ShownPicture:
    """A figure or formula; it is drawn when the browser asks for it by its number."""

    number: int
    title: str
    caption: str
    alt: str
    kind: str = "picture"


@dataclass(frozen=True)
class Shown:
    """A file of the student's with the comments at its lines; of a PDF, its pages are asked for one by one."""

    number: int
    path: str
    kind: str
    parts: tuple[ShownPart, ...]
    comments: tuple[Comment, ...]
    lines: int = 0

    def at(self, cell: int | None, line: int) -> list[Comment]:
        """The comments at a line of a cell."""
        return [one for one in self.comments if one.place.cell == cell and one.place.line == line]

    def at_cell(self, cell: int | None) -> list[Comment]:
        """The comments on a whole cell."""
        return [one for one in self.comments if one.place.cell == cell and one.place.line is None]


def exhibits(mark: Mark) -> list[ShownPicture | Block]:
    """A finding's exhibits as a page shows them."""
    return [shown for number, one in enumerate(mark.finding.exhibits) if (shown := _exhibit(one, number))]


def _exhibit(one: Exhibit, number: int) -> ShownPicture | Block | None:
    match one:
        case LineFigure() | BarFigure() | PictureGrid():
            return ShownPicture(number, one.title, one.caption, one.alt or one.caption)
        case Matrix():
            return ShownPicture(number, one.title, one.caption, one.alt or matrix_alt(one))
        case Formula():
            return ShownPicture(number, one.title, one.caption, f"Formula: {one.latex}")
        case _:
            try:
                return drawn(one, f"lst-{number}", number + 1, LINES)
            except ReportError:
                return None


def svg_of(mark: Mark, number: int) -> bytes | None:
    """A figure or formula as we draw it from data; None if there is no such one."""
    if not 0 <= number < len(mark.finding.exhibits):
        return None
    try:
        block = drawn(mark.finding.exhibits[number], f"fig-{number}", number + 1)
    except ReportError:
        return None
    return block.svg if isinstance(block, FigureBlock | FormulaBlock) else None


def files(kept: Sequence[Kept], comments: Sequence[Comment]) -> list[Shown]:
    """The student's files."""
    return [_shown(number, one, comments) for number, one in enumerate(kept)]


def _shown(number: int, file: Kept, comments: Sequence[Comment]) -> Shown:
    parts = parts_of(file)
    here = tuple(one for one in comments if one.place.path == file.path)
    return Shown(number, file.path, file.kind, parts, here, sum(len(part.lines) for part in parts))


def read_ahead(kept: Sequence[Kept]) -> None:
    """Colour the code of whoever comes next while the present one is looked at, and not before that is shown."""
    timer = threading.Timer(AHEAD_S, _colour, [kept])
    timer.daemon = True
    timer.start()


def _colour(kept: Sequence[Kept]) -> None:
    with suppress(OSError):  # the desk has closed meanwhile, and its copies are gone
        for file in kept:
            parts_of(file)


@lru_cache(maxsize=128)
def parts_of(file: Kept) -> tuple[ShownPart, ...]:
    """The lines, cells and outputs of a file; of a PDF or another document none."""
    if file.kind in ("pdf", "document"):
        return ()
    read = {"code": program, "notebook": notebook, "text": plain}[file.kind]
    return read(file.content)
