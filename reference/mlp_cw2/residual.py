"""Criterion `residual`: a block whose input is added around its convolutions, in a VGG_38 that trains."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader import Evidence, Finding, advice
from grader.checks import BLOCKS_SHOWN, SKIP_HINTS, WRONG_SUPER

from . import repaired
from .attempted import NO_BLOCK, is_given, nothing_written
from .blocks import Observed, ask_a_person, observed
from .network_readings import built

_HINTS = {
    **WRONG_SUPER,
    "not of": "wire the residual block in the training script, with a --block_type of its own",
    "no command line": "wire the residual block in the training script, with a --block_type of its own",
    "raises": "run this command line yourself: it has to get as far as the first batch",
    "does not train": "look at the figure of gradients: which layers does the gradient not reach?",
    "Error": "the network has to be built by the command line as it is handed in: start it once yourself",
    **SKIP_HINTS,
    "projection": "shapes stay the same in a processing block: add x itself, without a convolution",
}


def check(evidence: Evidence) -> Finding:
    """A processing block is judged alone, then the network that is built from it."""
    found = observed(evidence)
    if nothing_written(found):
        return Finding.not_attempted(NO_BLOCK)
    processing = [part for part in found if part.behaviour.keeps_shape]
    good = [part for part in processing if part.behaviour.shortcut == "identity"]
    detached = next((part for part in processing if part.behaviour.shortcut == "detached"), None)
    if detached and not good:
        return Finding.failed(
            f"expected a shortcut that the gradient comes back through, found in {detached.label} one that it does not",
            "add the input itself, without detach(): the gradient has to come back through the shortcut",
        )
    if not good:
        ask_a_person(found)
        return _none(found, processing)
    network = built(evidence, "residual")
    details = list(repaired.problems(network, normalised=False))
    if not details and network.blocks and network.blocks[0] not in {part.block.name for part in good}:
        details = [f"VGG_38 of {network.words}{network.made_by}, not of {good[0].label}"]
    if details:
        return Finding.wrong("expected a VGG_38 of residual blocks that trains, found", details, hints=_HINTS)
    return Finding.passed(
        f"{good[0].label}: the block's input is added around its {good[0].behaviour.convolutions} convolutions; VGG_38 "
        f"of {network.words}{network.made_by} trains",
        details=(BLOCKS_SHOWN,),
    )


def _none(found: Sequence[Observed], processing: Sequence[Observed]) -> Finding:
    """No block adds its input: told of the one that comes nearest."""
    own = [part for part in processing if not is_given(part)]
    broken = next((part for part in found if part.behaviour.problem), None)
    reason = f"; {broken.label} cannot be tried: {broken.behaviour.problem}" if broken else ""
    wanted = "expected a block whose input is left when its convolutions give nothing"
    if not own:
        alone = advice(reason, WRONG_SUPER) or "make this block alone, and run it once"
        hint = alone if broken else "write a block that adds its input"
        return Finding.failed(f"{wanted}, found no block of the student's that can be tried{reason}", hint)
    nearest = max(
        own,
        key=lambda part: (
            "nothing is added" not in part.behaviour.shortcut_words,
            bool(re.search("res|rc|skip", part.block.label, re.IGNORECASE)),
        ),
    )
    told = nearest.behaviour.shortcut_words or "its input is not left"
    todo = advice(told, _HINTS)
    return Finding.failed(f"{wanted}, found none among {len(own)}; {nearest.label}: {told}{reason}", todo)
