"""Criterion `batch_norm`: batch normalization after each convolution of a block, in a VGG_38 that trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader import Evidence, Finding, MissingEvidence, Table
from grader.checks import BLOCKS_SHOWN, NORM_HINTS, WRONG_SUPER

from . import repaired
from .attempted import GIVEN, NO_BLOCK, is_given, nothing_written
from .blocks import Observed, ask_a_person, observed, table
from .network_readings import Built, built
from .norm_alone import of_batch_norm_alone, unused

_HINTS = {
    **WRONG_SUPER,
    "what its convolutions give does not": "look at what forward returns: it has to be what the last layer gives",
    "beside the given one": "write one like the given one, with nn.BatchNorm2d after each convolution",
    "layers, found": "VGG_38 has 5 blocks in each of 3 stages: look at how ConvolutionalNetwork puts them together",
    "does not train": "look at the figure of gradients: which layers does the gradient not reach?",
    "fails in evaluation mode": "running statistics have to be used in evaluation mode, and updated in training mode",
    **NORM_HINTS,
    # as the framework has it
    "thrown away": "keep the result: out = self.layer_dict['bn_0'](out)",
    "it has no batch": "make nn.BatchNorm2d for each convolution in build_module, and call it behind it in forward",
    "cannot be made": "make the block alone with the settings that the given one gets, and run it once",
    "anew": "make batch normalizations in build_module and keep them in layer_dict, so that they are registered",
    "convolutions have": "one nn.BatchNorm2d for each convolution, in forward as well as in build_module",
}


def check(evidence: Evidence) -> Finding:
    """A processing and a reduction block are judged alone, then the network that is built from them."""
    found = observed(evidence)
    exhibits = (table(found),)
    if nothing_written(found):
        return Finding.not_attempted(NO_BLOCK, exhibits=exhibits)
    problems = [
        problem
        for name, kind in (("processing", "keeps_shape"), ("reduction", "halves_width"))
        if (problem := _block_problem(found, name, kind))
    ]
    if problems:
        ask_a_person(found)
        return _failed(problems, exhibits)
    network = _network(evidence, found)
    if wrong := of_batch_norm_alone(found, [network.blocks, *network.others]):
        return _failed([wrong], exhibits)
    by_hand = any(part.behaviour.by_hand for part in found if part.block.name in network.blocks)
    if problems := list(repaired.problems(network, normalised=True, by_hand=by_hand)):
        return _failed(problems, exhibits)
    return Finding.passed(
        f"{network.words}: batch normalization after each convolution, in training and in evaluation mode; VGG_38 of "
        f"them{network.made_by} has {repaired.LAYERS} layers and trains",
        details=(BLOCKS_SHOWN, *_notes(found, network)),
        exhibits=exhibits,
    )


def _failed(problems: Sequence[str], exhibits: tuple[Table, ...]) -> Finding:
    return Finding.wrong(
        "expected blocks with batch normalization after each convolution in a VGG_38 that trains, found",
        problems,
        hints=_HINTS,
        exhibits=exhibits,
    )


def _notes(found: Sequence[Observed], network: Built) -> Iterator[str]:
    """What was decided, for whoever reads the grade."""
    used = [part for part in found if network.blocks and part.block.name == network.blocks[0]]
    if used and all(part.behaviour.shortcut == "identity" for part in used if part.behaviour.acting.all):
        yield (
            f"{used[0].block.name} is the block with batch normalization and the residual block in one: it counts "
            "for both"
        )
    yield from unused(found, [network.blocks, *network.others])


def _network(evidence: Evidence, found: Sequence[Observed]) -> Built:
    """The network for batch normalization; the residual one if only its blocks are right."""
    right = {part.block.name for part in found if part.behaviour.batch_norm_problem() is None}
    network = built(evidence, "batch_norm")
    if set(network.blocks) <= right:
        return network
    try:
        other = built(evidence, "residual")
    except MissingEvidence:
        return network
    return other if other.blocks and set(other.blocks) <= right else network


def _block_problem(found: Sequence[Observed], name: str, kind: str) -> str | None:
    """Why none of the processing (or reduction) blocks is right; told of the one that comes nearest."""
    blocks = [part for part in found if getattr(part.behaviour, kind)]
    reason = next((f" ({part.label}: {why})" for part in found if (why := _no_block(part))), "")
    if not blocks:
        return f"no {name} block{reason}"
    if any(part.behaviour.batch_norm_problem() is None for part in blocks):
        return None
    if all(is_given(part) for part in blocks):
        return f"no {name} block beside the given one{reason}"
    nearest = max(blocks, key=_nearness)
    return f"{name} block {nearest.label}: {nearest.behaviour.batch_norm_problem()}"


def _no_block(part: Observed) -> str | None:
    """Why a class is neither a processing nor a reduction block, or None."""
    seen = part.behaviour
    if seen.problem or seen.keeps_shape or seen.halves_width:
        return seen.problem
    if not seen.convolutions:
        return "what its convolutions give does not reach its output"
    if not seen.ratio:
        return "expected an output with as many dimensions and channels as its input, found other ones"
    return f"expected an output as wide as its input or half as wide, found {seen.ratio:g} of its width"


def _nearness(part: Observed) -> tuple[int, ...]:
    seen = part.behaviour
    return (seen.acting.count, seen.registered, bool(seen.others), part.block.name not in GIVEN, bool(seen.discarded))
