"""What an accuracy that was measured here proves, and that it is no point where it proves nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from homework_5 import part

from grader.checks.chosen import as_accurate
from grader.checks.reported.claimed_accuracies import ClaimedAccuracy
from grader.checks.reported.matrix_of_each_rate import ClaimedResults
from grader.finding import Finding, Outcome

LABELS = np.arange(150) % 5


def result(rate: float, right: int, steps: int, *, gated: bool = False) -> SimpleNamespace:
    """A network that recognises so many of 150 held-out images."""
    return SimpleNamespace(
        rate=rate,
        right=right,
        images=150,
        accuracy=right / 150,
        steps=steps,
        wanted=60,
        longer=steps > 60,
        beats_guessing=right > 48,
        slow=None,
        error=None,
        cut_short=False,
        unmeasured=None,
        after=object(),
        classes=5,
        gated=gated,
    )


CLAIMS = ClaimedResults((), (ClaimedAccuracy(0.8, 0.01, None, 1, "80 %"),), frozenset({400}), 5)


@pytest.fixture
def judged():
    """The finding about two learning rates; the report claims something that no matrix contradicts."""
    trained = part("tasks").trained(part("settings").BUDGET)
    judge = as_accurate.AsAccurate(trained, part("tasks").matrices(trained))

    def of(*right: int, steps: int = 60, gated: bool = False) -> Finding:
        each = right * len(trained.rates) if len(right) == 1 else right
        runs = [result(rate, one, steps, gated=gated) for rate, one in zip(trained.rates, each, strict=True)]
        return judge.judged(runs, CLAIMS)

    return of


def test_an_accuracy_within_the_range_passes_and_says_what_would_have_been_seen(judged):
    found = judged(120)

    assert found.outcome is Outcome.PASSED
    assert "would have been seen as worse than the reference" in found.details[0]
    assert "one class for all, comes to 30 on average" in found.details[0]


@pytest.mark.parametrize("right", [0, 30, 40, 60])
def test_one_class_for_all_guesses_and_little_more_are_failed(judged, right):
    assert judged(right).outcome is Outcome.FAILED


def test_a_network_that_learns_more_slowly_than_the_reference_is_left_to_a_person(judged):
    found = judged(60, steps=300)

    assert found.outcome is Outcome.UNGRADED
    assert "learns more slowly than the reference: 40.0 % after 300 steps" in found.message
    assert judged(120, steps=300).outcome is Outcome.PASSED


def test_a_rate_at_which_a_network_that_can_learn_has_not_begun_to_is_left_to_a_person(judged):
    found = judged(120, 30, steps=300)

    assert found.outcome is Outcome.UNGRADED
    assert "at learning rate 0.0005 the network learns more slowly than the reference: 20.0 %" in found.message


@pytest.mark.parametrize("right", [0, 30, 40])
def test_guesses_after_all_the_steps_there_are_stay_failed(judged, right):
    assert judged(right, steps=300).outcome is Outcome.FAILED


@pytest.mark.parametrize("right", [0, 30, 60])
def test_a_network_with_gates_that_has_not_begun_after_all_the_steps_is_left_to_a_person(judged, right):
    found = judged(right, steps=300, gated=True)

    assert found.outcome is Outcome.UNGRADED
    assert "learns more slowly than the reference" in found.message
    assert judged(right, steps=60, gated=True).outcome is Outcome.FAILED
    assert judged(120, steps=300, gated=True).outcome is Outcome.PASSED


def test_so_few_steps_that_guessing_would_pass_are_left_to_a_person(judged, monkeypatch):
    monkeypatch.setattr(as_accurate, "better_than_chance", lambda *_: False)

    found = judged(120)

    assert found.outcome is Outcome.UNGRADED
    assert "guessing among 5 classes would have been accepted as well" in found.message
