"""The confusion matrices of a report: those that can be read as numbers, and those that are only pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader import Array
from grader.checks import Document, Labelled, labelled_figures, labelled_tables

from .claims import HW5, NET3, OTHER_DATA, is_of_other_data, rates, without_borrowed
from .papers import label

CONFUSION = re.compile(r"confusion", re.IGNORECASE)
SUBJECT = re.compile(
    r"confusion|\bloss|curve|architecture|structure|diagram|\bblocks?\b|sample|example|\bimages\b|\bcode\b|screenshot|"
    r"gradient|\bsource|listing|appendix|plot of|\blogs?\b|output",
    re.IGNORECASE,
)  # of a picture that is no confusion matrix
SHARES = ((100.0, 1.0), (1.0, 0.01))  # how recall and precision are given, and one step of their last digit
TITLE = 10  # words of a line that is a title
SMALLEST = 80.0  # points: the picture of a matrix of five classes is no smaller
PER_CLASS = re.compile(
    r"(\d{2,5})\s+(?:[a-z]+\s+){0,3}images?\s+(?:[a-z]+\s+){0,3}(?:per|for each|in each|of each|from each|each)\b"
    r"|(\d{2,5})\s+(?:[a-z]+\s+){0,2}(?:per|for each|of each)\s+(?:class|category)",
    re.IGNORECASE,
)
TRANSPOSED = "expected a row for each actual class, found it transposed"


@dataclass(frozen=True)
class Shown:
    """A confusion matrix in the report; `counts` is None if it is only a picture."""

    title: str
    page: int
    rate: float | None
    net3: bool
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


def confusion_matrices(document: Document, classes: int) -> list[Shown]:
    """In reading order. A picture whose caption names several learning rates counts once for each."""
    optional = OTHER_DATA.search(document.text) is not None
    tables = [
        item
        for item in _whole(labelled_tables(document), classes)
        if _is_matrix(item, classes) and not _is_of_other_data(item, optional)
    ]
    pictures = _one_each(
        item
        for item in labelled_figures(document)
        if CONFUSION.search(label(item)) and not _read(item, tables) and not is_of_other_data(label(item))
    )
    items = sorted((*tables, *pictures), key=lambda item: (item.page, round(item.box.top / 40), item.box.left))
    found: list[Shown] = []
    for item in items:
        shown = Shown(_title(item), item.page, None, is_net3(label(item)), _counts(item, classes))
        named = rates(label(item))
        together = [other for other in items if other.caption is not None and other.caption is item.caption]
        found += _with_rates(shown, named, together.index(item) if item in together else 0, len(together))
    return found


def _is_of_other_data(item: Labelled, optional: bool) -> bool:
    """Whether a matrix is that of CIFAR-10: the handout allows one, of ten classes."""
    ten = item.table is not None and set(item.table.shape) <= {10, 11}
    return is_of_other_data(label(item)) or (optional and ten)


def _one_each(pictures: Iterable[Labelled]) -> list[Labelled]:
    """A picture and its colour bar are one: several below a caption count if it names as many learning rates."""
    found: dict[int, list[Labelled]] = {}
    for item in pictures:
        found.setdefault(id(item.caption or item), []).append(item)
    return [
        item for group in found.values() for item in (group if len(group) == len(rates(label(group[0]))) else group[:1])
    ]


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


def _with_rates(shown: Shown, named: Sequence[float], place: int, together: int) -> list[Shown]:
    if together > 1 and len(named) == together:
        return [replace(shown, rate=named[place])]
    if shown.counts is None and together <= 1 and len(named) > 1:
        return [replace(shown, rate=rate) for rate in named]
    return [replace(shown, rate=named[0] if named else None)]


def _is_matrix(item: Labelled, classes: int) -> bool:
    """A square of numbers of the right size, totals aside; of another size only if it is called a confusion matrix."""
    rows, columns = item.table.shape if item.table else (0, 0)
    if {rows, columns} <= {classes, classes + 1}:
        return True
    return CONFUSION.search(label(item)) is not None and abs(rows - columns) <= 1 and rows >= 3


def _counts(item: Labelled, classes: int) -> Array | None:
    """The numbers, totals beside and below left out. None if there are none, or some lie beyond a page's end."""
    if item.table is None or (item.cut and len(item.table.rows) < classes):
        return None
    found = _without_margins(_without_heads(np.array(item.table.rows, dtype=np.float64), classes), classes)
    return found / 100 if item.table.percent or _are_percentages(found, label(item)) else found


