"""Which of several attempts counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grader.deadlines.counting import counting
from grader.policies import AttemptPolicy, LatePolicy, Terms
from grader.submission import Origin, Submission

DUE = datetime(2026, 10, 20, 12, tzinfo=UTC)
HW5 = LatePolicy(10, 5)
ON_TIME = Terms(DUE)


def attempts(*days_late, student="ada", timed=True):
    """Attempts that came so many days after the deadline."""
    return [
        Submission(student, student, (), DUE + timedelta(days=late), number, timed=timed)
        for number, late in enumerate(days_late, start=1)
    ]


def counted(policy, submissions, terms=ON_TIME):
    return counting(submissions, policy, HW5, lambda _: terms)


@pytest.mark.parametrize(
    ("policy", "days_late", "number"),
    [
        (AttemptPolicy(), (-3, -2, -1), 3),
        (AttemptPolicy(), (-3, 1, 2), 3),
        (AttemptPolicy("latest_on_time"), (-3, -2, 1), 2),
        (AttemptPolicy("latest_on_time"), (1, 2), 2),
        (AttemptPolicy("first"), (-3, -2), 1),
        (AttemptPolicy("latest", late_attempts=1), (-3, -2, 1, 2), 3),
        (AttemptPolicy("latest", late_attempts=1), (-3, -2), 2),
        (AttemptPolicy("latest", late_attempts=0), (-3, 1), 1),
        (AttemptPolicy(), (-3, 6), 1),
        (AttemptPolicy(), (6, 7), 2),
    ],
)
def test_the_policy_says_which_attempt_counts(policy, days_late, number):
    [found] = counted(policy, attempts(*days_late))

    assert found.attempt == number
    assert found.notes[0].startswith(f"attempt {number} of {len(days_late)} counts: the ")


def test_attempts_that_are_not_looked_at_are_named():
    [found] = counted(AttemptPolicy("latest", late_attempts=1), attempts(-1, 1, 2, 3))
    assert found.notes[1:] == ("late attempts that count: 1; not looked at: attempt 3, attempt 4",)

    [found] = counted(AttemptPolicy(), attempts(-1, 6))
    assert found.notes[1:] == ("attempt 2 came too late to be accepted",)


def test_of_several_the_best_is_found_by_grading_all_that_are_accepted():
    [found] = counted(AttemptPolicy("best"), attempts(-1, 2, 9))

    assert (found.attempt, [rival.attempt for rival in found.rivals]) == (2, [1])
    assert found.sha256 != attempts(-1, 2)[1].sha256


def test_each_student_has_one_attempt_that_counts_and_one_attempt_needs_no_remark():
    both = [*attempts(-1), *attempts(-2, -1, student="bob")]

    ada, bob = counted(AttemptPolicy(), both)

    assert (ada.student, ada.notes) == ("ada", ())
    assert (bob.student, bob.attempt) == ("bob", 2)


def test_an_extension_makes_a_late_attempt_one_on_time():
    late = attempts(-1, 2)

    assert counted(AttemptPolicy("latest_on_time"), late)[0].attempt == 1
    assert counted(AttemptPolicy("latest_on_time"), late, Terms(DUE + timedelta(days=3)))[0].attempt == 2
    assert counted(AttemptPolicy(), attempts(-1, 9), Terms(DUE, waived=True))[0].attempt == 2


def test_without_times_the_mark_of_the_lms_tells_what_is_late():
    one, two = attempts(0, 0, timed=False)
    marked = Submission("ada", "ada", (), DUE, 2, origin=Origin("canvas", "1", "a", "p", marked_late=True), timed=False)

    assert counted(AttemptPolicy("latest_on_time"), [one, marked])[0].attempt == 1
    assert counted(AttemptPolicy("latest_on_time"), [one, two])[0].attempt == 2
