"""So many learnable layers: by the count of parameter tensors, with three other counts that are taken for it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.checks import replay
from grader.checks.chosen.chosen_network import ChosenNetwork
from grader.checks.chosen.network_structure import NetworkStructure
from grader.evidence import Evidence
from grader.exhibit import Table
from grader.finding import Finding
from grader.rubric import Block


@dataclass(frozen=True)
class EnoughLayers:
    """At least `least` parameter tensors, `len(list(net.parameters()))`; `blocks` skip blocks have as many.

    Accepted: any network, however its layers are kept and made. Caught: layers in a plain list, which are not
    learned; one block that is used again and again; too few.
    """

    network: ChosenNetwork
    least: int
    blocks: int

    def check(self, evidence: Evidence) -> Finding:
        """Count, and show all counts."""
        return judged(self.network.structure(evidence), evidence, self.least, self.blocks)


def enough_layers(network: ChosenNetwork, least: int, *, blocks: int) -> Block:
    """At least `least` learnable layers, `len(list(net.parameters()))`; `blocks` skip blocks have as many."""
    return Block(check=EnoughLayers(network, least, blocks).check, probes=(network.probe,), data=network.served)


def judged(found: NetworkStructure, evidence: Evidence, least: int, blocks: int) -> Finding:
    """The finding about one network."""
    count = len(found.parameters)
    words = f"{found.name} has {count} by the handout's count, len(list(net.parameters())); it was made by {found.how}"
    details = (*_remarks(found), *_left_out(evidence))
    exhibits = (counts_table(found, least, blocks),)
    if count >= least:
        return Finding.passed(
            f"expected at least {least} learnable layers; {words}", details=details, exhibits=exhibits
        )
    remark, hint = _missing(found, blocks)
    return Finding.failed(
        f"expected at least {least} learnable layers, found {count}: {words}{remark}",
        hint,
        details=details,
        exhibits=exhibits,
    )


def _missing(found: NetworkStructure, blocks: int) -> tuple[str, str]:
    """Where the layers are that were not counted, and what to do."""
    if outside := _outside(found):
        return (
            f"; {outside} convolutions run that are no part of it",
            "keep layers in nn.ModuleList or nn.Sequential: those in a plain list are not learned",
        )
    if repeated := _repeated(found):
        return f"; {repeated} times a block is used again", "make a new block for each place: one used again adds none"
    return "", f"use at least {blocks} SkipBlocks, each with two convolutions"


def _outside(found: NetworkStructure) -> int:
    """Convolutions that run with weights that are no parameters of the network."""
    if found.graph is None:
        return 0
    return sum(found.graph.weight(index).startswith("constant.") for index in found.graph.convolutions)


def _repeated(found: NetworkStructure) -> int:
    try:
        return found.trunk.repeated
    except replay.NotReplayable:
        return 0


def _remarks(found: NetworkStructure) -> list[str]:
    frozen = sum(not part.learnable for part in found.parameters)
    return [f"{frozen} of these parameter tensors do not learn (requires_grad is False)"] if frozen else []


def _left_out(evidence: Evidence) -> list[str]:
    """Broken lines: what they belong to was left out."""
    return [
        f"left out: {error['where']}, line {error['line']}, {error['kind']}: {error['message'][:200]}"
        for error in evidence.errors()
        if error["kind"] in ("SyntaxError", "IndentationError")
    ][:5]


def counts_table(found: NetworkStructure, least: int, least_blocks: int) -> Table:
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
            ("parameter tensors, len(list(net.parameters()))", str(len(found.parameters)), str(least)),
            ("layers that own parameters", str(len(found.owners)), "–"),
            ("of these, layers reached in a forward pass", reached, "–"),
            ("skip blocks reached in a forward pass", blocks, str(least_blocks)),
        ),
    )
