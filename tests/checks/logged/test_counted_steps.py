"""Where each episode is a row, its steps are those before it and its own together, from the first episode on."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.logged.doubts import RightLog, of_run
from grader.checks.logged.training_run import EPISODES, STEPS, RunCurve, TrainingRun

LENGTHS = np.random.default_rng(0).integers(8, 90, 60).astype(float)
EPISODE = np.arange(1.0, 61.0)


def doubts(steps, episodes=EPISODE, lengths=LENGTHS):
    curves = {
        what: RunCurve(what, STEPS, np.asarray(steps), lengths, file="a.csv", also={EPISODES: np.asarray(episodes)})
        for what in ("return", "length")
    }
    run = TrainingRun("a.csv", curves=curves, extents={STEPS: float(steps[-1])})
    return [words for words in of_run(run, RightLog(counted=True)) if "more than the" not in words]


def resumed():
    """Stopped after episode 30 and gone on from episode 20, with other lengths."""
    lengths = np.concatenate([LENGTHS[:30], LENGTHS[35:60]])
    episodes = np.concatenate([EPISODE[:30], np.arange(21.0, 46.0)])
    steps = np.concatenate([LENGTHS[:30].cumsum(), LENGTHS[:20].sum() + LENGTHS[35:60].cumsum()])
    return steps, episodes, lengths


@pytest.mark.parametrize(
    "honest",
    [
        (LENGTHS.cumsum(),),
        (np.concatenate([[0], LENGTHS.cumsum()[:-1]]),),
        (4 * LENGTHS.cumsum(),),
        (LENGTHS.cumsum() + 100 * (EPISODE // 5),),
        (LENGTHS.cumsum()[::3], EPISODE[::3], LENGTHS[::3]),
        resumed(),
    ],
    ids=["at the end", "at the start", "four frames a step", "evaluation between", "every third", "resumed"],
)
def test_steps_that_are_counted_in_any_usual_way_are_right(honest):
    assert doubts(*honest) == []


@pytest.mark.parametrize("more", [1000.0, 7.0, -900.0])
def test_steps_that_jump_are_told_with_the_episode(more):
    steps = LENGTHS.cumsum()
    steps[30:] += more

    assert "from episode 30 to the next its steps change by" in "\n".join(doubts(steps))


def test_a_run_without_its_first_rows_is_told():
    found = doubts(LENGTHS.cumsum()[20:], EPISODE[20:], LENGTHS[20:])

    assert found == ["a.csv: it begins at episode 21: the rows before are missing"]
