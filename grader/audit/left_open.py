"""What an assignment leaves open: where many solutions are right, numbers that differ between two tell nothing.

A network of which only shapes, counts and what it learns are asked may have another padding or learning rate. Its
blocks say what is left to compare (`Block.demanded`), unless another block asks for exactly the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.evidence import Evidence, MissingEvidence
from grader.rubric import Block, Criterion


def left_open(rubric: Sequence[Criterion]) -> frozenset[str]:
    """The probes whose answers are not compared."""
    blocks = [rule.check for rule in rubric if isinstance(rule.check, Block)]
    exact = {name for block in blocks if block.demanded is None for name in _asked(block)}
    exact_probes = {probe.id for block in blocks if block.demanded is None for probe in block.probes}
    free = [block for block in blocks if block.demanded is not None and not exact & set(_asked(block))]
    return frozenset(probe.id for block in free for probe in block.probes) - exact_probes


def demanded(rubric: Sequence[Criterion], evidence: Evidence) -> dict[str, float | str]:
    """What is compared in their place, by criterion."""
    found: dict[str, float | str] = {}
    for rule in rubric:
        if isinstance(rule.check, Block) and rule.check.demanded is not None:
            found |= {f"{rule.id}/{name}": value for name, value in _numbers(rule.check, evidence).items()}
    return found


def _numbers(block: Block, evidence: Evidence) -> Mapping[str, float | str]:
    try:
        return block.demanded(evidence) if block.demanded else {}
    except MissingEvidence:
        return {"missing": "nothing came back"}


def _asked(block: Block) -> Iterator[str]:
    cases = [case for probe in block.probes for case in probe.cases]
    yield from (str(case["asked"]) for case in cases if isinstance(case, Mapping) and "asked" in case)
