"""`parameters`, `layers`, `built_from`: what a student's module is made of, judged on what it holds and what runs.

`inside/asked/structure.py` sends both.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np

from grader.checks import operations
from grader.checks.blocks.kinds_of_layers import KINDS, kind_in
from grader.checks.blocks.runs import Run, Runs, results, runs_of
from grader.checks.probabilities import PROBABILITIES, WITHOUT_SOFTMAX, are_probabilities
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.readings.fields import Shapes, shapes, texts
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Frame

NONE_THERE = "make the layers in __init__ as attributes, such as self.first, and lists of them as nn.ModuleList"


def parameters(
    made: str,
    *,
    cases: Sequence[Mapping[str, Any]] = ({},),
    at_most: int | None = None,
    at_least: int | None = None,
    trainable: bool = True,
) -> Block:
    """A module has so many parameters, each number counted once however often it is used.

    `made` is how it is made (`"Net()"`), in each of `cases`. With `trainable` frozen ones are left out. Caught:
    networks that are too large or too small, and those that have none; parameters in a plain list, which PyTorch does
    not see, do not count.
    """
    if at_most is None and at_least is None:
        raise AssignmentError("parameters: expected at_most or at_least")
    asked = asked_structure(made, "() -> none", cases, run=False)

    def check(evidence: Evidence) -> Finding:
        counts = []
        for place in range(len(asked.cases)):
            frame = answers(evidence, asked.structure, asked.name)[str(place)]
            frozen = set(texts(frame.header.get("frozen"), 10_000)) if trainable else set()
            counts.append(sum(math.prod(shape) for name, shape in _parameters(frame) if name not in frozen))
        kind = "learnable parameters" if trainable else "parameters"
        wrong = [count for count in counts if not (at_least or 0) <= count <= (at_most or math.inf)]
        bounds = (("at least", at_least), ("at most", at_most))
        limits = [f"{words} {bound:,}" for words, bound in bounds if bound is not None]
        found = ", ".join(f"{count:,}" for count in (wrong or counts))
        if 0 in counts:
            return Finding.failed(f"expected {' and '.join(limits)} {kind}, found none", NONE_THERE)
        if wrong:
            larger = at_most is not None and wrong[0] > at_most
            largest = "the layer between convolutions and classes is usually the largest"
            hint = largest if larger else "use more layers, or wider ones"
            return Finding.failed(f"expected {' and '.join(limits)} {kind}, found {found}", hint)
        return Finding.passed(f"{found} {kind} ({' and '.join(limits)})")

    return structure_block(asked, check)


def layers(
    made: str,
    call: str,
    kind: str,
    *,
    cases: Sequence[Mapping[str, Any]],
    at_least: int = 0,
    at_most: int | None = None,
) -> Block:
    """So many layers of a `kind` run and reach the output: convolution, linear, normalization, pooling, activation,
    recurrent, embedding, attention, dropout, softmax, or the name of one of PyTorch's operations.

    Accepted: modules, functions, and products with weights that are written out. Caught: layers that are made and not
    used, or used and thrown away, or multiplied by 0. A layer that is used twice counts twice.
    """
    asked = asked_structure(made, call, cases, run=True)

    def check(evidence: Evidence) -> Finding:
        for place in range(len(asked.cases)):
            network = network_of(asked, evidence, place)
            kind_of = kind_in(network) if kind in KINDS else attrgetter("name")
            count = sum(kind_of(node) == kind for node in network.counting())
            if count < at_least or count > (math.inf if at_most is None else at_most):
                limit = f"at least {at_least}" if count < at_least else f"at most {at_most}"
                words = f"expected {limit} {kind} layers on the way to the output, found {count}"
                return Finding.failed(words, "a layer counts if forward uses it and the output depends on it")
        return Finding.passed(f"{count} {kind} layers on the way to the output")

    return structure_block(asked, check)


def built_from(made: str, call: str, *kinds: str, cases: Sequence[Mapping[str, Any]]) -> Block:
    """Of the kinds that `layers` knows, only these run and reach the output; additions, reshapes and the like are free.

    Caught: layers of another kind, whatever they are called.
    """
    if odd := [kind for kind in kinds if kind not in KINDS]:
        raise AssignmentError(f"built_from: expected some of {', '.join(KINDS)}, found {odd[0]!r}")
    asked = asked_structure(made, call, cases, run=True)

    def check(evidence: Evidence) -> Finding:
        networks = [network_of(asked, evidence, place) for place in range(len(asked.cases))]
        every = [kind for network in networks for kind in map(kind_in(network), network.counting())]
        found = Counter(kind for kind in every if kind)
        listed = ", ".join(f"{count} {kind}" for kind, count in found.items()) or "none of them"
        if other := [kind for kind in found if kind not in kinds]:
            return Finding.failed(f"expected only {', '.join(kinds)}, found {', '.join(other)} ({listed})")
        return Finding.passed(f"built from {listed}")

    return structure_block(asked, check)


def same_shape(
    made: str,
    call: str,
    *,
    cases: Sequence[Mapping[str, Any]],
    shapes: Mapping[str, tuple[int, ...]],
    logits: Sequence[str] = (),
) -> Block:
    """Results have these shapes, by their names in `call`, in each of `cases`; and they are finite numbers. Those that
    `logits` names are no probabilities.

    Accepted: `log_softmax` for logits. Caught: a batch that is flattened, a missing axis, another number of classes,
    NaN; a softmax where logits are wanted.
    """
    asked = asked_structure(made, call, cases, run=True)

    def wrong(frame: Frame) -> Iterator[str]:
        if problem := asked.problem(frame, "as it is"):
            yield problem
            return
        found = results(frame, "as it is")
        for name, shape in shapes.items():
            own = found.get(name)
            if own is None or own.shape != shape:
                yield f"expected {name} of {_shape(shape)}, found {'none' if own is None else _shape(own.shape)}"
            elif not np.isfinite(own).all():
                yield f"{name} holds NaN or infinite numbers"
            elif name in logits and are_probabilities(own):
                yield f"{name} holds {PROBABILITIES}"

    def check(evidence: Evidence) -> Finding:
        places = range(len(asked.cases))
        problems = [one for place in places for one in wrong(asked.answers(evidence)[str(place)])]
        if problems:
            hint = WITHOUT_SOFTMAX if PROBABILITIES in problems[0] else "print the shapes in forward"
            return Finding.wrong(f"{asked.name} gives something else", problems, hint)
        return Finding.passed(f"{asked.name} gives " + ", ".join(f"{key} {_shape(one)}" for key, one in shapes.items()))

    return Block(check, (asked.probe(),), asked.data, {asked.pattern: 2}, demanded=nothing_more)


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) or "a single number"


def asked_structure(made: str, call: str, cases: Sequence[Mapping[str, Any]], *, run: bool) -> Runs:
    """How a module is made and, with `run`, called. Raises AssignmentError."""
    return runs_of(made, call, cases, [Run("as it is")] if run else [])


def structure_block(asked: Runs, check: Callable[[Evidence], Finding]) -> Block:
    """A block that judges what a module is made of. Raises AssignmentError for a method: it is the module that runs."""
    if asked.method:
        raise AssignmentError(f"{asked.name}: expected a call of the module itself, found its {asked.method}")
    probe = replace(asked.probe(), module="structure", id=asked.structure)
    return Block(check, (probe,), asked.data, {asked.pattern: 2}, demanded=nothing_more)


def nothing_more(_: Evidence) -> Mapping[str, float]:
    """What such a block demands is in its verdict."""
    return {}


def _parameters(frame: Frame) -> Shapes:
    found = shapes(frame.header.get("parameters"))
    if found is None:
        raise MissingEvidence("its parameters could not be written down")
    return found


def network_of(asked: Runs, evidence: Evidence, place: int) -> operations.Network:
    """What runs in one case. Raises MissingEvidence."""
    frame = answers(evidence, asked.structure, asked.name)[str(place)]
    try:
        return operations.parse(frame.header.get("trace"))
    except operations.NotReplayable as error:
        raise MissingEvidence(f"{asked.name}: {error}") from None
