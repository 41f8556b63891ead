"""A confusion matrix for each learning rate in a report: well formed, in agreement with the claimed accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.reported.claimed_accuracies import ClaimedAccuracy, claimed_accuracies
from grader.checks.reported.confusion_matrices import (
    ShownMatrix,
    captioned_matrices,
    confusion_matrices,
    unnamed_pictures,
)
from grader.checks.reported.learning_rates import rate_words
from grader.checks.reported.loss_curves import loss_curves
from grader.checks.reported.matrix_numbers import TRANSPOSED, images_per_class, matrix_fault
from grader.checks.reported.subjects import ReportSubjects
from grader.documents import Document
from grader.evidence import Evidence
from grader.exhibit import Matrix, MatrixPanel
from grader.finding import Finding, advice_on
from grader.rubric import Block


def no_matrices(_: Evidence) -> tuple[Matrix, ...]:
    """Nothing was computed to show beside the report's matrices."""
    return ()


@dataclass(frozen=True)
class ClaimedResults:
    """The report's matrices of the homework's own network, and the accuracies it claims.

    `images` are the possible numbers of test images in each class.
    """

    matrices: tuple[ShownMatrix, ...]
    claims: tuple[ClaimedAccuracy, ...]
    images: frozenset[int]
    classes: int

    def of(self, shown: ShownMatrix) -> list[ClaimedAccuracy]:
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
            if shown.counts is None or matrix_fault(shown.counts, self.classes, self.images):
                continue
            claims = self.of(shown)
            if claims and not any(claim.agrees(shown.accuracy, shown.slack) for claim in claims):
                listed = ", ".join(dict.fromkeys(claim.words for claim in claims[:6]))
                yield (
                    f"{shown.title}{_at(shown)}: trace over total is {100 * shown.accuracy:.2f} %, "
                    f"the report claims {listed}"
                )


def _at(shown: ShownMatrix) -> str:
    return f" (learning rate {rate_words(shown.rate)})" if shown.rate is not None else ""


@dataclass(frozen=True, kw_only=True)
class MatrixOfEachRate:
    """What a report has to show: a matrix of `classes` × `classes` counts for each learning rate, `least` in all.

    A row holds the `images` test images of its class, or as many as the report states; trace over total is the claimed
    accuracy. `about` tells whose matrix one is; `report` reads the report and raises MissingEvidence. `recomputed`
    matrices are shown beside those of the report, and are not compared with them.
    Accepted: tables of counts, of shares and of percentages, drawings, with heads and totals, divided by a page's end.
    Caught: one that is missing, transposed, of other images or classes, and one whose accuracy is not the claimed one.
    Pictures, and captions whose matrix is not found, are a person's.
    """

    classes: int
    images: int
    about: ReportSubjects
    report: Callable[[Evidence], Document]
    recomputed: Callable[[Evidence], tuple[Matrix, ...]] = no_matrices
    least: int = 2

    def claimed(self, document: Document) -> ClaimedResults:
        """What the report says of the homework's own network."""
        claims = claimed_accuracies(document, self.about)
        shown = confusion_matrices(document, self.classes, self.about)
        return ClaimedResults(
            tuple(one for one in shown if not _is_earlier(one, claims)),
            tuple(claim for claim in claims if not claim.earlier),
            frozenset(images_per_class(document, self.images)),
            self.classes,
        )

    def check(self, evidence: Evidence) -> Finding:
        """Judge the matrices in the report; the recomputed ones are shown beside them."""
        document = self.report(evidence)
        found = self.claimed(document)
        return self._finding(found, document, (*_claimed_matrix(found), *self.recomputed(evidence)))

    def _finding(self, found: ClaimedResults, document: Document, exhibits: tuple[Matrix, ...]) -> Finding:
        if problems := list(self.problems(found, document)):
            return Finding.wrong(
                f"expected a confusion matrix for each learning rate ({self.classes} × {self.classes} counts of the "
                f"test images that agree with the claimed accuracy), found {_listed(found.matrices)}",
                problems,
                self._hint(problems),
                exhibits=exhibits,
            )
        if (unread := self.unread(found, document)) is not None:
            return Finding.ungraded(unread, "a person has to look at the report", exhibits=exhibits)
        if pictures := [shown for shown in found.matrices if shown.counts is None]:
            return self._only_pictures(pictures, found, exhibits)
        agreement = "in agreement with the claimed accuracies" if found.claims else "though no accuracy is claimed"
        return Finding.passed(f"{_listed(found.matrices)}, well formed and {agreement}", exhibits=exhibits)

    def _only_pictures(
        self, pictures: Sequence[ShownMatrix], found: ClaimedResults, exhibits: tuple[Matrix, ...]
    ) -> Finding:
        where = ", ".join(dict.fromkeys(f"{shown.title} on page {shown.page}" for shown in pictures))
        return Finding.ungraded(
            f"{len(pictures)} of {len(found.matrices)} confusion matrices are pictures that could not be read "
            f"({where})",
            f"a person has to look: {self.classes} × {self.classes} counts, rows of {self.images} images, trace over "
            "total as claimed",
            details=tuple(_claims_words(found.claims)),
            exhibits=exhibits,
        )

    def problems(self, found: ClaimedResults, document: Document) -> Iterator[str]:
        """What is missing or wrong; nothing is missing where some could not be read."""
        shown = found.matrices
        known = {rate_words(one.rate) for one in shown if one.rate is not None}
        used = {rate_words(claim.rate) for claim in found.claims if claim.rate is not None}
        used |= {rate_words(rate) for rate in loss_curves(document, self.about).rates}
        missing = sorted(used - known)
        all_named = bool(shown) and all(one.rate is not None for one in shown)
        wanted = max(self.least, len(used))
        lacks = (missing and (len(shown) < wanted or all_named)) or len(shown) < self.least
        if lacks and self.unread(found, document) is None:
            rates = f", none for learning rate {', '.join(missing)}" if missing and known else ""
            yield f"{len(shown)} of at least {wanted}{rates}"
        for one in shown:
            if one.counts is not None and (wrong := matrix_fault(one.counts, self.classes, found.images)):
                yield f"{one.title} on page {one.page}: {wrong}"
        yield from found.disagreements()

    def unread(self, found: ClaimedResults, document: Document) -> str | None:
        """Why there may be matrices that were not read: captions of some below or above which none was found, since
        the page may be laid out in a way that is not read; or pictures about which nothing is written.
        """
        if len(found.matrices) >= self.least:
            return None
        if (announced := captioned_matrices(document, self.about)) >= self.least:
            return f"{announced} confusion matrices have a caption, but only {len(found.matrices)} could be read"
        if pictures := unnamed_pictures(document):
            pages = ", ".join(map(str, dict.fromkeys(item.page for item in pictures)))
            return (
                f"{_listed(found.matrices)} could be read; {_pictures(len(pictures))} on page {pages} may be others: "
                "nothing says what they show"
            )
        return None

    def _hint(self, problems: Sequence[str]) -> str:
        square = (
            f"one row and one column for each of the {self.classes} classes: {self.classes} × {self.classes} counts"
        )
        usual = "show one matrix for each learning rate, and compute the accuracy from it: trace over total"
        return advice_on(problems, (*HINTS, (" numbers, found ", square), NO_RATE)) or usual


