"""Deadlines of CPU time, one inside another."""

from __future__ import annotations

import pytest

from grader.inside.loading import Deadline


def spin():
    while True:
        pass


def test_a_deadline_ends_what_does_not_end():
    with pytest.raises(TimeoutError, match=r"longer than 0\.02 s of CPU time"), Deadline(0.02, "cpu"):
        spin()


def spin_after_an_inner_one():
    with Deadline(10, "cpu"):
        sum(range(1000))
    spin()


def test_the_outer_deadline_still_rings_after_an_inner_one():
    with pytest.raises(TimeoutError, match=r"longer than 0\.05 s"), Deadline(0.05, "cpu"):
        spin_after_an_inner_one()


def test_an_inner_deadline_does_not_end_the_outer_one():
    with Deadline(10, "cpu"):
        with pytest.raises(TimeoutError, match=r"0\.02"), Deadline(0.02, "cpu"):
            spin()
        sum(range(1000))
