"""The confusion matrices of a report: those that can be read as numbers, and those that are only pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.checks.reported.learning_rates import learning_rates
from grader.checks.reported.matrix_numbers import numbers_of
from grader.checks.reported.subjects import ReportSubjects
from grader.documents import Document, Labelled, labelled_figures, labelled_tables
from grader.sandbox.protocol import Array

CONFUSION = re.compile(r"confusion", re.IGNORECASE)
SUBJECT = re.compile(
    r"confusion|\bloss|curve|architecture|structure|diagram|\bblocks?\b|sample|example|\bimages\b|\bcode\b|screenshot|"
    r"gradient|\bsource|listing|appendix|plot of|\blogs?\b|output",
    re.IGNORECASE,
)  # of a picture that is no confusion matrix
TITLE = 10  # words of a line that is a title
SMALLEST = 80.0  # points: the picture of a matrix of five classes is no smaller


@dataclass(frozen=True)
class ShownMatrix:
    """A confusion matrix in the report; `counts` is None if it is only a picture.

    `rate` is the learning rate that is named with it, `earlier` says that it is the earlier network's.
    """

    title: str
    page: int
    rate: float | None
    earlier: bool
    counts: Array | None = None

    @property
    def slack(self) -> float:
        """How far rounded shares may move trace over total."""
        if self.counts is None or np.allclose(self.counts, self.counts.round()):
            return 0.0
        digits = next((n for n in range(1, 6) if np.allclose(self.counts, self.counts.round(n), atol=1e-9)), 6)
        return float(0.5 * 10.0**-digits)

    @property
    def accuracy(self) -> float:
        """Trace over total; of rows that are shares, the mean of the diagonal."""
        if self.counts is None or self.counts.sum() == 0:
            return float("nan")
        return float(np.trace(self.counts) / self.counts.sum())


def confusion_matrices(document: Document, classes: int, about: ReportSubjects) -> list[ShownMatrix]:
    """In reading order. A picture whose caption names several learning rates counts once for each."""
    optional = about.other_data.search(document.text) is not None
    tables = [
        item
        for item in _whole(labelled_tables(document), classes)
        if _is_matrix(item, about.label(item), classes) and not _is_of_other_data(item, about, optional=optional)
    ]
    pictures = _one_each(_pictures(document, tables, about), about)
    items = sorted((*tables, *pictures), key=lambda item: (item.page, round(item.box.top / 40), item.box.left))
    found: list[ShownMatrix] = []
    for item in items:
        label = about.label(item)
        shown = ShownMatrix(_title(item), item.page, None, about.is_earlier(label), numbers_of(item, label, classes))
        together = [other for other in items if other.caption is not None and other.caption is item.caption]
        place = together.index(item) if item in together else 0
        found += _with_rates(shown, learning_rates(label), place, len(together))
    return found


def _is_of_other_data(item: Labelled, about: ReportSubjects, *, optional: bool) -> bool:
    """Whether a matrix is that of the other data set: where a report speaks of one, that of ten classes is."""
    ten = item.table is not None and set(item.table.shape) <= {10, 11}
    return about.is_of_other_data(about.label(item)) or (optional and ten)


def _pictures(document: Document, tables: Sequence[Labelled], about: ReportSubjects) -> Iterator[Labelled]:
    """Pictures that are called confusion matrices, and whose numbers were not read."""
    for item in labelled_figures(document):
        label = about.label(item)
        if CONFUSION.search(label) and not _read(item, tables) and not about.is_of_other_data(label):
            yield item


def _one_each(pictures: Iterable[Labelled], about: ReportSubjects) -> list[Labelled]:
    """A picture and its colour bar are one: several below a caption count if it names as many learning rates."""
    found: dict[int, list[Labelled]] = {}
    for item in pictures:
        found.setdefault(id(item.caption or item), []).append(item)
    named = [(group, len(learning_rates(about.label(group[0])))) for group in found.values()]
    return [item for group, rates in named for item in (group if len(group) == rates else group[:1])]


def _read(picture: Labelled, tables: Sequence[Labelled]) -> bool:
    """Whether a drawing's numbers were read."""
    return any(table.page == picture.page and picture.box.holds(table.box, 40.0) for table in tables)


def _whole(items: list[Labelled], classes: int) -> list[Labelled]:
    """Tables that a page's end divides are put together."""
    found: list[Labelled] = []
    for item in items:
        before = found[-1] if found else None
        if before is not None and (joined := _joined(before, item, classes)) is not None:
            found[-1] = joined
        else:
            found.append(item)
    return found


def _joined(one: Labelled, other: Labelled, classes: int) -> Labelled | None:
    if one.table is None or other.table is None or other.page != one.page + 1:
        return None
    rows = len(one.table.rows) + len(other.table.rows)
    if (
        one.table.shape[1] != other.table.shape[1]
        or rows not in (classes, classes + 1)
        or len(one.table.rows) >= classes
    ):
        return None
    return replace(one, table=replace(one.table, rows=(*one.table.rows, *other.table.rows)))


def _with_rates(shown: ShownMatrix, named: Sequence[float], place: int, together: int) -> list[ShownMatrix]:
    if together > 1 and len(named) == together:
        return [replace(shown, rate=named[place])]
    if shown.counts is None and together <= 1 and len(named) > 1:
        return [replace(shown, rate=rate) for rate in named]
    return [replace(shown, rate=named[0] if named else None)]


def _is_matrix(item: Labelled, label: str, classes: int) -> bool:
    """A square of numbers of the right size, totals aside; of another size only if it is called a confusion matrix."""
    rows, columns = item.table.shape if item.table else (0, 0)
    if {rows, columns} <= {classes, classes + 1}:
        return True
    return CONFUSION.search(label) is not None and abs(rows - columns) <= 1 and rows >= 3


def captioned_matrices(document: Document, about: ReportSubjects) -> int:
    """How many captions there are for confusion matrices of the homework's own network, read or not."""
    return sum(
        max(1, len(learning_rates(caption.text)))
        for caption in document.captions
        if CONFUSION.search(caption.text)
        and not about.is_earlier(caption.text)
        and not about.is_of_other_data(caption.text)
    )


def unnamed_pictures(document: Document) -> list[Labelled]:
    """Pictures large enough for a matrix about which nothing is written that tells what they show."""
    return [
        item
        for item in labelled_figures(document)
        if min(item.box.width, item.box.height) >= SMALLEST and not SUBJECT.search(_title_of(item))
    ]


def _title_of(item: Labelled) -> str:
    """What a picture is called: by its caption, else by the heading before it and by a short line right above."""
    if item.caption is not None:
        return item.caption.text
    return f"{item.heading} {item.above if len(item.above.split()) <= TITLE else ''}"


def _title(item: Labelled) -> str:
    if item.caption is not None:
        return f"{item.caption.kind.capitalize()} {item.caption.number}"
    return f"the one on page {item.page}"