def matrix_of_each_rate(matrices: MatrixOfEachRate) -> Block:
    """A report shows a confusion matrix for each learning rate, well formed, in agreement with what it claims."""
    return Block(check=matrices.check)


HINTS = (
    ("trace over total is", "compute the accuracy from the matrix that is shown: trace over total"),
    (TRANSPOSED, "put the actual classes into the rows: confusion_matrix[actual, predicted]"),
    ("rows that add up", "count every test image once: each row adds up to the test images of its class"),
)
NO_RATE = (
    "none for learning rate",
    "show one matrix for each learning rate, and say in each caption which one it is",
)


def _is_earlier(shown: ShownMatrix, claims: Sequence[ClaimedAccuracy]) -> bool:
    """By what is written about it; of a matrix about which nothing is written, by the accuracy."""
    fits = {claim.earlier for claim in claims if claim.agrees(shown.accuracy, shown.slack)}
    return shown.earlier or (shown.rate is None and fits == {True})


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _listed(shown: Sequence[ShownMatrix]) -> str:
    return f"{len(shown)} confusion matri{'x' if len(shown) == 1 else 'ces'}"


def _claims_words(claims: Sequence[ClaimedAccuracy]) -> Iterator[str]:
    for claim in claims[:6]:
        rate = f" at learning rate {rate_words(claim.rate)}" if claim.rate is not None else ""
        yield f"the report claims {claim.words}{rate} on page {claim.page}"


def _claimed_matrix(found: ClaimedResults) -> tuple[Matrix, ...]:
    panels = tuple(_claimed_panel(one, found.classes) for one in found.matrices[:3])
    if not panels:
        return ()
    caption = "As read from the report; shaded by the share of each row."
    return (Matrix("claimed", "Confusion matrices of the report", caption, class_names(found.classes), panels),)


def class_names(classes: int) -> tuple[str, ...]:
    """`class 1`, `class 2`, …"""
    return tuple(f"class {number}" for number in range(1, classes + 1))


def _claimed_panel(shown: ShownMatrix, classes: int) -> MatrixPanel:
    title = f"{shown.title}{f', rate {rate_words(shown.rate)}' if shown.rate is not None else ''}"
    if shown.counts is None:
        return MatrixPanel(title, (), "only a picture")
    if shown.counts.shape != (classes, classes) or not np.isfinite(shown.counts).all() or (shown.counts < 0).any():
        return MatrixPanel(title, (), f"{shown.counts.shape[0]} × {shown.counts.shape[1]} numbers")
    scale = 1.0 if np.allclose(shown.counts, shown.counts.round()) else 100.0
    counts = tuple(tuple(float(value) for value in row) for row in (scale * shown.counts).round(1))
    return MatrixPanel(title, counts, "percent" if scale > 1 else "")
