"""Whether anything that is asked for was computed while get_stats ran: numbers that come from nowhere earn nothing."""

from __future__ import annotations

import math

from grader import Evidence, RecordedCall, recorded
from grader.checks import other_in_call, replay

from .cases import SAMPLES, Configuration

LEAST_SAMPLES = SAMPLES // 2  # a loop that stops early is another mistake than one that never runs
HINT = "run the network on each sample in get_stats, and return the norms of its gradients"


def not_computed(evidence: Evidence, case: Configuration) -> str | None:
    """Why the results for a configuration come from nowhere, in words; None if a network was seen to give them."""
    calls = [call for call in recorded(evidence) if call.case == case.id and call.phase != "peek"]
    problems = [_nothing_ran(call) for call in calls]
    if not problems or None in problems:
        return None
    return problems[0]


def _nothing_ran(call: RecordedCall) -> str | None:
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
        network, tensors = replay.parse(seen.trace), replay.weights(seen.weights)
        if not any(node.name in replay.CONVOLUTIONS for node in network.reached()):
            return "the network that was run has no convolutions"
        return other_in_call(call, network, tensors)
    except replay.NotReplayable:
        return None  # something ran, and whether it is right is asked elsewhere


def _columns(call: RecordedCall) -> int:
    """How many samples the result is about: fewer than asked for is another mistake than none at all."""
    shape = () if call.result is None else call.result.shape
    return max(1, min(shape[1], SAMPLES)) if len(shape) == 2 else SAMPLES
