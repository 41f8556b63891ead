"""What students can check before they hand in: that answers have the right form. Whether they are right comes later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader import Evidence, Finding, MissingEvidence, fault
from grader.checks import made_network, mappings, sequence

from . import data
from .answers import asked
from .cases import BLOCKS
from .inside import course
from .theory_answers import RESULTS, answered
from .theory_calls import OPTIMIZER_FUNCTIONS, WIDTH_FUNCTIONS

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


def train_epoch(evidence: Evidence) -> Finding:
    """Three histories of floats, one entry for each batch."""
    batches = -(-course.COUNT // course.BATCH)
    frame = asked(evidence, "train_epoch", "adam", "train_epoch")
    if raised := fault(frame.header, "raised_"):
        raise raised.as_missing("train_epoch")
    entries = mappings(frame.header.get("entries"))
    problems = [] if len(entries) == 3 else [f"expected three histories to be returned, found {len(entries)}"]
    for name, entry in zip(("loss", "accuracy", "learning rate"), entries, strict=False):
        if entry.get("length") != batches:
            problems.append(f"{name}: expected one entry for each of {batches} batches, found {entry.get('length')}")
        if any("Tensor" in str(kind) for kind in sequence(entry.get("of"))):
            problems.append(f"{name}: expected floats, found tensors")
    return _finding(problems, f"train_epoch returns three histories with an entry for each of {batches} batches")


def optimizer_state(evidence: Evidence) -> Finding:
    """Numbers, as many as asked."""
    return _theory(evidence, OPTIMIZER_FUNCTIONS)


def receptive_field(evidence: Evidence) -> Finding:
    """Numbers, as many as asked."""
    return _theory(evidence, WIDTH_FUNCTIONS)


def _theory(evidence: Evidence, functions: Sequence[str]) -> Finding:
    problems = []
    for function in functions:
        names = RESULTS.get(function, ())
        nothing = (0.0,) * max(1, len(names))
        found = answered(evidence, function, lambda *_, values=nothing: values, names=names)
        problems += [f"{function}: {call.problem}" for call in found.asked if call.found is None][:1]
    return _finding(problems, f"the {len(functions)} functions return numbers")


def _finding(problems: Sequence[str], right: str) -> Finding:
    if problems:
        return Finding.failed(problems[0], details=tuple(problems[1:]))
    return Finding.passed(right)
