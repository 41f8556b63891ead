"""Exhibits of findings: figures, tables, code, quotations and formulas, as data. Reports draw them in one style.

Each is kept in `exhibits.json`; `kind` says which one it is. New fields get defaults, so that older files are read.
What they show came from students: each cuts itself to what a page can hold, however much it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Role = Literal["student", "reference", "broken"]

MAX_POINTS = 2000  # of a curve: more cannot be told apart on paper
MAX_CURVES, MAX_PANELS, MAX_LEVELS = 40, 24, 40
MAX_NAMES, MAX_GROUPS = 300, 12
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 500, 40, 2000
MAX_CLASSES = 100
MAX_LINES, MAX_PASSAGES, MAX_PASSAGE = 400, 200, 4000


def _cut(exhibit: object, **changes: object) -> None:
    """Set fields of a frozen exhibit that hold more than can be shown."""
    for name, value in changes.items():
        object.__setattr__(exhibit, name, value)


def _thinned(points: tuple[float, ...]) -> tuple[float, ...]:
    """As many points as can be shown, evenly taken, the first and the last among them."""
    if len(points) <= MAX_POINTS:
        return points
    return tuple(points[index * (len(points) - 1) // (MAX_POINTS - 1)] for index in range(MAX_POINTS))


@dataclass(frozen=True)
class Series:
    """One curve of a figure; `y` may hold NaN and infinities, which are drawn as gaps."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    role: Role = "student"

    def __post_init__(self) -> None:
        _cut(self, x=_thinned(self.x), y=_thinned(self.y))


@dataclass(frozen=True)
class Band:
    """A shaded range behind curves, such as the reference's spread over seeds; it ends where a value is not finite."""

    label: str
    x: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    role: Role = "reference"

    def __post_init__(self) -> None:
        _cut(self, x=_thinned(self.x), lower=_thinned(self.lower), upper=_thinned(self.upper))


@dataclass(frozen=True)
class Level:
    """A straight line across a panel, at `value` of the axis: a threshold, a limit, an epoch."""

    label: str
    value: float
    axis: Literal["x", "y"] = "y"


@dataclass(frozen=True)
class Panel:
    """One pair of axes of a line figure."""

    title: str
    series: tuple[Series, ...]
    bands: tuple[Band, ...] = ()
    levels: tuple[Level, ...] = ()

    def __post_init__(self) -> None:
        _cut(self, series=self.series[:MAX_CURVES], bands=self.bands[:MAX_CURVES], levels=self.levels[:MAX_LEVELS])


@dataclass(frozen=True)
class LineFigure:
    """Curves in one or more panels that share their axes' meaning. `alt` describes it to a screen reader."""

    key: str
    title: str
    caption: str
    alt: str
    x_label: str
    y_label: str
    panels: tuple[Panel, ...]
    log_y: bool = False
    kind: Literal["lines"] = "lines"

    def __post_init__(self) -> None:
        _cut(self, panels=self.panels[:MAX_PANELS])


@dataclass(frozen=True)
class MatrixPanel:
    """One matrix, `counts[actual][predicted]`. Without counts it could not be read, and `note` says why.

    `marked` holds (row, column) of cells to frame.
    """

    title: str
    counts: tuple[tuple[float, ...], ...]
    note: str = ""
    marked: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if max(len(self.counts), max(map(len, self.counts), default=0)) > MAX_CLASSES:
            _cut(self, counts=(), note=self.note or f"more than {MAX_CLASSES} classes", marked=())


@dataclass(frozen=True)
class Matrix:
    """Confusion matrices side by side, all of the same classes, shaded by the share of their row.

    `labels` name the classes. `margins` adds each class's recall and precision. Without `alt` the report
    describes each panel by its total and its diagonal.
    """

    key: str
    title: str
    caption: str
    labels: tuple[str, ...]
    panels: tuple[MatrixPanel, ...]
    alt: str = ""
    row_label: str = "actual"
    column_label: str = "predicted"
    margins: bool = True
    kind: Literal["matrix"] = "matrix"

    def __post_init__(self) -> None:
        _cut(self, panels=self.panels[:MAX_PANELS])


