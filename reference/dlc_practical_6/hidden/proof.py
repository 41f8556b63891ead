"""What it proves that a configuration's norms agree: whether an answer without work would have been seen in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader import Array
from grader.checks import Power, Tolerance, usual_rivals
from grader.checks import power_of as power

from ..cases import Configuration
from .recomputed import Attempt

LAST_BLOCKS = 5
LEAST, MOST_OF_CHANCE, LEAST_OF_IMAGE = 0.05, 2 / 3, 3 / 5
OTHER_IMAGE, COLUMNS_ASKED = "the norm for another image of the label", 4


@dataclass(frozen=True)
class Proof:
    """One configuration's: entries at which answers without work would have been seen, and what keeps them few.

    `basic` is against zeros and against one number for all samples, `image` against norms that do not look at the
    image. `follows` tells that the norms go up and down with the samples as they should. `strange` says what of the
    network was built on purpose, `excuse` why a network that was not says little.
    """

    seen: Configuration
    basic: Power
    image: Power
    heard: int
    last: int
    follows: bool
    strange: tuple[str, ...] = ()
    excuse: str | None = None

    @property
    def is_basic(self) -> bool:
        """Whether zeros, and one number for all samples, would have been seen."""
        if not self.last or self.basic.count < LEAST * self.basic.entries:
            return False
        return self.follows or self.basic.count > self.heard / 2

    @property
    def shows_image(self) -> bool:
        """Whether norms that do not look at the image would have been seen."""
        return self.image.enough(LEAST_OF_IMAGE)

    @property
    def is_enough(self) -> bool:
        """Whether the configuration's entries prove what can be proven with it."""
        return self.is_basic and (self.shows_image or not self.seen.skip)

    @property
    def missing(self) -> str:
        """The answer without work that would not have been seen."""
        return OTHER_IMAGE if self.is_basic else self.basic.unseen or "anything"

    @property
    def words(self) -> str:
        """For the report."""
        other = f"{OTHER_IMAGE}: {self.image.count:,} of {self.image.entries:,}"
        return f"{self.basic.words}; {other}" if self.is_basic or not self.excuse else f"proves little: {self.excuse}"


def proof(
    attempt: Attempt,
    seen: Configuration,
    excuse: str | None,
    picked: Sequence[int],
    ours: Array,
    allowed: Tolerance,
) -> Proof:
    """What it proves that what was found agrees with `ours` (blocks × picked columns)."""
    labels, found = attempt.labels(picked), attempt.found[:, picked]
    known = [index for index, label in enumerate(labels) if label is not None]
    counted = ours[:, known]
    bound = allowed.allowed(counted)
    basic = power(counted, bound, usual_rivals(counted), allowed.caught)
    columns = [picked[index] for index in known]
    return Proof(
        seen,
        basic,
        _image_power(attempt, columns, counted, allowed),
        int((counted > bound).sum()),
        int(basic.informative[-LAST_BLOCKS:].sum()),
        follows(found[:, known], counted, allowed.underflow),
        attempt.strange(columns),
        excuse,
    )


def follows(found: Array, ours: Array, floor: float) -> bool:
    """Whether the norms rise and fall from sample to sample as they should: one number for all never does."""
    heard = ((found > floor) & (ours > floor)).all(axis=1)
    if not heard.any() or ours.shape[1] < 3:
        return False
    left, right = (values - np.median(values, axis=1, keepdims=True) for values in np.log([found[heard], ours[heard]]))
    return bool(np.median(np.abs(left - right)) < MOST_OF_CHANCE * np.median(np.abs(right)))


def _image_power(attempt: Attempt, columns: Sequence[int], ours: Array, allowed: Tolerance) -> Power:
    """Against the norms of some columns' labels with the image of another column.

    The norms of another image of the label are there already where another column has the label; where fewer than
    `COLUMNS_ASKED` columns have such a one, what others would hold with the image of the column before is computed.
    """
    if len(columns) < 2:
        return power(ours[:, :0], 0.0, {})
    partners = _with_the_label(attempt, columns)
    alone = [index for index in range(len(columns)) if index not in partners]
    asked = [alone[place] for place in _spread(len(alone), COLUMNS_ASKED - len(partners))]
    truth = ours[:, [*partners, *asked]]
    others = [ours[:, list(partners.values())], *([_with_another_image(attempt, columns, asked)] if asked else [])]
    return power(truth, allowed.allowed(truth), {OTHER_IMAGE: np.concatenate(others, axis=1)})


def _with_the_label(attempt: Attempt, columns: Sequence[int]) -> dict[int, int]:
    """For places in `columns` the place of another image of the label, where there is one."""
    labels, images = attempt.labels(columns), attempt.images(columns)
    found = {}
    for place, label in enumerate(labels):
        later = [*range(place + 1, len(columns)), *range(place)]
        others = (other for other in later if labels[other] == label and images[other] != images[place])
        if (partner := next(others, None)) is not None:
            found[place] = partner
    return found


def _spread(count: int, wanted: int) -> list[int]:
    """So many of `count` places, from the first to the last."""
    return sorted({int(place) for place in np.linspace(0, count - 1, max(0, wanted))}) if count else []


def _with_another_image(attempt: Attempt, columns: Sequence[int], asked: Sequence[int]) -> Array:
    """Blocks × asked: for the labels of these columns, with the images of the ones before."""
    own = [label for label in attempt.labels([columns[index] for index in asked]) if label is not None]
    return attempt.right_answer([columns[index - 1] for index in asked], own)
