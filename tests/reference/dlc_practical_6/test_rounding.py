"""Norms that rounding alone may have moved are a person's; those that it cannot explain are wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from core_examples import evidence
from practical_6 import ROOT, part

from grader.catalog import load_assignment
from grader.checks import Tolerance
from grader.finding import Outcome

ALLOWED = Tolerance(worst=0.88, median=0.08, underflow=1e-17)
TRUTH = np.exp(np.random.default_rng(0).standard_normal((30, 8)))
COLUMNS = range(8)


def moved(share, seed):
    """Norms off by about so much, and one of them by ten times that."""
    off = share * np.random.default_rng(seed).standard_normal(TRUTH.shape)
    off[3, 2] = 9 * share
    return TRUTH * (1 + off)


@dataclass(frozen=True)
class Attempt:
    """Norms of a network that rounding moves by `rounding`."""

    found: np.ndarray
    rounding: float
    alone: bool = False
    double: bool = False

    def right_answer(self, columns, labels=()):
        return (TRUTH if self.double else moved(self.rounding, 1 + self.alone))[:, list(columns)]


@pytest.fixture(scope="module")
def verify():
    load_assignment("dlc_practical_6", ROOT)
    return part("hidden.verify")


@pytest.fixture
def judged(verify, monkeypatch):
    monkeypatch.setattr(verify, "_explained", lambda _: ("they are not the norms", None))
    monkeypatch.setattr(verify, "_in_another_order", lambda *_: None)
    case = part("cases").CASES[1]

    def judge(found, rounding):
        attempt = Attempt(found, rounding)
        return verify._judged(verify.Compared(case, case, None, attempt, COLUMNS, ALLOWED))

    return judge


def test_norms_that_rounding_explains_are_neither_right_nor_wrong(judged):
    found = judged(moved(0.3, 5), rounding=0.3)

    assert found.problem is None
    assert "rounding to single precision moves the norms of this network by up to " in found.unsure


@pytest.mark.parametrize("rounding", [1e-6, 0.02])
def test_norms_that_are_further_off_than_rounding_moves_them_are_wrong(judged, rounding):
    found = judged(moved(0.3, 5), rounding)

    assert found.unsure is None
    assert "they are not the norms" in found.problem


def test_some_columns_that_are_far_off_are_wrong_however_a_network_is_rounded(judged):
    forged = moved(0.3, 5)
    forged[:, 6] = 40.0

    assert judged(forged, rounding=0.3).problem is not None


def test_a_wrong_configuration_fails_whatever_another_one_leaves_open(judged, verify, monkeypatch):
    values, unsure = part("hidden.values"), judged(moved(0.3, 5), rounding=0.3)
    wrong = replace(unsure, unsure=None, problem="2 of 240 differ: they are squared")
    monkeypatch.setattr(values, "result_of", lambda *_: None)

    def outcome(*results):
        left = iter(results)
        monkeypatch.setattr(values, "verify", lambda *_: next(left))
        return values.check(evidence())

    assert outcome(unsure, wrong, unsure, unsure).outcome is Outcome.FAILED
    waits = outcome(*[unsure] * 4)
    assert waits.outcome is Outcome.UNGRADED
    assert "cannot be told apart" in waits.message
