"""A machine that is too slow says so once for a batch, with an estimate and what to do."""

from __future__ import annotations

from core_examples import NOON, QUICK, assignment

from grader.checks.too_slow import remarks_on_speed, too_slow
from grader.finding import Finding
from grader.grading import grade


def graded(student, finding):
    return grade(assignment(), {"first": finding}, student=student, attempt=1, submitted_at=NOON, execution=QUICK)


def test_an_estimate_is_made_from_the_steps_that_were_taken():
    assert too_slow(5, 40, 700.0) == (
        "this machine is too slow for the training: 5 of 40 steps in 700 CPU seconds, about 5600 are needed"
    )


def test_many_slow_submissions_are_one_remark():
    slow = Finding.ungraded(f"17 of 20 right; a person has to look: {too_slow(5, 40, 700.0)}", None)
    grades = [graded("ada", slow), graded("ben", slow), graded("eve", Finding.passed("right"))]

    (remark,) = remarks_on_speed(grades)

    assert remark.startswith(too_slow(5, 40, 700.0) + "; 2 submissions could not be judged for it; hint: ")
    assert "GPU" in remark


def test_a_machine_that_is_fast_enough_is_not_spoken_of():
    told = Finding.passed(too_slow(39, 40, 700.0))

    assert remarks_on_speed([graded("ada", told), graded("ben", Finding.failed("wrong"))]) == []
