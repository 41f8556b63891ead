"""What students can check before they hand in: that answers have the right form. Whether they are right comes later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader import Evidence, Finding, MissingEvidence
from grader.checks import made_network

from . import data
from .cases import BLOCKS

CLASSES = 10


def mlp(evidence: Evidence) -> Finding:
    """Ten finite numbers for each image."""
    return _networks(evidence, "mlp")


def cnn(evidence: Evidence) -> Finding:
    """Ten finite numbers for each image."""
    return _networks(evidence, "cnn")


def _networks(evidence: Evidence, kind: str) -> Finding:
    problems = []
    for width, count in data.NETWORK_IMAGES.items():
        problems += _outputs(evidence, kind, str(width), f"get_{kind}({width})", [(count, CLASSES)])
    return _finding(problems, f"get_{kind} makes networks that give {CLASSES} logits for each image of any size")


def residual_block(evidence: Evidence) -> Finding:
    """The right size for every combination of stride and channels."""
    problems = []
    for block in BLOCKS:
        shapes = [
            (count, block.outside, *2 * (-(-width // block.stride),)) for width, count in data.BLOCK_IMAGES.items()
        ]
        problems += _outputs(evidence, "residual_block", block.id, block.words, shapes)
    return _finding(problems, "ResidualBlock gives outputs of the right size for every stride and number of channels")


def _outputs(evidence: Evidence, probe: str, case: str, what: str, shapes: Sequence[tuple[int, ...]]) -> list[str]:
    made = made_network(evidence, probe, case, what, len(shapes))
    if not made.parameters:
        raise MissingEvidence(f"not attempted: {what} makes a network without layers")
    problems = []
    for mode, done in made.passes.items():
        if done.error:
            problems.append(f"{what} raises in {mode} mode {done.error.strip().splitlines()[-1][:200]}")
            continue
        for output, shape in zip(done.outputs, shapes, strict=True):
            if output is None or output.shape != shape:
                found = "nothing" if output is None else " × ".join(map(str, output.shape))
                problems.append(f"{what}: expected an output of {' × '.join(map(str, shape))}, found {found}")
            elif not np.isfinite(output).all():
                problems.append(f"{what}: expected finite numbers, found others")
    return list(dict.fromkeys(problems))


def _finding(problems: Sequence[str], right: str) -> Finding:
    if problems:
        return Finding.failed(problems[0], details=tuple(problems[1:]))
    return Finding.passed(right)
