"""The power of a numeric check: evidence counts only if a wrong answer would have been seen in it.

A comparison with the right numbers proves something only where an answer that took no work (a rival: zeros, one
number for all samples, a table by label) would have been told apart from them. Give `power` the right numbers, how far
an answer may lie from them, and the rivals:

    found = power(truth, allowed, usual_rivals(truth, labels))
    if not found.enough():
        return weightless(found, "the gradient norms", weights)   # failed or ungraded, with the reason
    Finding.passed(..., details=(found.words,))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.scales import unusual_scales
from grader.finding import Finding
from grader.sandbox.protocol import Array

LEAST_SHARE = 1 / 3  # of the entries: what is left over can be guessed, and is too much if it is more than this
ZEROS, CONSTANT, BY_LABEL = "zeros", "one number for all samples", "a table by label"


@dataclass(frozen=True)
class Power:
    """How many of `entries` an answer without work would have been caught at.

    `seen` counts, for each rival, the entries at which it would have been. `informative` is true at the entries (in
    the shape of the comparison) at which every rival would have been.
    """

    informative: Array
    seen: Mapping[str, int]
    caught: str = ""

    @property
    def entries(self) -> int:
        """Number of entries compared."""
        return int(self.informative.size)

    @property
    def count(self) -> int:
        """Number of informative entries."""
        return int(self.informative.sum())

    def enough(self, share: float = LEAST_SHARE) -> bool:
        """Whether at least that share of the entries, and one of them at least, is informative."""
        return self.count > 0 and self.count >= share * self.entries

    @property
    def unseen(self) -> str | None:
        """The rival that would have been seen at the fewest entries."""
        return min(self.seen, key=lambda name: self.seen[name], default=None)

    @property
    def words(self) -> str:
        """For a report: how many informative entries, and which deviation would have been caught."""
        others = ", ".join(self.seen)
        told = f"{self.count:,} of {self.entries:,} compared entries would have shown a wrong answer ({others})"
        return f"{told}; {self.caught}" if self.caught else told


def power(truth: Array, allowed: Array | float, rivals: Mapping[str, Array], caught: str = "") -> Power:
    """Where answers without work lie further from the truth than is allowed.

    `truth` holds the right numbers, `allowed` the largest absolute deviation accepted (of the same shape, or one for
    all), each of `rivals` what an answer without work would hold (of the same shape, or one that fits it). Numbers
    that are not finite are never informative. `caught` says in words which deviation would have been rejected.
    """
    truth = np.asarray(truth, dtype=np.float64)
    bound = np.broadcast_to(np.asarray(allowed, dtype=np.float64), truth.shape)
    usable = np.isfinite(truth) & np.isfinite(bound)
    apart = {name: usable & _apart(truth, bound, rival) for name, rival in rivals.items()}
    informative = np.logical_and.reduce([usable, *apart.values()])
    return Power(informative, {name: int(seen.sum()) for name, seen in apart.items()}, caught)


def power_of_outputs(outputs: Array, share: float, others: Mapping[str, Array] | None = None) -> Power:
    """Power of a comparison with a network's outputs (N × …), of whose largest `share` is accepted as a deviation.

    `others` are wrong outputs of the same shape, beside those that take no work: of a network without skip paths, say.
    """
    truth = np.moveaxis(np.asarray(outputs, dtype=np.float64), 0, -1)
    rivals = usual_rivals(truth) | {name: np.moveaxis(other, 0, -1) for name, other in (others or {}).items()}
    largest = float(np.abs(truth).max(initial=0.0))
    return power(truth, share * largest, rivals, f"a deviation of {share:g} of the largest output is caught")


def together(found: Sequence[Power]) -> Power:
    """Several comparisons as one. A rival that was not tried in one of them counts as seen nowhere there."""
    names = dict.fromkeys(name for one in found for name in one.seen)
    flat = [one.informative.ravel() for one in found]
    return Power(
        np.concatenate(flat) if flat else np.zeros(0, dtype=bool),
        {name: sum(one.seen.get(name, 0) for one in found) for name in names},
        next((one.caught for one in found if one.caught), ""),
    )


def _apart(truth: Array, bound: Array, rival: Array) -> Array:
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(np.broadcast_to(rival, truth.shape) - truth)
    seen: Array = ~(distance <= bound)  # a rival that is no number would have been seen
    return seen


def usual_rivals(truth: Array, labels: Sequence[int] | None = None) -> dict[str, Array]:
    """Answers without work for `truth` (… × samples): zeros, and what could be said without looking at the sample.

    Each sample's constant is the median of the other samples' numbers; with `labels` (one for each sample) there is
    also the median of the other samples of its label, where there are any.
    """
    truth = np.asarray(truth, dtype=np.float64)
    rivals = {ZEROS: np.zeros_like(truth)}
    if truth.ndim and truth.shape[-1] > 1:
        rivals[CONSTANT] = _median_of_others(truth, np.zeros(truth.shape[-1]))
        if labels is not None:
            rivals[BY_LABEL] = _median_of_others(truth, np.asarray(labels))
    return rivals


def _median_of_others(truth: Array, labels: Array) -> Array:
    """For each sample the median of the others of its label; infinite where there are none."""
    found = np.full_like(truth, np.inf)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        if len(places) > 1:
            found[..., places] = _left_out_medians(truth[..., places])
    return found


def _left_out_medians(values: Array) -> Array:
    """For each number along the last axis the median of the others: they are sorted once, and each leaves its place."""
    count = values.shape[-1]
    ranks = values.argsort(axis=-1).argsort(axis=-1)
    in_order = np.sort(values, axis=-1)
    middle = []
    for place in ((count - 2) // 2, (count - 1) // 2):  # of the others, which are one less
        before, after = (in_order[..., at, None] for at in (place, place + 1))
        middle.append(np.where(ranks > place, before, after))
    # Not a number, wherever it is sorted to, leaves no median to any other.
    odd = np.isnan(values)
    others = odd.sum(axis=-1, keepdims=True) - odd > 0
    with np.errstate(invalid="ignore"):  # between two infinities
        return np.where(others, np.nan, np.mean(middle, axis=0))


def weightless(found: Power, what: str, weights: Mapping[str, Array]) -> Finding:
    """The finding where too few entries say something, though all agree: whose fault it is, read off the weights.

    Scales that no initialiser gives were built on purpose: failed. Else a person has to look.
    """
    said = (
        f"{what} agree, but only {found.count:,} of {found.entries:,} compared entries would have shown a wrong "
        f"answer: {found.unseen or 'anything'} would have been accepted as well"
    )
    if strange := unusual_scales(weights):
        return Finding.failed(
            f"{said}. The weights have scales that no initialiser gives: {strange[0]}",
            "measure a network as PyTorch or a usual initialiser makes it",
            details=tuple(strange[1:20]),
        )
    return Finding.ungraded(f"{said}, and nothing is wrong with the weights", "a person has to look at the code")
