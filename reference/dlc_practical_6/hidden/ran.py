"""What ran while get_stats was called: the network, its weights, its blocks, and the samples that went in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from grader import Evidence, RecordedCall, builds, recorded
from grader.checks import OTHER_WHEN_RUN_HINT as HINT
from grader.checks import BlockCall, block_calls, replay

from ..behaviour import Behaviour
from ..cases import BLOCKS, CASES, CHANNELS, CLASSES, Configuration
from ..flags import network_behaviour
from ..seen import blocks_seen
from ..work import first_network, other_results
from . import alignment


class Wrong(Exception):
    """A reason why the values cannot be right, with a hint."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.hint = hint


@dataclass(frozen=True)
class Ran:
    """A network that ran, its tensors as they were, and the names of the monitored weights, one for each block."""

    network: replay.Network
    tensors: Mapping[str, Tensor]
    names: tuple[str, ...]
    kind: str | None

    @property
    def blocks(self) -> list[BlockCall]:
        """Its residual blocks, in order of execution."""
        return block_calls(self.network, self.kind)


def own_behaviour(evidence: Evidence) -> dict[Configuration, Behaviour]:
    """What the blocks of the student's own ResNet do in each configuration, where that can be told."""
    observed = {case: network_behaviour(evidence, case, block_class(evidence)) for case in CASES}
    return {case: found.blocks[0] for case, found in observed.items() if found.blocks}


def block_class(evidence: Evidence) -> str | None:
    """The name of the student's block class."""
    return next((build.kind for build in builds(evidence, "block").values() if build.kind), None)


def ran(evidence: Evidence, call: RecordedCall) -> Ran:
    """The network of a call, of the size that is asked for and in training mode. Raises Wrong, NotReplayable."""
    if not call.networks:
        raise Wrong("no network was run while get_stats was called", "run the network on each sample in get_stats")
    seen = call.networks[0]
    if seen.trace is None:
        raise Wrong(f"the network's forward pass could not be written down: {seen.error}")
    network, tensors = first_network(evidence, call)
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise Wrong("the network's weights are not finite numbers")
    kind = block_class(evidence)
    names = tuple(dict.fromkeys(block.convolutions[0] for block in block_calls(network, kind)))
    if len(names) != BLOCKS:
        raise Wrong(
            f"expected a network of {BLOCKS} residual blocks, found {len(names)}",
            "create the model with 30 residual blocks",
        )
    _check_size(tensors, names)
    if other := other_results(evidence, call):
        raise Wrong(other, HINT)
    _check_classes(call)
    normalisations = [node for node in network.reached() if node.name in replay.NORMALISATIONS]
    if any(len(node.args) > 5 and node.args[5] is False for node in normalisations):
        raise Wrong(
            "the network was in evaluation mode", "leave out model.eval(): the norms are asked in training mode"
        )
    return Ran(network, tensors, names, kind)


def _check_size(tensors: Mapping[str, Tensor], names: tuple[str, ...]) -> None:
    if names[0] not in tensors:
        raise replay.NotReplayable("a weight of it did not come back")
    shape = tuple(tensors[names[0]].shape)
    if shape != (CHANNELS, CHANNELS, 3, 3):
        raise Wrong(
            f"expected 10 channels and 3 × 3 kernels, found weights of {' × '.join(map(str, shape))}",
            "create the model with 10 channels and 3 × 3 kernels",
        )


def _check_classes(call: RecordedCall) -> None:
    """What the network gave for a sample alone is a number for each class. Raises Wrong."""
    of_first = (number for number in call.outputs if number < len(call.samples) and call.samples[number][0] == 0)
    found = next((call.outputs[number].size for number in of_first), CLASSES)
    if found != CLASSES:
        raise Wrong(
            f"expected a network with {CLASSES} classes, found one that gives {found} numbers for an image",
            f"create the model with nb_classes={CLASSES}, the number of CIFAR-10's classes",
        )


def same_flags(evidence: Evidence, case: Configuration, call: RecordedCall, own: Behaviour | None) -> Configuration:
    """The arguments of get_stats, and nothing else, must decide which network is made; what it was seen to be."""
    peeks = [peek for peek in recorded(evidence, "peek") if peek.case == case.id and peek.networks]
    seen = case
    for made in [*(peek.networks[0] for peek in peeks[:1]), call.networks[0]]:
        for behaviour in blocks_seen(evidence, made, call, block_class(evidence)):
            seen = Configuration(behaviour.skip.adds_input, behaviour.acting > 0)
            if own is not None and (behaviour.skip, behaviour.acting) != (own.skip, own.acting):
                raise Wrong(
                    f"get_stats({case.words}) made a network of which {behaviour.skip} and {behaviour.acting} batch "
                    f"normalizations act in a block; ResNet({case.words}) is another",
                    "pass both arguments of get_stats on to ResNet, and read no globals for them",
                )
    return seen


def samples(call: RecordedCall, wanted: int) -> list[list[Tensor]]:
    """The samples of the columns, in the orders that are likely. Raises Wrong."""
    options = alignment.alternatives(call, wanted)
    if not options:
        count = sum(len(batch) for _, batch in call.samples)
        raise Wrong(
            f"expected the network to be run on {wanted} samples, found {count}",
            "run the network on each of the 100 samples",
        )
    different = max(alignment.distinct(images) for images in options)
    if different < wanted / 2:
        raise Wrong(
            f"expected {wanted} samples, found only {different} different ones", "use another sample for each column"
        )
    return options
