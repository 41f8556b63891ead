"""Cut-offs: steps or linear between points, and what the policy does near one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from grader.checks import Score, linear, steps
from grader.checks.blocks.cut_offs import judged
from grader.errors import AssignmentError
from grader.finding import Outcome

CMU = {0.5: 30, 0.7: 50, 0.85: 70, 0.95: 90}


def of(right: int, count: int = 1000) -> Score:
    return Score(np.r_[np.ones(right), np.zeros(count - right)])


def finding(score, cut_offs):
    return judged(score, cut_offs, "right", unit="%")


@pytest.mark.parametrize(
    ("right", "share"), [(499, 0), (500, 30), (600, 40), (700, 50), (900, 80), (950, 90), (1000, 90)]
)
def test_points_grow_linearly_between_cut_offs(right, share):
    assert linear(CMU).share(of(right)) == Fraction(share, 100)


@pytest.mark.parametrize(("right", "share"), [(499, 0), (500, 30), (699, 30), (700, 50), (949, 70), (950, 90)])
def test_steps_give_what_the_last_cut_off_gives(right, share):
    assert steps(CMU).share(of(right)) == Fraction(share, 100)


def test_near_a_cut_off_the_student_is_favoured_and_told_so():
    found = finding(of(690), steps({0.5: 30, 0.7: 100}))

    assert found.outcome is Outcome.PASSED
    assert "690 of 1000 (69.0%), 95 % interval 66.1% to 71.8% (Wilson); counted as 70.0%" in found.message
    assert any("would reach 70.0% with a chance of 32" in line for line in found.details)


def test_far_below_a_cut_off_nobody_is_favoured():
    found = finding(of(620), steps({0.5: 30, 0.7: 100}))

    assert found.credit == Fraction(3, 10)
    assert found.message.startswith("expected at least 70.0% for 100% of the points, found right: 620 of 1000")


@pytest.mark.parametrize("right", [690, 705])
def test_a_person_decides_on_both_sides_of_a_cut_off_where_the_policy_says_so(right):
    assert finding(of(right), steps({0.7: 100}, policy="person")).outcome is Outcome.UNGRADED


def test_a_strict_policy_takes_the_score_as_it_is():
    found = finding(of(699), steps({0.7: 100}, policy="strict"))

    assert found.outcome is Outcome.FAILED
    assert any("with a chance of" in line for line in found.details)


def test_linear_points_without_a_jump_need_no_favour():
    found = finding(of(690), linear({0.5: 0, 0.7: 100}))

    assert found.credit == Fraction(95, 100)


def test_guesses_are_not_favoured_into_points():
    assert finding(of(100), linear(CMU)).outcome is Outcome.FAILED


def test_with_losses_lower_is_better():
    losses = Score(
        np.full(500, 0.4) + np.random.default_rng(0).normal(0, 0.01, 500), is_share=False, lower_is_better=True
    )

    assert steps({0.3: 100, 0.5: 60}).share(losses) == Fraction(60, 100)
    assert float(linear({0.3: 100, 0.5: 60}).share(losses)) == pytest.approx(0.8, abs=0.01)
    assert steps({0.5: 100}, lower_is_better=True).share(losses) == 1


@pytest.mark.parametrize(
    "points", [{}, {0.5: 60, 0.7: 50, 0.9: 100}, {0.5: 120}, {0.5: -1}, {"a": 1}, {0.5: float("nan")}]
)
def test_cut_offs_that_make_no_sense_are_an_assignments_mistake(points):
    with pytest.raises(AssignmentError, match="expected"):
        steps(points)


def test_an_unknown_policy_is_an_assignments_mistake():
    with pytest.raises(AssignmentError, match="student, person or strict"):
        linear({0.5: 1}, policy="mercy")
