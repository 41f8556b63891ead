"""Recomputing entries of a student's tensor from the student's own network, weights and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from grader.checks import replay
from grader.evidence import Evidence, MissingEvidence
from grader.readings import RecordedCall, RecordedNetwork, builds, recorded
from grader.sandbox.protocol import Array

from .. import data, structure
from ..behaviour import Behaviour, Skip
from ..behaviour import behaviour as observe
from ..cases import BLOCKS, CASES, CHANNELS, SAMPLES, Configuration
from ..flags import observe_network
from . import alignment
from .diagnosis import Attempt, explain
from .targets import Targets
from .tolerance import SAFETY, Tolerance, tolerance

PICKED = 12  # columns recomputed in each configuration
USUAL_WAY = "for each sample alone: zero the gradients, cross-entropy, backward, conv1.weight.grad.norm()"


@dataclass(frozen=True)
class Verified:
    """One configuration: the student's norms and ours (blocks × columns recomputed), and what is wrong.

    Where nothing could be recomputed, `found` is all that was returned and `ours` is empty.
    """

    case: Configuration
    found: Array
    ours: Array
    deviations: Array
    problem: str | None = None
    hint: str | None = None
    allowed: Tolerance | None = None

    @property
    def compared(self) -> int:
        """Number of entries recomputed."""
        return self.deviations.size

    @property
    def deviation(self) -> str:
        """Largest and median, for a table."""
        return f"{self.deviations.max():.1e}, {np.median(self.deviations):.1e}" if self.compared else "–"

    @property
    def tolerated(self) -> str:
        """Largest and median, for a table."""
        return f"{self.allowed.worst:.1e}, {self.allowed.median:.1e}" if self.allowed else "–"

    @property
    def words(self) -> str:
        """For a list of details."""
        return f"{self.compared} entries recomputed, largest and median deviation {self.deviation}"


class Wrong(Exception):
    """A reason why the values cannot be right, with a hint."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.hint = hint


def own_behaviour(evidence: Evidence) -> dict[Configuration, Behaviour]:
    """What the blocks of the student's own ResNet do in each configuration, where that can be told."""
    made = builds(evidence, "network")
    observed = {case: observe_network(made.tried(case.id), evidence.seed, block_class(evidence)) for case in CASES}
    return {case: found.blocks[0] for case, found in observed.items() if found.blocks}


def block_class(evidence: Evidence) -> str | None:
    """The name of the student's block class."""
    return next((build.kind for build in builds(evidence, "block").values() if build.kind), None)


def verify(evidence: Evidence, case: Configuration, call: RecordedCall, own: Behaviour | None) -> Verified:
    """Judge one configuration's tensor; a transposed one as if it were not (its shape is judged elsewhere)."""
    found = (call.result if call.result is not None else np.zeros(0)).astype(np.float64)
    if found.shape == (SAMPLES, BLOCKS):
        found = found.T
    none = np.zeros((0, 0))
    try:
        return _compare(evidence, case, call, own, found)
    except Wrong as wrong:
        return Verified(case, found, none, none, str(wrong), wrong.hint)
    except replay.UnknownOperation as error:
        raise MissingEvidence(f"the grader cannot run this network again: {error}", ours=True) from None
    except replay.NotReplayable as error:
        return Verified(case, found, none, none, f"the network cannot be run again: {error}")


