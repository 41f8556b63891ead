"""Recomputing entries of a student's tensor from the student's own network, weights and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader import Array, Evidence, MissingEvidence
from grader.checks import SAFETY, Tolerance, replay
from grader.checks import largest_deviation as largest
from grader.checks import typical_deviation as typical

from ..cases import CASES, Configuration
from ..stats import result_of
from . import alignment
from .diagnosis import explain
from .proof import Proof, proof
from .ran import Wrong
from .recomputed import Attempt, looked_at, returned
from .tolerance import tolerance

PICKED = 8  # columns recomputed in each configuration
NEAR = 0.5  # nothing that deviates by more in half of its entries is accepted, however a network is rounded
USUAL_WAY = "for each sample alone: zero the gradients, cross-entropy, backward, conv1.weight.grad.norm()"


@dataclass(frozen=True)
class Verified:
    """One configuration: the student's norms and ours (blocks × columns recomputed), and what is wrong.

    Where nothing could be recomputed, `found` is all that was returned and `ours` is empty. Where nothing is wrong,
    `proof` says what that proves. `unsure` says why nobody can tell whether they are right.
    """

    case: Configuration
    found: Array
    ours: Array
    deviations: Array
    problem: str | None = None
    hint: str | None = None
    allowed: Tolerance | None = None
    proof: Proof | None = None
    unsure: str | None = None

    @property
    def compared(self) -> int:
        """Number of entries recomputed."""
        return self.deviations.size

    @property
    def informative(self) -> str:
        """Number of entries that would have shown an answer without work, for a table."""
        return str(self.proof.basic.count) if self.proof else "–"

    @property
    def deviation(self) -> str:
        """Largest and median, for a table."""
        return f"{largest(self.deviations):.1e}, {typical(self.deviations):.1e}" if self.compared else "–"

    @property
    def tolerated(self) -> str:
        """Largest and median, for a table."""
        return f"{self.allowed.worst:.1e}, {self.allowed.median:.1e}" if self.allowed else "–"

    @property
    def words(self) -> str:
        """For a list of details."""
        told = f"{self.compared} entries recomputed, largest and median deviation {self.deviation}"
        if self.unsure:
            return f"{told}; {self.unsure}"
        return f"{told}; {self.proof.words}" if self.proof else told


def verify(evidence: Evidence, case: Configuration) -> Verified:
    """Judge one configuration's tensor."""
    found, none = returned(evidence, case), np.zeros((0, 0))
    try:
        with replay.or_a_person():
            return _compare(evidence, case, found)
    except Wrong as wrong:
        return Verified(case, found, none, none, str(wrong), wrong.hint)
    except replay.NotReplayable as error:
        return Verified(case, found, none, none, f"the network cannot be run again: {error}")


@dataclass(frozen=True)
class Compared:
    """What is compared of a configuration: which flags its network has, and the samples of some columns."""

    case: Configuration
    seen: Configuration
    excuse: str | None
    attempt: Attempt
    picked: Sequence[int]
    allowed: Tolerance

    @property
    def found(self) -> Array:
        """What was returned for the picked columns."""
        return self.attempt.found[:, self.picked]


def _compare(evidence: Evidence, case: Configuration, found: Array) -> Verified:
    told = looked_at(evidence, case.id)
    if "problem" in told:
        raise Wrong(told["problem"], told["hint"])
    seen = Configuration(*told["seen"])
    allowed = tolerance(seen)
    attempts = [Attempt(evidence, case.id, order, found) for order in range(told["orders"])]
    picked = pick(found, evidence.seed, CASES.index(case))
    return _judged(Compared(case, seen, told["excuse"], likeliest(attempts, allowed), picked, allowed))


def _judged(asked: Compared) -> Verified:
    attempt, picked, allowed = asked.attempt, asked.picked, asked.allowed
    found, ours = asked.found, attempt.right_answer(picked)
    deviation = allowed.deviations(found, ours)
    if allowed.accepts(deviation):
        return _agreeing(asked, ours)
    if typical(deviation) < NEAR:
        alone = replace(attempt, alone=True)
        truth = alone.right_answer(picked)
        if accepted := _accepted(alone, picked, truth, allowed):
            return _agreeing(replace(asked, attempt=alone, allowed=accepted), truth)
    problem, hint = _explained(asked)
    if hint is None and (rearranged := _in_another_order(attempt, picked, ours, allowed)) is not None:
        return _agreeing(asked, rearranged)
    if hint is None and typical(deviation) < NEAR and (why := _sensitive(asked)):
        return Verified(asked.case, found, ours, deviation, allowed=allowed, unsure=why)
    share = f"{_share(deviation, allowed)}: {problem}"
    return Verified(asked.case, found, ours, deviation, share, hint or USUAL_WAY, allowed)


def _agreeing(asked: Compared, ours: Array) -> Verified:
    """The verdict where all entries agree: what was built on purpose to hide them proves nothing."""
    labels = asked.attempt.labels(asked.picked)
    if sum(label is None for label in labels) > len(labels) / 2:
        raise MissingEvidence(
            "the norms agree, but most samples are not images of the data set that was served",
            ours=True,
            hint="a person has to look where the samples come from",
        )
    proven = proof(asked.attempt, asked.seen, asked.excuse, asked.picked, ours, asked.allowed)
    if not proven.is_enough and proven.strange:
        raise Wrong(
            f"an answer without work would agree as well, since {proven.strange[0]}",
            "measure a network as PyTorch or a usual initialiser makes it",
        )
    deviations = asked.allowed.deviations(asked.found, ours)
    return Verified(asked.case, asked.found, ours, deviations, allowed=asked.allowed, proof=proven)


