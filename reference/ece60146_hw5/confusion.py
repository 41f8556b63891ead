"""Criterion `confusion_matrix`: one for each learning rate, well formed, in agreement with the claimed accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader import Evidence, Finding, Matrix, MatrixPanel, MissingEvidence, advice_on
from grader.checks import Document

from . import curves
from .claims import Accuracy, accuracies, rate_words
from .data import CLASSES
from .matrices import TRANSPOSED, Shown, captioned, confusion_matrices, fault, per_class, unnamed_pictures
from .papers import report
from .results import Result, results

TEST_IMAGES = 400  # of each class, in the COCO subset of homework 4
LEAST_MATRICES = 2


@dataclass(frozen=True)
class Claimed:
    """The report's matrices of homework 5's network, the accuracies it claims, and the test images of each class."""

    matrices: tuple[Shown, ...]
    claims: tuple[Accuracy, ...]
    images: frozenset[int]

    def of(self, shown: Shown) -> list[Accuracy]:
        """The claims that a matrix can be compared with: those at its learning rate, else all."""
        same = [
            claim
            for claim in self.claims
            if shown.rate is not None and claim.rate is not None and np.isclose(claim.rate, shown.rate)
        ]
        return same or list(self.claims)

    def disagreements(self) -> Iterator[str]:
        """Matrices whose trace over total is none of the accuracies claimed for them."""
        for shown in self.matrices:
            if shown.counts is None or fault(shown.counts, CLASSES, set(self.images)):
                continue
            claims = self.of(shown)
            if claims and not any(claim.agrees(shown.accuracy, shown.slack) for claim in claims):
                listed = ", ".join(dict.fromkeys(claim.words for claim in claims[:6]))
                yield (
                    f"{shown.title}{_at(shown)}: trace over total is {100 * shown.accuracy:.2f} %, "
                    f"the report claims {listed}"
                )


def _at(shown: Shown) -> str:
    return f" (learning rate {rate_words(shown.rate)})" if shown.rate is not None else ""


def claimed(document: Document) -> Claimed:
    """What the report says of homework 5's network."""
    claims = accuracies(document)
    return Claimed(
        tuple(shown for shown in confusion_matrices(document, CLASSES) if not _is_net3(shown, claims)),
        tuple(claim for claim in claims if not claim.net3),
        frozenset(per_class(document, TEST_IMAGES)),
    )


def _is_net3(shown: Shown, claims: Sequence[Accuracy]) -> bool:
    """By what is written about it; of a matrix about which nothing is written, by the accuracy."""
    fits = {claim.net3 for claim in claims if claim.agrees(shown.accuracy, shown.slack)}
    return shown.net3 or (shown.rate is None and fits == {True})


def check(evidence: Evidence) -> Finding:
    """Judge the matrices in the report; the recomputed ones are shown beside them."""
    document = report(evidence)
    found = claimed(document)
    exhibits = _exhibits(found.matrices, evidence)
    problems = list(_problems(found, document))
    if problems:
        return Finding.wrong(
            f"expected a confusion matrix for each learning rate ({CLASSES} × {CLASSES} counts of the test images "
            f"that agree with the claimed accuracy), found {_listed(found.matrices)}",
            problems,
            _hint(problems),
            exhibits=exhibits,
        )
    if (unread := _unread(found, document)) is not None:
        return Finding.ungraded(unread, "a person has to look at the report", exhibits=exhibits)
    pictures = [shown for shown in found.matrices if shown.counts is None]
    if pictures:
        where = ", ".join(dict.fromkeys(f"{shown.title} on page {shown.page}" for shown in pictures))
        return Finding.ungraded(
            f"{len(pictures)} of {len(found.matrices)} confusion matrices are pictures that could not be read "
            f"({where})",
            f"a person has to look: {CLASSES} × {CLASSES} counts, rows of {TEST_IMAGES} images, trace over total as "
            "claimed",
            details=tuple(_claims_words(found.claims)),
            exhibits=exhibits,
        )
    agreement = "in agreement with the claimed accuracies" if found.claims else "though no accuracy is claimed"
    return Finding.passed(f"{_listed(found.matrices)}, well formed and {agreement}", exhibits=exhibits)