def _compare(
    evidence: Evidence, case: Configuration, call: RecordedCall, own: Behaviour | None, found: Array
) -> Verified:
    if found.ndim != 2 or min(found.shape) < 2:
        shape = " × ".join(map(str, found.shape)) or "a single number"
        raise Wrong(f"expected a norm for every block and sample, found {shape}")
    network, tensors, names = _network(evidence, call)
    seen = _same_flags(evidence, case, call, own)
    if found.shape[0] != len(names):
        raise Wrong(f"expected one row for each of {len(names)} blocks, found {found.shape[0]} rows")
    if not np.isfinite(found).all():
        raise Wrong(f"{int((~np.isfinite(found)).sum()):,} of {found.size:,} norms are not finite numbers")
    options = _samples(call, found.shape[1])
    picked = pick(found, evidence.seed)
    targets = Targets(data.served(evidence.seed))
    allowed = tolerance(seen)
    attempts = [Attempt(network, tensors, names, images, targets, found) for images in options]
    attempt = likeliest(attempts, allowed)
    ours = attempt.right_answer(picked)
    # Without biases so deep a network leaves next to nothing even of that; but only zeros leave nothing in float64.
    if np.median(ours[-1]) < 1e-9 and not attempt.in_double().right_answer(picked[:1])[-1].any():
        raise Wrong("even the last block gets no gradient", "do not initialise the network with zeros")
    deviation = allowed.deviations(found[:, picked], ours)
    if allowed.accepts(deviation) or _accepted_in_double(attempt, picked, ours, allowed):
        _served(targets)
        return Verified(case, found[:, picked], ours, deviation, allowed=allowed)
    problem, hint = _explained(call, attempt, picked, allowed)
    if hint is None and (rearranged := _in_another_order(attempt, picked, ours, allowed)) is not None:
        _served(targets)
        return Verified(
            case, found[:, picked], rearranged, allowed.deviations(found[:, picked], rearranged), allowed=allowed
        )
    share = f"{_share(deviation, allowed)}: {problem}"
    return Verified(case, found[:, picked], ours, deviation, share, hint or USUAL_WAY, allowed)


def _share(deviation: Array, allowed: Tolerance) -> str:
    if off := int((deviation > allowed.worst).sum()):
        return f"{off} of {deviation.size} recomputed entries differ, by up to {deviation.max():.1e}"
    middle = float(np.median(deviation))
    return (
        f"half of {deviation.size} recomputed entries differ by {middle:.1e} or more, {allowed.median:.1e} is allowed"
    )


def _served(targets: Targets) -> None:
    if targets.mostly_unknown():
        raise MissingEvidence(
            "the norms agree, but most samples are not images of the data set that was served",
            ours=True,
            hint="a person has to look where the samples come from",
        )


