"""Nothing is found in forty honest submissions of many styles; what is planted in forty others is found."""

from __future__ import annotations

import pytest
from synthetic_runs import Work, honest, planted

HONEST, PLANTED = honest(), planted()


def test_there_are_forty_of_each():
    assert (len(HONEST), len(PLANTED)) == (40, 40)


@pytest.mark.parametrize("name", HONEST)
def test_nothing_is_found_in_honest_work(name):
    work: Work = HONEST[name]

    assert work.runs()
    assert work.problems() == []


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(name):
    assert PLANTED[name].problems()


def test_the_reason_is_told_with_both_numbers():
    assert PLANTED["episodes"].problems() == [
        "the report has 2,000 episodes of training; the logs end at 240",
    ]
    assert "lr is 0.1 in the log, and 0.01 in the code" in PLANTED["settings"].problems()[0]