@dataclass(frozen=True)
class Bars:
    """One value for each name of a bar figure; NaN where there is none."""

    label: str
    values: tuple[float, ...]
    role: Role = "student"

    def __post_init__(self) -> None:
        _cut(self, values=self.values[:MAX_NAMES])


@dataclass(frozen=True)
class BarFigure:
    """A value for each name, as horizontal bars, or as dots on a log axis; zeros get a place of their own.

    For example the mean gradient of each layer: `names` are the layers from the input on, `groups` the
    networks to compare. `x_label` says what the values are, with their unit.
    """

    key: str
    title: str
    caption: str
    alt: str
    x_label: str
    names: tuple[str, ...]
    groups: tuple[Bars, ...]
    log_x: bool = False
    kind: Literal["bars"] = "bars"

    def __post_init__(self) -> None:
        _cut(self, names=self.names[:MAX_NAMES], groups=self.groups[:MAX_GROUPS])


@dataclass(frozen=True)
class PictureGrid:
    """Pictures side by side, as one PNG (base64) of `width` × `height` pixels that we made: `grader.checks.grid`.

    What they show came from students, the file did not.
    """

    key: str
    title: str
    caption: str
    alt: str
    png: str
    width: int
    height: int
    kind: Literal["pictures"] = "pictures"


@dataclass(frozen=True)
class Table:
    """Rows of text under column heads; the first cell of a row is its head.

    `marked_rows` and `marked_cells` (row, column), counted from 0, are set off: a first difference, say.
    """

    key: str
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: Literal["table"] = "table"
    marked_rows: tuple[int, ...] = ()
    marked_cells: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        left_out = len(self.rows) - MAX_ROWS
        rows = tuple(tuple(cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]) for row in self.rows[:MAX_ROWS])
        more = f" {left_out:,} more rows are left out." if left_out > 0 else ""
        _cut(self, rows=rows, columns=self.columns[:MAX_COLUMNS], caption=self.caption + more)


@dataclass(frozen=True)
class Remark:
    """A marked line of a listing and what to see there, in a few words."""

    line: int
    text: str = ""


@dataclass(frozen=True)
class Listing:
    """An excerpt of a student's file; `first` is the number of its first line in the file."""

    key: str
    title: str
    caption: str
    file: str
    code: str
    first: int = 1
    remarks: tuple[Remark, ...] = ()
    language: Literal["python", "text"] = "python"
    kind: Literal["listing"] = "listing"

    def __post_init__(self) -> None:
        lines = self.code.splitlines()
        if len(lines) > MAX_LINES or len(self.code) > MAX_LINES * MAX_CELL:
            kept = "\n".join(line[:MAX_CELL] for line in lines[:MAX_LINES])
            shown = tuple(remark for remark in self.remarks if remark.line < self.first + MAX_LINES)
            _cut(self, code=kept, remarks=shown)

    @classmethod
    def around(
        cls, key: str, title: str, caption: str, file: str, source: str, remarks: Iterable[Remark], margin: int = 3
    ) -> Listing:
        """The lines of `source` from `margin` lines before the first remark to `margin` lines after the last."""
        marked = tuple(remarks)
        lines = source.splitlines()
        first = max(1, min((remark.line for remark in marked), default=1) - margin)
        last = max((remark.line for remark in marked), default=len(lines)) + margin
        return cls(key, title, caption, file, "\n".join(lines[first - 1 : last]), first, marked)


@dataclass(frozen=True)
class Passage:
    """Sentences of a student's text. `page` is the page of the document, from 1."""

    text: str
    page: int | None = None
    remark: str = ""

    def __post_init__(self) -> None:
        _cut(self, text=self.text[:MAX_PASSAGE])


@dataclass(frozen=True)
class Quote:
    """What a student's document says, word for word; `source` names the file."""

    key: str
    title: str
    caption: str
    source: str
    passages: tuple[Passage, ...]
    kind: Literal["quote"] = "quote"

    def __post_init__(self) -> None:
        _cut(self, passages=self.passages[:MAX_PASSAGES])


@dataclass(frozen=True)
class Formula:
    """A formula in LaTeX mathematics, written by the assignment and never by a student."""

    key: str
    title: str
    caption: str
    latex: str
    kind: Literal["formula"] = "formula"


Exhibit = LineFigure | Matrix | BarFigure | PictureGrid | Table | Listing | Quote | Formula
