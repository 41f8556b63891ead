"""Findings become points: rounded once per row, added up, and withheld while a person is needed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from core_examples import NOON, QUICK, assignment

from grader.assignment import LatePolicy
from grader.finding import Finding
from grader.grading import Grade, grade, mark
from grader.rubric import Criterion


def points(worth: object, credit: Fraction) -> Decimal | None:
    return mark(Criterion("a", "A", str(worth)), Finding.partial(credit, "some")).points


def graded(*findings: Finding, late_days: int = 0, worth: object = 2, per_day: object = 1) -> Grade:
    criteria = [Criterion(f"c{index}", f"C{index}", worth) for index in range(len(findings))]
    made = assignment(*criteria, due=NOON, late_policy=LatePolicy(Decimal(str(per_day))))
    named = {criterion.id: finding for criterion, finding in zip(criteria, findings, strict=True)}
    late = NOON + timedelta(days=late_days)
    return grade(made, named, student="ada", attempt=1, submitted_at=late, execution=QUICK)


RIGHT, WRONG, UNKNOWN = Finding.passed("right"), Finding.failed("wrong"), Finding.ungraded("look")
THIRD = Finding.partial(Fraction(1, 3), "a third")


@pytest.mark.parametrize(
    ("worth", "credit", "expected"),
    [
        (1, Fraction(1, 3), "0.33"),
        (1, Fraction(2, 3), "0.67"),
        (1, Fraction(1, 200), "0.01"),  # exactly half a hundredth: up
        (1, Fraction(1, 201), "0.00"),
        (1, Fraction(5, 200), "0.03"),
        (1, Fraction(29, 200), "0.15"),  # 0.145 is below itself as a binary number
        (4, Fraction(1, 2), "2.00"),
        (1000, Fraction(1, 7), "142.86"),
    ],
)
def test_points_are_rounded_half_up_to_hundredths(worth, credit, expected):
    assert points(worth, credit) == Decimal(expected)


def test_full_marks_are_the_criterions_points():
    assert mark(Criterion("a", "A", "2.5"), RIGHT).points == Decimal("2.50")


def test_a_total_is_the_sum_of_rounded_rows():
    assert graded(THIRD, THIRD, THIRD, worth=1).points == Decimal("0.99")


def test_an_ungraded_mark_has_no_points():
    assert mark(Criterion("a", "A", 2), UNKNOWN).points is None


def test_no_total_is_given_while_any_mark_is_ungraded():
    found = graded(RIGHT, UNKNOWN, WRONG)

    assert (found.status, found.points, found.points_so_far) == ("ungraded", None, Decimal(2))


def test_with_all_marks_made_the_total_is_given():
    found = graded(RIGHT, THIRD, WRONG)

    assert (found.status, found.points, found.points_possible) == ("graded", Decimal("2.67"), Decimal(6))


def test_a_failed_mark_is_zero_points_and_not_ungraded():
    assert graded(WRONG).points == 0


def test_the_late_penalty_is_taken_from_the_total_once():
    found = graded(RIGHT, RIGHT, late_days=3)

    assert (found.late_penalty, found.points) == (3, 1)
    assert [row.points for row in found.marks] == [2, 2]


def test_a_total_is_never_negative():
    found = graded(RIGHT, late_days=30)

    assert (found.late_penalty, found.points) == (2, 0)


def test_the_penalty_of_an_unfinished_grade_is_capped_by_what_is_earned_so_far():
    found = graded(THIRD, UNKNOWN, late_days=3)

    assert (found.late_penalty, found.points_so_far, found.points) == (Decimal("0.67"), 0, None)


def test_nothing_earned_makes_no_penalty():
    assert graded(WRONG, late_days=5).late_penalty == 0


def test_marks_stand_in_the_rubrics_order():
    criteria = [Criterion(name, name.upper(), 1) for name in ("b", "a", "c")]
    findings = dict.fromkeys(("a", "b", "c"), RIGHT)

    made = grade(assignment(*criteria), findings, student="s", attempt=1, submitted_at=NOON, execution=QUICK)

    assert [row.criterion for row in made.marks] == ["b", "a", "c"]


def test_a_criterion_without_a_finding_is_a_mistake_of_ours():
    with pytest.raises(KeyError, match="first"):
        grade(assignment(), {}, student="s", attempt=1, submitted_at=NOON, execution=QUICK)


def test_a_mark_of_a_person_is_called_manual():
    assert mark(Criterion("a", "A", 1), UNKNOWN).manual
    assert not mark(Criterion("a", "A", 1, lambda evidence: RIGHT), RIGHT).manual