def _without_margins(found: Array, classes: int) -> Array:
    """The numbers without totals, or recall and precision, beside and below them."""
    if found.shape[1] == classes + 1 and _is_margin(found[:, -1], found[:, :-1], 1):
        found = found[:, :-1]
    if found.shape[0] == classes + 1 and _is_margin(found[-1], found[:-1], 0):
        found = found[:-1]
    return found


def _is_margin(numbers: Array, of: Array, axis: int) -> bool:
    """Whether numbers are the totals of rows or columns, or the shares of the diagonal in them, in percent or not."""
    totals = of.sum(axis=axis)
    if np.allclose(numbers[: len(totals)], totals):
        return True
    classes = min(of.shape)
    shares = np.diag(of)[:classes] / np.maximum(totals[:classes], 1e-12)
    return any(np.allclose(numbers[:classes], scale * shares, atol=0.51 * unit) for scale, unit in SHARES)


def _are_percentages(found: Array, words: str) -> bool:
    """Whether rows add up to 100, as DLStudio prints them; of whole numbers only if percentages are spoken of."""
    broken = not np.allclose(found, found.round())
    spoken = re.search(r"percent|normali[sz]ed|in %|\(%\)", words, re.IGNORECASE) is not None
    return (broken or spoken) and bool(np.allclose(found.sum(axis=1), 100, atol=0.1 if broken else 2.5))


def _without_heads(found: Array, classes: int) -> Array:
    """The numbers without those of the classes above and beside, 0 to 4 or 1 to 5."""
    if found.shape[0] > classes and _counts_up(found[0, -classes:]):
        found = found[1:]
    return found[:, 1:] if found.shape[1] > classes and _counts_up(found[:classes, 0]) else found


def _counts_up(numbers: Array) -> bool:
    first = numbers[0] if len(numbers) else -1
    return first in (0, 1) and bool((numbers == first + np.arange(len(numbers))).all())


def captioned(document: Document) -> int:
    """How many captions there are for confusion matrices of homework 5's network, read or not."""
    return sum(
        max(1, len(rates(caption.text)))
        for caption in document.captions
        if CONFUSION.search(caption.text) and not is_net3(caption.text) and not is_of_other_data(caption.text)
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


def is_net3(words: str) -> bool:
    """Whether a label speaks of homework 4's network; of both, whether it comes first."""
    words = without_borrowed(words)
    old, new = NET3.search(words), HW5.search(words)
    return old is not None and (new is None or old.start() < new.start())


def _title(item: Labelled) -> str:
    if item.caption is not None:
        return f"{item.caption.kind.capitalize()} {item.caption.number}"
    return f"the one on page {item.page}"


def per_class(document: Document, usual: int) -> set[int]:
    """Test images in each class: the course's number, and those that the report states."""
    text = document.text.replace("\n", " ")
    stated = {
        int(match[1] or match[2])
        for match in PER_CLASS.finditer(text)
        if not re.search(r"train", match[0], re.IGNORECASE) and not _is_of_training(text, match)
    }
    return {usual} | stated


def _is_of_training(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence speaks of training, and not of testing."""
    sentence = re.split(r"[.!?]\s", text[: match.start()])[-1] + re.split(r"[.!?]\s", text[match.start() :])[0]
    about = [word for word in ("train", "test|valid|evaluat") if re.search(word, sentence, re.IGNORECASE)]
    return about == ["train"]


def fault(counts: Array, classes: int, per_class: set[int]) -> str | None:
    """Why this is no confusion matrix of the test images, or None."""
    if counts.shape != (classes, classes):
        return f"expected {classes} × {classes} numbers, found {counts.shape[0]} × {counts.shape[1]}"
    if not np.isfinite(counts).all() or (counts < 0).any():
        return "expected counts of images, found negative numbers"
    if np.allclose(counts.sum(axis=1), 1, atol=0.025):
        return None
    if np.allclose(counts.sum(axis=0), 1, atol=0.025):
        return f"{TRANSPOSED}: each column adds up to 1"
    return _fault_of_counts(counts, per_class)


def _fault_of_counts(counts: Array, per_class: set[int]) -> str | None:
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    if not np.allclose(counts, counts.round()):
        return "expected whole numbers, or rows of shares that add up to 1"
    if any((rows == number).all() for number in per_class):
        return None
    if any((columns == number).all() for number in per_class):
        return f"{TRANSPOSED}: each column adds up to {columns[0]:g}"
    expected = " or ".join(map(str, sorted(per_class)))
    return (
        f"expected rows that add up to the {expected} test images of each class, found "
        f"{', '.join(f'{n:g}' for n in rows)}"
    )