def _problems(found: Claimed, document: Document) -> Iterator[str]:
    shown = found.matrices
    known = {rate_words(one.rate) for one in shown if one.rate is not None}
    used = {rate_words(claim.rate) for claim in found.claims if claim.rate is not None}
    used |= {rate_words(rate) for rate in curves.found(document).rates}
    missing = sorted(used - known)
    all_named = bool(shown) and all(one.rate is not None for one in shown)
    too_few = len(shown) < max(LEAST_MATRICES, len(used))
    if _unread(found, document) is None and ((missing and (too_few or all_named)) or len(shown) < LEAST_MATRICES):
        rates = f", none for learning rate {', '.join(missing)}" if missing and known else ""
        yield f"{len(shown)} of at least {max(LEAST_MATRICES, len(used))}{rates}"
    for one in shown:
        if one.counts is not None and (wrong := fault(one.counts, CLASSES, set(found.images))):
            yield f"{one.title} on page {one.page}: {wrong}"
    yield from found.disagreements()


_HINTS = (
    ("trace over total is", "compute the accuracy from the matrix that is shown: trace over total"),
    (TRANSPOSED, "put the actual classes into the rows: confusion_matrix[actual, predicted]"),
    ("rows that add up", "count every test image once: each row adds up to the test images of its class"),
    (" numbers, found ", f"one row and one column for each of the {CLASSES} classes: {CLASSES} × {CLASSES} counts"),
    ("none for learning rate", "show one matrix for each learning rate, and say in each caption which one it is"),
)


def _hint(problems: Sequence[str]) -> str:
    usual = "show one matrix for each learning rate, and compute the accuracy from it: trace over total"
    return advice_on(problems, _HINTS) or usual


def _unread(found: Claimed, document: Document) -> str | None:
    """Why there may be matrices that were not read: captions of some below or above which none was found, since the
    page may be laid out in a way that is not read; or pictures about which nothing is written.
    """
    if len(found.matrices) >= LEAST_MATRICES:
        return None
    if (announced := captioned(document)) >= LEAST_MATRICES:
        return f"{announced} confusion matrices have a caption, but only {len(found.matrices)} could be read"
    if pictures := unnamed_pictures(document):
        pages = ", ".join(map(str, dict.fromkeys(item.page for item in pictures)))
        return (
            f"{_listed(found.matrices)} could be read; {_pictures(len(pictures))} on page {pages} may be others: "
            "nothing says what they show"
        )
    return None


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _listed(shown: Sequence[Shown]) -> str:
    return f"{len(shown)} confusion matri{'x' if len(shown) == 1 else 'ces'}"


def _claims_words(claims: Sequence[Accuracy]) -> Iterator[str]:
    for claim in claims[:6]:
        rate = f" at learning rate {rate_words(claim.rate)}" if claim.rate is not None else ""
        yield f"the report claims {claim.words}{rate} on page {claim.page}"


def _exhibits(shown: Sequence[Shown], evidence: Evidence) -> tuple[Matrix, ...]:
    """The claimed matrices and the recomputed ones: of other images, so that only their form can be compared."""
    mine = [_claimed_panel(one) for one in shown[:3]]
    try:
        ours = [_recomputed(one) for one in results(evidence) if one.after is not None]
    except MissingEvidence:
        ours = []
    made = []
    if mine:
        made.append(
            Matrix(
                "claimed",
                "Confusion matrices of the report",
                "As read from the report; shaded by the share of each row.",
                _names(),
                tuple(mine),
            )
        )
    if ours:
        made.append(
            Matrix(
                "recomputed",
                "Confusion matrices recomputed here",
                "The same network trained here for a short time on the grader's own five classes and "
                "asked for "
                "held-out images: other images and less training than in the "
                "report.",
                _names(),
                tuple(ours),
            )
        )
    return tuple(made)


def _names() -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(1, CLASSES + 1))


def _claimed_panel(shown: Shown) -> MatrixPanel:
    title = f"{shown.title}{f', rate {rate_words(shown.rate)}' if shown.rate is not None else ''}"
    if shown.counts is None:
        return MatrixPanel(title, (), "only a picture")
    if shown.counts.shape != (CLASSES, CLASSES) or not np.isfinite(shown.counts).all() or (shown.counts < 0).any():
        return MatrixPanel(title, (), f"{shown.counts.shape[0]} × {shown.counts.shape[1]} numbers")
    scale = 1.0 if np.allclose(shown.counts, shown.counts.round()) else 100.0
    counts = tuple(tuple(float(value) for value in row) for row in (scale * shown.counts).round(1))
    return MatrixPanel(title, counts, "percent" if scale > 1 else "")


def _recomputed(one: Result) -> MatrixPanel:
    counts = tuple(tuple(float(value) for value in row) for row in one.matrix())
    return MatrixPanel(f"rate {rate_words(one.rate)}, {100 * one.accuracy:.1f} % of {one.images}", counts)
