"""Numbers that come from nowhere earn nothing, whatever their shape, and odd ones never need a person."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from core_examples import SEED, evidence
from practical_6 import ROOT, answered, part
from recorded_calls import NETWORK, Small, call

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.finding import Finding, Outcome
from grader.probes import weights_seed
from grader.sandbox.protocol import Array, Frame

SHAPE, VALUES, GRAPH = 1, 2, 3


@pytest.fixture(scope="module")
def assignment():
    return load_assignment("dlc_practical_6", ROOT)


@pytest.fixture(scope="module")
def built(assignment):
    return answered(assignment, weights_seed(SEED))


def norms(case: Any) -> Array:
    return np.random.default_rng([case.skip, case.batch]).random((30, 100))


def drawn(curves: list[tuple[Array, Array]]) -> list[Frame]:
    points = {f"curve.{index}.{axis}": pair["xy".index(axis)] for index, pair in enumerate(curves) for axis in "xy"}
    loaded = {"kind": "loaded", "mode": "run", "finished": True, "errors": []}
    return [Frame(loaded, {}), Frame({"kind": "figures", "curves": [{"label": ""} for _ in curves]}, points)]


def program(make: Callable[[Any], Frame]) -> list[Frame]:
    """A program that calls get_stats four times and draws the means."""
    calls = [make(case) for case in part("cases").CASES]
    with np.errstate(all="ignore"):
        means = [(np.arange(30.0), frame.arrays["result"].mean(axis=1)) for frame in calls]
    return [*calls, *drawn(means)]


def judged(assignment: Any, which: int, frames: list[Frame]) -> Finding:
    return assess_one(assignment.rubric[which], evidence(*frames))


@pytest.mark.parametrize("which", [SHAPE, GRAPH])
def test_norms_that_a_network_gave_earn_their_points(which, assignment):
    found = judged(assignment, which, program(lambda case: call(case, norms(case), NETWORK)))

    assert found.outcome is Outcome.PASSED, found


NOTHING = {
    "no network": (lambda case: call(case, norms(case), None), "no network was run"),
    "one sample": (lambda case: call(case, norms(case), NETWORK, ran=1), "on 1 of 100 samples"),
    "no convolution": (lambda case: call(case, norms(case), Small(convolutions=False)), "has no convolutions"),
    "other results": (
        lambda case: call(case, norms(case), NETWORK, outputs=lambda given: 0 * given + 7),
        "gave other results",
    ),
}


@pytest.mark.parametrize("which", [SHAPE, GRAPH])
@pytest.mark.parametrize("name", NOTHING)
def test_numbers_that_no_network_gave_earn_nothing(name, which, assignment):
    make, words = NOTHING[name]

    found = judged(assignment, which, program(make))

    assert found.outcome is Outcome.FAILED, found
    assert words in found.message


def test_curves_of_nothing_but_zeros_are_no_graph(assignment):
    found = judged(assignment, GRAPH, program(lambda case: call(case, np.zeros((30, 100)), NETWORK)))

    assert found.outcome is Outcome.FAILED
    assert "the same number for every block" in found.message


def test_a_graph_of_which_two_curves_are_zero_is_one(assignment):
    """So it is where the last batch norm of each block starts at zero."""
    found = judged(assignment, GRAPH, program(lambda case: call(case, norms(case) * (not case.batch), NETWORK)))

    assert found.outcome is Outcome.PASSED, found


ODD = {
    "nothing in 100,000 rows": np.zeros((100_000, 0)),
    "nothing in many columns": np.zeros((0, 100_000)),
    "not a number": np.full((30, 100), np.nan),
    "infinite": np.full((30, 100), np.inf),
    "of both signs": np.where(np.arange(3000).reshape(30, 100) % 2, np.inf, -np.inf),
    "denormal": np.full((30, 100), 5e-324),
    "huge": np.full((30, 100), 1.7e308),
    "one column": np.ones((30, 1)),
    "one row": np.ones((1, 100)),
    "a number": np.ones(()),
    "six dimensions": np.ones((30, 100, 1, 1, 1, 1)),
    "bytes": np.ones((30, 100), np.uint8),
    "truths": np.ones((30, 100), bool),
    "text": np.full((30, 100), "x"),
    "many rows": np.ones((200_000, 2)),
}
CURVES = {
    "none": [],
    "two points": [(np.array([1.0, 2.0]), np.array([3.0, 4.0]))],
    "no points": [(np.zeros(0), np.zeros(0))] * 4,
    "odd points": [(np.array([np.inf, -np.inf, np.nan]), np.array([1e308, 5e-324, np.nan]))] * 4,
    "endless": [(np.arange(300_000.0), np.arange(300_000.0))] * 4,
}


@pytest.mark.parametrize(("name", "curves"), [*zip(ODD, itertools.cycle(CURVES), strict=False)])
def test_odd_numbers_fail_and_need_no_person(name, curves, assignment, built, caplog):
    calls = [call(case, ODD[name], NETWORK) for case in part("cases").CASES]

    found = [judged(assignment, which, [*built, *calls, *drawn(CURVES[curves])]) for which in (SHAPE, VALUES, GRAPH)]

    assert not caplog.records, caplog.text
    shape = Outcome.PASSED if ODD[name].shape == (30, 100) and ODD[name].dtype.kind in "biuf" else Outcome.FAILED
    assert [finding.outcome for finding in found] == [shape, Outcome.FAILED, Outcome.FAILED]
    assert (
        sum(
            len(series.x)
            for finding in found
            for exhibit in finding.exhibits
            if exhibit.kind == "lines"
            for panel in exhibit.panels
            for series in panel.series
        )
        < 10_000
    )


def test_odd_weights_fail_and_need_no_person(assignment, built, caplog):
    def odd(case: Any) -> Frame:
        frame = call(case, norms(case), NETWORK)
        return Frame(
            frame.header,
            {
                name: np.full(array.shape, np.nan, np.float32) if "state" in name else array
                for name, array in frame.arrays.items()
            },
        )

    found = [judged(assignment, which, [*built, *program(odd)]) for which in (SHAPE, VALUES, GRAPH)]

    assert not caplog.records, caplog.text
    assert all(finding.outcome is Outcome.FAILED for finding in found)
