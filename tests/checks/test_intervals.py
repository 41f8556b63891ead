"""A score's interval, and the chance of another verdict with another test set."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.intervals import Score, share_below, wilson


def right(count: int, of: int) -> Score:
    return Score(np.r_[np.ones(count), np.zeros(of - count)])


def test_wilsons_interval_is_that_of_the_books():
    low, high = wilson(10, 20)

    assert (round(low, 3), round(high, 3)) == (0.299, 0.701)


def test_all_right_of_few_is_no_certainty():
    low, high = right(5, 5).interval

    assert low < 0.6
    assert high == pytest.approx(1)


def test_a_mean_has_a_bootstrap_interval_that_is_the_same_each_time():
    losses = np.random.default_rng(1).exponential(1, 400)
    score = Score(losses, is_share=False, lower_is_better=True)
    low, high = score.interval

    assert low < score.value < high
    assert Score(losses, is_share=False).interval == (low, high)
    assert high - low == pytest.approx(4 * losses.std() / 20, rel=0.1)


@pytest.mark.parametrize("is_share", [True, False])
def test_the_chance_of_another_verdict_is_what_other_test_sets_show(is_share):
    rng = np.random.default_rng(5)
    stated, seen = [], []
    for truth in rng.uniform(0.5, 0.9, 3_000):
        items = (rng.random(150) < truth).astype(float)
        again = rng.binomial(150, truth, 200) / 150
        score = Score(items, is_share=is_share)
        stated.append(score.flips(0.7))
        seen.append(np.mean((again >= 0.7) != score.reaches(0.7)))

    assert abs(np.mean(stated) - np.mean(seen)) < 0.01


def test_a_score_on_the_cut_off_reaches_it_and_may_as_well_miss_it():
    score = right(420, 600)

    assert score.reaches(0.7)
    assert 0.4 < score.flips(0.7) < 0.5


def test_where_lower_is_better_the_sides_are_changed():
    losses = np.random.default_rng(2).exponential(1, 300)
    low = Score(losses, is_share=False, lower_is_better=True)

    assert low.reaches(2.0)
    assert not low.reaches(0.5)
    assert low.flips(2.0) < 1e-6
    assert low.flips(float(losses.mean()) - 0.02) == pytest.approx(low.flips(float(losses.mean()) + 0.02), abs=0.01)


def test_chances_of_both_sides_add_up():
    assert share_below(30, 50, 50) == pytest.approx(1)
    assert right(30, 50).flips(0.5) + right(30, 50).flips(0.62) < 1


@pytest.mark.parametrize("items", [np.array([np.nan, 1.0]), np.array([np.inf, 1.0])])
def test_what_is_no_number_reaches_nothing_and_is_no_doubt(items):
    score = Score(items, is_share=False, lower_is_better=True)

    assert not score.reaches(10.0)
    assert score.flips(10.0) == 0