def _share(deviation: Array, allowed: Tolerance) -> str:
    if off := int((deviation > allowed.worst).sum()):
        return f"{off} of {deviation.size} recomputed entries differ, by up to {largest(deviation):.1e}"
    return (
        f"half of {int((~np.isnan(deviation)).sum())} recomputed entries differ by {typical(deviation):.1e} or more, "
        f"{allowed.median:.1e} is allowed"
    )


def likeliest(attempts: list[Attempt], allowed: Tolerance) -> Attempt:
    """The order of samples that fits best, here and there: the first samples may be those of a first look as well."""
    if len(attempts) == 1:
        return attempts[0]
    last = attempts[0].found.shape[1] - 1
    columns = sorted({0, 1, last // 2, last})

    def distance(one: Attempt) -> float:
        deviations = allowed.deviations(one.found[:, columns], one.right_answer(columns))
        return float(np.minimum(np.nan_to_num(deviations, nan=0.0), 1).mean())

    return min(attempts, key=distance)


def _in_another_order(attempt: Attempt, picked: Sequence[int], ours: Array, allowed: Tolerance) -> Array | None:
    """Right answers for the picked columns if each belongs to some other sample of its own, else None."""
    if not alignment.same_size(attempt.found[:, picked], ours):
        return None
    everything = attempt.right_answer(range(attempt.found.shape[1]))
    chosen = alignment.matched(attempt.found[:, picked], everything)
    reordered = everything[:, chosen]
    fits = allowed.accepts(allowed.deviations(attempt.found[:, picked], reordered))
    return reordered if fits and len(set(chosen)) > len(chosen) / 2 else None


def _accepted(attempt: Attempt, picked: Sequence[int], ours: Array, allowed: Tolerance) -> Tolerance | None:
    """The tolerance within which the norms agree, or None."""
    deviation = allowed.deviations(attempt.found[:, picked], ours)
    return allowed if allowed.accepts(deviation) else _accepted_in_double(attempt, picked, ours, allowed)


def _accepted_in_double(attempt: Attempt, picked: Sequence[int], ours: Array, allowed: Tolerance) -> Tolerance | None:
    """A second opinion: float64 as the truth, and this very network's own rounding as the measure.

    Networks other than the reference's may be more chaotic than any of its configurations.
    """
    deviation = allowed.deviations(attempt.found[:, picked], ours)
    worst = np.argsort(np.nan_to_num(deviation).max(axis=0))[::-1][:3].tolist()
    columns = [picked[index] for index in worst]
    truth = replace(attempt, double=True).right_answer(columns)
    rounding = allowed.deviations(ours[:, worst], truth)
    local = Tolerance(
        max(allowed.worst, min(1.0, SAFETY * largest(rounding))),
        max(allowed.median, min(0.2, SAFETY * typical(rounding))),
        allowed.underflow,
    )
    agree = local.accepts(local.deviations(attempt.found[:, columns], truth)) and local.accepts(deviation / 2)
    return local if agree else None


def _sensitive(asked: Compared) -> str | None:
    """Why norms that are further from ours than is allowed may be right all the same: rounding explains it.

    A network may be so deep, and its maps so small, that rounding to float32 decides about its gradients.
    """
    attempt, picked, allowed = asked.attempt, asked.picked, asked.allowed
    alone, double = (replace(attempt, alone=True, double=double).right_answer(picked) for double in (False, True))
    rounding = [allowed.deviations(ours, double) for ours in (attempt.right_answer(picked), alone)]
    moved = max(map(largest, rounding))
    within = Tolerance(SAFETY * moved, SAFETY * max(map(typical, rounding)), allowed.underflow)
    if not all(within.accepts(allowed.deviations(asked.found, ours)) for ours in (alone, double)):
        return None
    return (
        f"rounding to single precision moves the norms of this network by up to {moved:.0%}, so that right ones and "
        "wrong ones cannot be told apart"
    )


def _explained(asked: Compared) -> tuple[str, str | None]:
    attempt = asked.attempt
    call = result_of(attempt.evidence, asked.case)
    if call.networks_made >= attempt.found.shape[1] - 1:
        return (
            f"{call.networks_made} different networks were run",
            "create the model once, before the loop over the samples",
        )
    if call.networks[0].changed:
        return (
            "the weights changed while the samples were measured",
            "measure all samples on the same network: no optimizer step in get_stats",
        )
    return explain(attempt, asked.allowed)


def pick(found: Array, seed: int, case: int = 0) -> list[int]:
    """Columns to recompute: the first and the last, the two most unusual ones, and four that nobody can foresee.

    The four are others in each configuration (`case`, a number). A table in which a share s of the columns is wrong
    or forged, and none of them first, last or unusual, is taken for right with a probability of (1 - s)^4 where that
    is so in one configuration, and of (1 - s)^16 where it is so in all four: 0.03 % where s is two fifths, 1 % for a
    quarter, 19 % for a tenth, 44 % for one in twenty. An entry on its own is found where it is unusual.
    """
    count = found.shape[1]
    profile = np.log10(np.abs(found) + 1e-30)
    unusual = np.abs(profile - np.median(profile, axis=1, keepdims=True)).max(axis=0)
    chosen = [0, count - 1, *np.argsort(-unusual)[:2].tolist()]
    drawn = np.random.default_rng([seed, count, case]).permutation(count).tolist()
    return sorted(list(dict.fromkeys([*chosen, *drawn]))[: min(PICKED, count)])