def likeliest(attempts: list[Attempt], allowed: Tolerance) -> Attempt:
    """The order of samples that fits best, here and there: the first samples may be those of a first look as well."""
    if len(attempts) == 1:
        return attempts[0]
    last = attempts[0].found.shape[1] - 1
    columns = sorted({0, 1, last // 2, last})

    def distance(one: Attempt) -> float:
        deviations = allowed.deviations(one.found[:, columns], one.right_answer(columns))
        return float(np.minimum(deviations, 1).mean())

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


def _accepted_in_double(attempt: Attempt, picked: Sequence[int], ours: Array, allowed: Tolerance) -> bool:
    """A second opinion: float64 as the truth, and this very network's own rounding as the measure.

    Networks other than the reference's may be more chaotic than any of its configurations.
    """
    deviation = allowed.deviations(attempt.found[:, picked], ours)
    worst = np.argsort(deviation.max(axis=0))[::-1][:3].tolist()
    columns = [picked[index] for index in worst]
    truth = attempt.in_double().right_answer(columns)
    rounding = allowed.deviations(ours[:, worst], truth)
    local = Tolerance(
        max(allowed.worst, min(1.0, SAFETY * float(rounding.max()))),
        max(allowed.median, min(0.2, SAFETY * float(np.median(rounding)))),
        allowed.underflow,
    )
    return local.accepts(local.deviations(attempt.found[:, columns], truth)) and local.accepts(deviation / 2)


def _explained(
    call: RecordedCall, attempt: Attempt, picked: Sequence[int], allowed: Tolerance
) -> tuple[str, str | None]:
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
    return explain(attempt, picked, allowed)


def _network(evidence: Evidence, call: RecordedCall) -> tuple[replay.Network, dict[str, Tensor], list[str]]:
    if not call.networks:
        raise Wrong("no network was run while get_stats was called", "run the network on each sample in get_stats")
    seen = call.networks[0]
    if seen.trace is None:
        raise Wrong(f"the network's forward pass could not be written down: {seen.error}")
    network, tensors = replay.parse(seen.trace), replay.weights(seen.weights)
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise Wrong("the network's weights are not finite numbers")
    found = structure.blocks(network, block_class(evidence))
    names = list(dict.fromkeys(block.convolutions[0] for block in found))
    if len(names) != BLOCKS:
        raise Wrong(f"expected a network of {BLOCKS} residual blocks, found {len(names)}",
                    "create the model with 30 residual blocks")  # fmt: skip
    if names[0] not in tensors:
        raise replay.NotReplayable("a weight of it did not come back")
    shape = tuple(tensors[names[0]].shape)
    if shape != (CHANNELS, CHANNELS, 3, 3):
        raise Wrong(f"expected 10 channels and 3 × 3 kernels, found weights of {' × '.join(map(str, shape))}",
                    "create the model with 10 channels and 3 × 3 kernels")  # fmt: skip
    normalisations = [node for node in network.reached() if node.name in replay.NORMALISATIONS]
    if any(len(node.args) > 5 and node.args[5] is False for node in normalisations):
        raise Wrong(
            "the network was in evaluation mode", "leave out model.eval(): the norms are asked in training mode"
        )
    return network, tensors, names


def _same_flags(evidence: Evidence, case: Configuration, call: RecordedCall, own: Behaviour | None) -> Configuration:
    """The arguments of get_stats, and nothing else, must decide which network is made; what it was seen to be."""
    peeks = [peek for peek in recorded(evidence, "peek") if peek.case == case.id and peek.networks]
    seen = case
    for made in [*(peek.networks[0] for peek in peeks[:1]), call.networks[0]]:
        for behaviour in _behaviours(evidence, made):
            seen = Configuration(behaviour.skip is not Skip.NONE, behaviour.acting > 0)
            if own is not None and (behaviour.skip, behaviour.acting) != (own.skip, own.acting):
                raise Wrong(
                    f"get_stats({case.words}) made a network of which {behaviour.skip} and {behaviour.acting} batch "
                    f"normalizations act in a block; ResNet({case.words}) is another",
                    "pass both arguments of get_stats on to ResNet, and read no globals for them",
                )
    return seen


def _behaviours(evidence: Evidence, made: RecordedNetwork) -> list[Behaviour]:
    """What the first and the last block of a recorded network do."""
    if made.trace is None:
        return []
    network, tensors = replay.parse(made.trace), replay.weights(made.weights)
    found = structure.blocks(network, block_class(evidence))
    x = torch.randn(4, CHANNELS, 8, 8, generator=torch.Generator().manual_seed(evidence.seed % 2**63))
    ends = dict.fromkeys((found[0], found[-1])) if found else {}
    return [observe(network.part(block.call), tensors, x) for block in ends]


def _samples(call: RecordedCall, wanted: int) -> list[list[Tensor]]:
    """The samples of the columns, in the orders that are likely."""
    options = alignment.alternatives(call, wanted)
    if not options:
        count = sum(len(batch) for _, batch in call.samples)
        raise Wrong(f"expected the network to be run on {wanted} samples, found {count}",
                    "run the network on each of the 100 samples")  # fmt: skip
    different = max(alignment.distinct(images) for images in options)
    if different < wanted / 2:
        raise Wrong(f"expected {wanted} samples, found only {different} different ones",
                    "use another sample for each column")  # fmt: skip
    return options


def pick(found: Array, seed: int) -> list[int]:
    """Columns to recompute: the first two and the last, the most unusual ones, and some that nobody can foresee."""
    count = found.shape[1]
    profile = np.log10(np.abs(found) + 1e-30)
    unusual = np.abs(profile - np.median(profile, axis=1, keepdims=True)).max(axis=0)
    chosen = [0, 1, count - 1, *np.argsort(-unusual)[:5].tolist()]
    drawn = np.random.default_rng([seed, count]).permutation(count).tolist()
    return sorted(list(dict.fromkeys([*chosen, *drawn]))[: min(PICKED, count)])
