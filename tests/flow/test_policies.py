"""What being late costs, and the arithmetic that is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from grader.policies import LatePolicy, LatePolicyError, Terms
from grader.submission import Origin

HOME = ZoneInfo("America/Indiana/Indianapolis")
DUE = datetime(2026, 10, 20, 23, 59, tzinfo=HOME)
HW5 = LatePolicy(10, 5)  # ECE 60146: ten points a day, up to five days
HUNDRED = Decimal(100)


def charge(policy, late, earned="85", due=DUE):
    return policy.charge(due, due.astimezone(UTC) + late, HUNDRED, Decimal(earned))


@pytest.mark.parametrize(
    ("late", "points"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 10),
        (timedelta(days=1), 10),
        (timedelta(days=1, seconds=1), 20),
        (timedelta(days=5), 50),
        (timedelta(days=5, seconds=1), 85),
        (timedelta(days=-3), 0),
    ],
)
def test_homework_5_costs_ten_points_a_day_begun_up_to_five_days(late, points):
    assert charge(HW5, late).points == points


def test_the_arithmetic_is_told():
    assert charge(HW5, timedelta(days=1, hours=10, minutes=1)).reason == (
        "due 2026-10-20 23:59 EDT, handed in 2026-10-22 10:00 EDT: 1 day 10 h 1 min late, 2 days begun; "
        "2 × 10 = 20 points"
    )
    assert charge(HW5, timedelta(days=2)).reason.endswith(": 2 days late; 2 × 10 = 20 points")
    assert charge(HW5, timedelta(seconds=30)).reason == (
        "due 2026-10-20 23:59:00 EDT, handed in 2026-10-20 23:59:30 EDT: 30 s late, 1 day begun; 1 × 10 = 10 points"
    )
    assert charge(HW5, timedelta(days=6)).reason.endswith(
        ": 6 days late; at most 5 days late are accepted, so nothing counts"
    )
    assert charge(HW5, timedelta(days=2), earned="15").reason.endswith("= 20 points, no more than the 15 earned")
    assert charge(HW5, timedelta(0)).reason == ""


@pytest.mark.parametrize(
    ("policy", "late", "points", "words"),
    [
        (LatePolicy(percent_per_day=10), timedelta(hours=30), "20", "2 × 10 % of the 100 points possible = 20 points"),
        (
            LatePolicy(percent_per_day=10, percent_of="earned"),
            timedelta(hours=30),
            "17",
            "2 × 10 % of the 85 points earned = 17 points",
        ),
        (LatePolicy(points_per_hour=0.5), timedelta(minutes=61), "1", "1 h 1 min late, 2 hours begun; 2 × 0.5 = 1"),
        (LatePolicy(percent_per_hour=1), timedelta(hours=200), "85", "200 × 1 % of the 100 points possible = 100"),
        (LatePolicy(10, cap=25), timedelta(days=4), "25", "4 × 10 = 40 points, at most 25"),
        (LatePolicy(10, grace=timedelta(minutes=15)), timedelta(minutes=15), "0", ""),
        (LatePolicy(10, grace=timedelta(minutes=15)), timedelta(minutes=16), "10", "16 min late, 1 day begun"),
        (LatePolicy(days=2), timedelta(days=2), "0", ""),
        (LatePolicy(days=0), timedelta(seconds=1), "85", "1 day late; at most 0 days late are accepted"),
    ],
)
def test_other_policies(policy, late, points, words):
    found = charge(policy, late)

    assert found.points == Decimal(points)
    assert words in found.reason


@pytest.mark.parametrize(
    "wrong",
    [{"points_per_day": 1, "percent_per_day": 1}, {"points_per_hour": -1}, {"grace": timedelta(-1)}, {"days": -1}],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(LatePolicyError):
        LatePolicy(**wrong)


def test_the_day_on_which_clocks_are_put_back_is_one_day():
    due = datetime(2026, 10, 31, 23, 59, tzinfo=HOME)  # the next day has 25 hours
    just_in_time = datetime(2026, 11, 1, 23, 59, tzinfo=HOME)

    assert just_in_time.astimezone(UTC) - due.astimezone(UTC) == timedelta(hours=25)
    assert HW5.penalty(due, just_in_time, HUNDRED, HUNDRED) == 10
    assert HW5.penalty(due, just_in_time + timedelta(minutes=1), HUNDRED, HUNDRED) == 20
    assert "by the clock, which was changed" in HW5.charge(due, just_in_time, HUNDRED, HUNDRED).reason
    assert LatePolicy(points_per_hour=1).penalty(due, just_in_time, HUNDRED, HUNDRED) == 25


def test_the_day_on_which_clocks_are_put_forward_is_one_day():
    due = datetime(2026, 3, 7, 23, 59, tzinfo=HOME)
    late = due.astimezone(UTC) + timedelta(hours=23, minutes=30)

    assert HW5.penalty(due, late, HUNDRED, HUNDRED) == 20


def test_late_in_the_hour_that_clocks_show_twice_is_late():
    due = datetime(2026, 11, 1, 1, 30, tzinfo=HOME)  # the first time
    again = datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=HOME)  # 40 minutes later

    assert HW5.penalty(due, again, HUNDRED, HUNDRED) == 10
    assert HW5.penalty(due, due.replace(minute=10), HUNDRED, HUNDRED) == 0


def test_the_same_moment_counts_the_same_in_every_zone():
    moment = datetime(2026, 10, 21, 3, 59, tzinfo=UTC)

    assert HW5.penalty(DUE, moment, HUNDRED, HUNDRED) == 0
    assert HW5.penalty(DUE, (moment + timedelta(seconds=1)).astimezone(ZoneInfo("Asia/Tokyo")), HUNDRED, HUNDRED) == 10


def test_an_extension_and_an_excuse_are_told():
    later = Terms(DUE + timedelta(days=1), why="extension until 2026-10-21 23:59 EDT (ill)")
    excused = Terms(DUE, waived=True, why="lateness excused (flood)")
    two_days = DUE + timedelta(days=2)

    assert later.charge(HW5, two_days, None, HUNDRED, HUNDRED).points == 10
    assert later.charge(HW5, two_days, None, HUNDRED, HUNDRED).reason.startswith(
        "extension until 2026-10-21 23:59 EDT (ill); "
    )
    assert excused.charge(HW5, two_days, None, HUNDRED, HUNDRED).points == 0
    assert (
        excused.charge(HW5, two_days, None, HUNDRED, HUNDRED).reason == "late, but no penalty: lateness excused (flood)"
    )
    assert excused.charge(HW5, DUE, None, HUNDRED, HUNDRED).reason == ""


def test_nothing_is_taken_off_while_nobody_knows_when_it_was_handed_in():
    late = Origin("canvas", "1", "ada", "ada_LATE_1_2_x.py", marked_late=True)

    assert Terms(DUE).charge(HW5, None, None, HUNDRED, HUNDRED).reason == ""
    found = Terms(DUE).charge(HW5, None, late, HUNDRED, HUNDRED)
    assert (found.points, found.reason[:11]) == (0, "marked late")
    assert Terms(DUE).charge(LatePolicy(), None, late, HUNDRED, HUNDRED).reason == ""
