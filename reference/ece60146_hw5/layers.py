"""Criterion `layers`: at least 40 learnable layers, counted as the handout counts them, with three other counts."""

from __future__ import annotations

from grader import Evidence, Finding, Table
from grader.checks import replay

from .structure import Structure, structure

LEAST_LAYERS, LEAST_BLOCKS = 40, 20


def check(evidence: Evidence) -> Finding:
    """Count, and show all counts."""
    found = structure(evidence)
    count = len(found.parameters)
    words = f"{found.name} has {count} by the handout's count, len(list(net.parameters())); it was made by {found.how}"
    details = (*_remarks(found), *_left_out(evidence))
    exhibits = (counts_table(found),)
    if count >= LEAST_LAYERS:
        return Finding.passed(
            f"expected at least {LEAST_LAYERS} learnable layers; {words}", details=details, exhibits=exhibits
        )
    remark, hint = _missing(found)
    return Finding.failed(
        f"expected at least {LEAST_LAYERS} learnable layers, found {count}: {words}{remark}",
        hint,
        details=details,
        exhibits=exhibits,
    )


def _missing(found: Structure) -> tuple[str, str]:
    """Where the layers are that were not counted, and what to do."""
    if outside := _outside(found):
        return (
            f"; {outside} convolutions run that are no part of it",
            "keep layers in nn.ModuleList or nn.Sequential: those in a plain list are not learned",
        )
    if repeated := _repeated(found):
        return f"; {repeated} times a block is used again", "make a new block for each place: one used again adds none"
    return "", f"use at least {LEAST_BLOCKS} SkipBlocks, each with two convolutions"


def _outside(found: Structure) -> int:
    """Convolutions that run with weights that are no parameters of the network."""
    if found.graph is None:
        return 0
    return sum(found.graph.weight(index).startswith("constant.") for index in found.graph.convolutions)


def _repeated(found: Structure) -> int:
    try:
        return found.trunk.repeated
    except replay.NotReplayable:
        return 0


def _remarks(found: Structure) -> list[str]:
    frozen = sum(not part.learnable for part in found.parameters)
    return [f"{frozen} of these parameter tensors do not learn (requires_grad is False)"] if frozen else []


def _left_out(evidence: Evidence) -> list[str]:
    """Broken lines: what they belong to was left out."""
    return [
        f"left out: {error['where']}, line {error['line']}, {error['kind']}: {error['message'][:200]}"
        for error in evidence.errors()
        if error["kind"] in ("SyntaxError", "IndentationError")
    ][:5]


def counts_table(found: Structure) -> Table:
    """The four counts, which are often taken for one another."""
    try:
        blocks = str(len(found.trunk.working) + len(found.trunk.siblings))
    except replay.NotReplayable as error:
        blocks = f"could not be counted: {error}"
    reached = str(found.reached_layers) if found.network is not None else "–"
    return Table(
        "counts",
        "Four ways to count layers",
        f"Of {found.name}, made by {found.how}. The criterion takes the first row.",
        ("What is counted", "Count", "At least"),
        (
            ("parameter tensors, len(list(net.parameters()))", str(len(found.parameters)), str(LEAST_LAYERS)),
            ("layers that own parameters", str(len(found.owners)), "–"),
            ("of these, layers reached in a forward pass", reached, "–"),
            ("skip blocks reached in a forward pass", blocks, str(LEAST_BLOCKS)),
        ),
    )
