"""What the blocks of networks do that ran while get_stats was called."""

from __future__ import annotations

import torch

from grader import Evidence, RecordedCall, RecordedNetwork
from grader.checks import block_calls, replay

from .behaviour import Behaviour, behaviour, fitting
from .cases import CHANNELS
from .work import first_network


def blocks_seen(evidence: Evidence, made: RecordedNetwork, call: RecordedCall, kind: str | None) -> list[Behaviour]:
    """What the first and the last block of a recorded network do; that of `call`, often the same, is read already.

    `kind` is the class of its blocks. Raises NotReplayable.
    """
    if made.trace is None:
        return []
    same = made.trace == call.networks[0].trace
    network = first_network(evidence, call)[0] if same else replay.parse(made.trace)
    tensors = replay.weights(made.weights)
    found = block_calls(network, kind)
    x = torch.randn(4, CHANNELS, 8, 8, generator=torch.Generator().manual_seed(evidence.seed % 2**63))
    ends = dict.fromkeys((found[0], found[-1])) if found else {}
    parts = [network.part(block.call) for block in ends]
    image = torch.from_numpy(call.samples[0][1][:1]).float() if call.samples else x
    return [behaviour(part, tensors, fitting(network, part, tensors, x, image)) for part in parts]
