"""Whether anything that is asked for was computed while get_stats ran: numbers that come from nowhere earn nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from grader import Evidence, RecordedCall, recorded, remembered
from grader.checks import other_in_call, replay

from .cases import SAMPLES, Configuration

LEAST_SAMPLES = SAMPLES // 2  # a loop that stops early is another mistake than one that never runs
HINT = "run the network on each sample in get_stats, and return the norms of its gradients"


@remembered
def not_computed(evidence: Evidence, case: Configuration) -> str | None:
    """Why the results for a configuration come from nowhere, in words; None if a network was seen to give them."""
    calls = [call for call in recorded(evidence) if call.case == case.id and call.phase != "peek"]
    problems = [_nothing_ran(evidence, call) for call in calls]
    if not problems or None in problems:
        return None
    return problems[0]


def _nothing_ran(evidence: Evidence, call: RecordedCall) -> str | None:
    if not call.networks:
        return "no network was run"
    count = sum(len(batch) for _, batch in call.samples if batch.size)
    returned = _columns(call)
    if count < min(LEAST_SAMPLES, math.ceil(returned / 2)):
        return f"a network was run on {count} of {returned} samples"
    seen = call.networks[0]
    if seen.trace is None:
        return f"the network's forward pass could not be written down: {seen.error}"
    try:
        network, _ = first_network(evidence, call)
        if not any(node.name in replay.CONVOLUTIONS for node in network.reached()):
            return "the network that was run has no convolutions"
        return other_results(evidence, call)
    except replay.NotReplayable:
        return None  # something ran, and whether it is right is asked elsewhere


def first_network(evidence: Evidence, call: RecordedCall) -> tuple[replay.Network, Mapping[str, Tensor]]:
    """The first network of a call and its tensors. Raises NotReplayable."""
    return _network(evidence, _number(evidence, call))


def other_results(evidence: Evidence, call: RecordedCall) -> str | None:
    """What the first network of a call gave otherwise than its operations give, in words. Raises NotReplayable."""
    return _other_results(evidence, _number(evidence, call))


def _number(evidence: Evidence, call: RecordedCall) -> int:
    return next(number for number, one in enumerate(recorded(evidence)) if one is call)


@remembered
def _network(evidence: Evidence, number: int) -> tuple[replay.Network, Mapping[str, Tensor]]:
    seen = recorded(evidence)[number].networks[0]
    return replay.parse(seen.trace), replay.weights(seen.weights)


@remembered
def _other_results(evidence: Evidence, number: int) -> str | None:
    return other_in_call(recorded(evidence)[number], *_network(evidence, number))


def _columns(call: RecordedCall) -> int:
    """How many samples the result is about: fewer than asked for is another mistake than none at all."""
    shape = () if call.result is None else call.result.shape
    return max(1, min(shape[1], SAMPLES)) if len(shape) == 2 else SAMPLES
