"""Of what an assignment leaves open, an audit compares what is demanded: another right network is no wrong one."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.audit.behaviour import difference, told
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.probes import Ask
from grader.rubric import Block, Criterion
from grader.sandbox.protocol import Frame


def asks(name: str, probe: str, demanded: Any = None) -> Criterion:
    block = Block(lambda _: Finding.passed("yes"), (Ask(probe, "m", [{"id": "0", "asked": name}]),), demanded=demanded)
    return Criterion(probe, "A network", 1, block)


def answer(*numbers: float, probe: str = "shape") -> Evidence:
    frame = Frame({"kind": "ask", "probe": probe, "case": "0"}, {"logits": np.array(numbers)})
    return Evidence(None, 1, frames=(frame,))  # type: ignore[arg-type]


def seen(rubric: list[Criterion], one: Evidence, other: Evidence) -> str | None:
    return difference(told(one, rubric), told(other, rubric), frozenset())


def short(evidence: Evidence) -> dict[str, float]:
    return {"short": max(0.0, 1 - float(evidence.frames[0].arrays["logits"][0]))}


def nothing_came(evidence: Evidence) -> dict[str, float]:
    raise MissingEvidence("nothing")


def test_numbers_that_an_assignment_leaves_open_are_not_compared():
    assert seen([asks("Net", "shape", lambda _: {})], answer(1.0, 2.0), answer(3.0, 2.0)) is None


def test_what_is_demanded_of_them_is():
    rubric = [asks("Net", "shape", short)]

    assert seen(rubric, answer(1.0), answer(3.0)) is None
    assert seen(rubric, answer(1.0), answer(0.5)) == "shape/short"


def test_what_another_criterion_asks_exactly_is_not_left_open():
    rubric = [asks("Net", "shape", lambda _: {}), asks("Net", "same")]

    assert seen(rubric, answer(1.0), answer(3.0)) == "0/ask/array logits"
    assert seen([rubric[0], asks("other", "same")], answer(1.0), answer(3.0)) is None
    assert seen(rubric, answer(1.0, probe="same"), answer(3.0, probe="same")) == "0/ask/array logits"


def test_what_gave_nothing_is_compared_as_that():
    assert seen([asks("Net", "shape", nothing_came)], answer(1.0), answer(3.0)) is None
