"""Criterion `residual`: a block whose input is added around its convolutions, in a VGG_38 that trains."""

from __future__ import annotations

from grader.evidence import Evidence
from grader.finding import Finding

from . import networks
from .blocks import ask_a_person, observed
from .network_readings import built


def check(evidence: Evidence) -> Finding:
    """A processing block is judged alone, then the network that is built from it."""
    found = observed(evidence)
    processing = [part for part in found if part.behaviour.is_processing]
    good = [part for part in processing if part.behaviour.shortcut == "identity"]
    detached = next((part for part in processing if part.behaviour.shortcut == "detached"), None)
    if detached and not good:
        return Finding.failed(
            f"expected a shortcut that the gradient comes back through, found in {detached.label} one that it does not",
            "add the input itself, without detach(): the gradient has to come back through the shortcut",
        )
    if not good:
        ask_a_person(found)
        broken = next((part for part in found if part.behaviour.problem), None)
        reason = f"; {broken.label} cannot be made: {broken.behaviour.problem}" if broken else ""
        return Finding.failed(
            "expected a block whose input is left when its convolutions give nothing, found none among "
            f"{len(processing)} that keep their input's shape{reason}",
            "keep the input in a variable and add it before the last activation: out = out + x",
        )
    network = built(evidence, "residual")
    details = list(networks.problems(network, normalised=False))
    if not details and network.blocks and network.blocks[0] not in {part.block.name for part in good}:
        details = [f"VGG_38 of {network.words}{network.made_by}, not of {good[0].label}"]
    if details:
        return Finding.failed(
            f"expected a VGG_38 of residual blocks that trains, found: {details[0]}", details=tuple(details[1:])
        )
    return Finding.passed(
        f"{good[0].label}: the block's input is added around its {good[0].behaviour.convolutions} convolutions; VGG_38 "
        f"of {network.words}{network.made_by} trains"
    )
