"""The numbers of a confusion matrix in a report, without heads and totals; and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

from grader.documents import Document, Labelled
from grader.sandbox.protocol import Array

SHARES = ((100.0, 1.0), (1.0, 0.01))  # how recall and precision are given, and one step of their last digit
PER_CLASS = re.compile(
    r"(\d{2,5})\s+(?:[a-z]+\s+){0,3}images?\s+(?:[a-z]+\s+){0,3}(?:per|for each|in each|of each|from each|each)\b"
    r"|(\d{2,5})\s+(?:[a-z]+\s+){0,2}(?:per|for each|of each)\s+(?:class|category)",
    re.IGNORECASE,
)
TRANSPOSED = "expected a row for each actual class, found it transposed"


def numbers_of(item: Labelled, label: str, classes: int) -> Array | None:
    """The numbers, totals beside and below left out. None if there are none, or some lie beyond a page's end."""
    if item.table is None or (item.cut and len(item.table.rows) < classes):
        return None
    found = _without_margins(_without_heads(np.array(item.table.rows, dtype=np.float64), classes), classes)
    return found / 100 if item.table.percent or _are_percentages(found, label) else found


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


def images_per_class(document: Document, usual: int) -> set[int]:
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


def matrix_fault(counts: Array, classes: int, per_class: Collection[int]) -> str | None:
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


def _fault_of_counts(counts: Array, per_class: Collection[int]) -> str | None:
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
