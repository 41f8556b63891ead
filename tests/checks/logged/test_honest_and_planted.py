"""Nothing is found in forty honest submissions of many styles; what is planted in forty others is found."""

from __future__ import annotations

import numpy as np
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


def rows_of(lengths, episodes=None):
    numbers = range(1, len(lengths) + 1) if episodes is None else episodes
    steps = np.cumsum(lengths)
    lines = [f"{one},{steps[one - 1]},{lengths[one - 1]},{lengths[one - 1]}" for one in numbers]
    return "\n".join(["episode,step,return,length", *lines]).encode()


LENGTHS = np.clip(np.random.default_rng(5).normal(np.linspace(20, 90, 200), 15), 8, 100).astype(int)


def test_episodes_that_were_taken_out_of_a_log_are_missed():
    short = [number for number in range(1, 201) if LENGTHS[number - 1] < 45 and number > 40]
    kept = [number for number in range(1, 201) if number not in short]
    found = Work({"log.csv": rows_of(LENGTHS, kept)}, "", "").problems()

    assert any(f"{len(short)} of 200 episodes have no row" in line for line in found)


@pytest.mark.parametrize(
    "kept", [range(1, 201), range(5, 201, 5), [number for number in range(1, 201) if number not in (60, 61, 150)]]
)
def test_every_fifth_episode_or_a_few_that_a_crash_lost_are_missed_by_nobody(kept):
    found = Work({"log.csv": rows_of(LENGTHS, kept)}, "", "").problems()

    assert not any("have no row" in line for line in found)


def test_a_line_that_was_rounded_is_a_line():
    line = np.round(np.linspace(15, 92, 200)).astype(int)

    assert any("straight line but for rounding" in part for part in Work({"log.csv": rows_of(line)}, "", "").problems())
