"""`activated`: no convolution or linear layer follows another without a non-linearity between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from grader.checks import operations
from grader.checks.blocks.kinds_of_layers import kind_in
from grader.checks.blocks.structure import asked_structure, network_of, structure_block
from grader.evidence import Evidence
from grader.finding import Finding
from grader.rubric import Block

WEIGHTED = ("convolution", "linear")
# What a linear layer stays linear through, or what is no non-linearity that anybody would call one. All else counts as
# one, so that nobody loses points for an activation that is not known here.
PASSED = ("normalization", "pooling", "dropout")
PASSED_NAMES = (
    *(
        "add",
        "alias",
        "avg_pool3d",
        "cat",
        "chunk",
        "clone",
        "constant_pad_nd",
        "contiguous",
        "detach",
        "div",
        "expand",
    ),
    *(
        "flatten",
        "mean",
        "mul",
        "narrow",
        "neg",
        "pad",
        "permute",
        "reshape",
        "rsub",
        "select",
        "slice",
        "split",
        "squeeze",
    ),
    *("split_with_sizes", "stack", "sub", "sum", "t", "to", "_to_copy", "transpose", "unflatten", "unsqueeze", "view"),
    *("upsample_nearest2d", "_unsafe_view"),
)
SCALED = ("mul", "div")  # of two values that depend on the input: a gate


@dataclass(frozen=True)
class Since:
    """The last layers that a value comes from: those it is `linear` in, and those it is not, by some way at least."""

    linear: frozenset[str] = frozenset()
    bent: frozenset[str] = frozenset()

    def __or__(self, other: Since) -> Since:
        bent = self.bent | other.bent
        return Since((self.linear | other.linear) - bent, bent)

    def through(self) -> Since:
        """The same, with a non-linearity applied to it."""
        return Since(bent=self.linear | self.bent)


def activated(made: str, call: str, *, cases: Sequence[Mapping[str, Any]]) -> Block:
    """Between each convolution or linear layer and the next on the way to the output there is a non-linearity.

    Accepted: any, as a module or a function, before or after normalization and pooling; gates. Caught: an activation
    that is missing, which leaves two layers in a row that are one, or one that comes before the first layer in place of
    after it. Pooling alone is none.
    """
    asked = asked_structure(made, call, cases, run=True)

    def check(evidence: Evidence) -> Finding:
        found = [pair for place in range(len(asked.cases)) for pair in _in_a_row(network_of(asked, evidence, place))]
        if found:
            pairs = [f"{second} follows {first} without a non-linearity" for first, second in dict.fromkeys(found)]
            hint = "two linear maps in a row are one: put an activation such as ReLU between them"
            return Finding.wrong(f"{asked.name} has layers without an activation", pairs, hint)
        return Finding.passed("there is a non-linearity between each layer and the next")

    return structure_block(asked, check)


def _in_a_row(network: operations.Network) -> Iterator[tuple[str, str]]:
    since, kind_of = {network.input: Since()}, kind_in(network)
    counted: Counter[str] = Counter()
    for node in network.reached():
        inputs = [number for number in dict.fromkeys(node.inputs) if number in since]
        if not inputs:
            continue  # made of parameters alone
        before = reduce(or_, (since[number] for number in inputs))
        kind = kind_of(node)
        if kind in WEIGHTED and len(inputs) == 1:
            counted[kind] += 1
            name = f"{kind} {counted[kind]}"
            yield from ((other, name) for other in sorted(before.linear))
            before = Since(frozenset((name,)))
        elif not _is_passed(node, kind, inputs):
            before = before.through()
        since |= {number: before for number in node.out if number is not None}


def _is_passed(node: operations.Node, kind: str, inputs: Sequence[int]) -> bool:
    if node.name in SCALED and len(inputs) > 1:
        return False
    return kind in PASSED or node.name in PASSED_NAMES
