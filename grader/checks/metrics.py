"""Scores of outputs against what is right, item by item, with figures of each class. Metrics are scikit-learn's.

Outputs come from students: they may be NaN, of any shape, or of too few classes; that is an item that is wrong, or
`UnfitOutputs`, never an error of the grader's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks.intervals import Score
from grader.exhibit import Matrix, MatrixPanel, Table
from grader.sandbox.protocol import Array

MOST_CLASSES = 100


class UnfitOutputs(Exception):
    """Outputs that cannot be compared with what is right. The message is for the student."""


def predicted(outputs: Array, classes: int, items: int) -> Array:
    """The class that each of N outputs says (-1 where none): of N × C scores, of N numbers of classes, or of one score
    for the second of two classes. Raises UnfitOutputs.
    """
    squeezed = outputs.reshape(outputs.shape[0], *[size for size in outputs.shape[1:] if size != 1])
    if len(squeezed) != items:
        raise UnfitOutputs(f"expected an output for each of {items} inputs, found {len(squeezed)}")
    if squeezed.ndim == 1 and _are_classes(squeezed, classes):
        return squeezed.astype(np.int64)
    if squeezed.ndim == 1 and classes == 2:
        known = squeezed[np.isfinite(squeezed)]
        middle = 0.5 if known.size and known.min() >= 0 and known.max() <= 1 else 0.0
        return np.where(np.isfinite(squeezed), squeezed > middle, -1).astype(np.int64)
    if squeezed.ndim < 2 or squeezed.shape[1] < classes:
        raise UnfitOutputs(f"expected {items} × {classes} scores, found {_shape(outputs.shape)}")
    bad = np.isnan(squeezed).any(axis=1)
    return np.where(bad, -1, np.where(np.isnan(squeezed), -np.inf, squeezed).argmax(axis=1))


def _are_classes(values: Array, classes: int) -> bool:
    finite = np.isfinite(values).all()
    return bool(finite and (values == np.round(values)).all() and values.min() >= 0 and values.max() < classes) and (
        classes > 2 or values.dtype.kind in "iub"
    )


def accuracy(said: Array, truth: Array) -> Score:
    """The share of right items; of pixels, each item's mean share."""
    right = said == truth
    if right.ndim == 1:
        return Score(right.astype(np.float64))
    return Score(right.reshape(len(right), -1).mean(axis=1), is_share=False)


def overlaps(said: Array, truth: Array, classes: int) -> Score:
    """Of each item the mean intersection over union, over the classes that are in what is said or in what is right."""
    first, second = said.reshape(len(said), -1), truth.reshape(len(truth), -1)
    both = np.stack([((first == one) & (second == one)).sum(axis=1) for one in range(classes)], axis=1)
    either = np.stack([((first == one) | (second == one)).sum(axis=1) for one in range(classes)], axis=1)
    shares = np.divide(both, either, out=np.zeros(both.shape), where=either > 0)
    return Score(shares.sum(axis=1) / np.maximum((either > 0).sum(axis=1), 1), is_share=False)


def log_losses(outputs: Array, truth: Array) -> Score:
    """The cross-entropy of each item: of logits, of logarithms of probabilities, or of probabilities."""
    from scipy.special import log_softmax

    scores = outputs.reshape(len(truth), outputs.shape[1] if outputs.ndim > 1 else 0, -1).astype(np.float64)
    if scores.size and (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        logs = np.log(np.clip(scores, 1e-15, 1))
    else:
        logs = log_softmax(np.where(np.isfinite(scores), scores, np.nan), axis=1)
    wanted = truth.reshape(len(truth), 1, -1).astype(np.int64)
    losses = -np.take_along_axis(logs, wanted, axis=1).mean(axis=(1, 2))
    return Score(losses, is_share=False, lower_is_better=True)


def squared_errors(outputs: Array, truth: Array) -> Score:
    """The mean squared error of each item. Raises UnfitOutputs."""
    if outputs.size != truth.size or len(outputs) != len(truth):
        raise UnfitOutputs(f"expected {_shape(truth.shape)} numbers, found {_shape(outputs.shape)}")
    off = outputs.reshape(len(truth), -1).astype(np.float64) - truth.reshape(len(truth), -1)
    with np.errstate(over="ignore", invalid="ignore"):
        return Score((off**2).mean(axis=1), is_share=False, lower_is_better=True)


def per_class(said: Array, truth: Array, names: Sequence[str]) -> tuple[Matrix, Table]:
    """The confusion matrix, and each class's recall, precision and F1."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = list(range(len(names)))
    said, truth = said.ravel(), truth.ravel()
    inside = np.isin(said, labels)
    counts = (
        confusion_matrix(truth[inside], said[inside], labels=labels) if inside.any() else np.zeros((len(names),) * 2)
    )
    none = int((~inside).sum())
    caption = f"{len(truth):,} hidden items{f'; {none:,} of them have no class' if none else ''}."
    rows = tuple(tuple(float(cell) for cell in row) for row in counts)
    matrix = Matrix("confusion", "Confusion matrix", caption, tuple(names), (MatrixPanel("", rows),))
    figures = precision_recall_fscore_support(truth, said, labels=labels, zero_division=0)
    cells = tuple(
        (name, f"{recall:.1%}", f"{precision:.1%}", f"{score:.3f}", f"{int(items)}")
        for name, precision, recall, score, items in zip(names, *figures, strict=True)
    )
    head = ("Class", "Recall", "Precision", "F1", "Items")
    return matrix, Table("per_class", "Each class", "Of the same hidden items.", head, cells)


def hint_on(said: Array, truth: Array, classes: int) -> str | None:
    """What a low accuracy may come from: one class for everything, classes in another order, or guesses."""
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import confusion_matrix

    from grader.checks.spread import better_than_chance

    said, truth = said.ravel(), truth.ravel()
    known = said[said >= 0]
    if not known.size:
        return "every output is NaN: does training diverge, or are statistics of a batch of one divided by zero?"
    if (known == known[0]).all():
        return f"it says class {known[0]} for everything: is it trained?"
    counts = confusion_matrix(truth, np.clip(said, 0, classes - 1), labels=list(range(classes)))
    rows, columns = linear_sum_assignment(-counts)
    right, renamed = int(counts.trace()), int(counts[rows, columns].sum())
    if renamed > max(0.5 * len(truth), 1.5 * right):
        pairs = ", ".join(f"{column} for {row}" for row, column in zip(rows, columns, strict=True) if row != column)
        return f"with its classes in another order {renamed} of {len(truth)} would be right: it says {pairs[:120]}"
    if not better_than_chance(right, len(truth), classes):
        return "it is no better than guessing: is it trained, and are inputs prepared as in training?"
    return None


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))
