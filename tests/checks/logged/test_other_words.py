"""What reports say and code sets in other words: true numbers stand in any, and wrong ones in the same are told."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_runs import Work, code, episodes, table

RUNS = [episodes(seed) for seed in (0, 1, 2)]
LOGS = {f"logs/seed_{run.seed}.csv": table(run) for run in RUNS}
ENDS = np.array([run.returns[-20:].mean() for run in RUNS])
MEAN, SD, ERROR = ENDS.mean(), ENDS.std(), ENDS.std(ddof=1) / np.sqrt(3)
FALSE, WIDE = 196.4, 97.3


def said(report: str, source: str | None = None) -> list[str]:
    return Work(LOGS, code() if source is None else source, report).problems()


WORDS = [
    "Final return: {:.1f} ± {:.1f} over 3 seeds",
    "Final return {:.1f}±{:.1f} (n=3 seeds).",
    "The final return (last 20 episodes) was {:.1f} (std {:.1f}, n = 3 seeds).",
    "final_return: {:.3f}\nreturn_std: {:.3f}\nn_seeds: 3\n",
    "Final return (mean of last 20 episodes) = {:.1f}, spread (std) = {:.1f}, seeds = 3.",
    "Final return: {:.1f} points; spread: {:.1f} points; seeds: 3 (0, 1, 2).",
    "Final return: {:.1f} (std over seeds: {:.1f}, 3 seeds).",
    "The return rises to {:.1f} ({:.1f} standard deviation, three seeds).",
    "I ran the seeds 0-2 (three seeds). The final return (mean ± std) is {:.1f} ± {:.1f}.",
    "| | mean ± std |\n|---|---|\n| final return | {:.1f} ± {:.1f} |\n\nNumber of seeds: 3",
    "| metric | value |\n|---|---|\n| final return (mean) | {:.1f} |\n| final return (std) | {:.1f} |\n| seeds | 3 |\n",
    "Final return: {:.1f} ± {:.1f}. The best run was that of seed 0.",
]


@pytest.mark.parametrize("words", WORDS)
def test_true_numbers_stand_in_any_words(words):
    assert said(words.format(MEAN, SD)) == []


@pytest.mark.parametrize("words", WORDS)
def test_wrong_numbers_are_told_in_the_same_words(words):
    assert f"{FALSE:.1f}" in "\n".join(said(words.format(FALSE, SD)))
    assert f"{WIDE:.1f}" in "\n".join(said(words.format(MEAN, WIDE)))


@pytest.mark.parametrize(
    "others",
    [
        "With a learning rate of 0.1 the policy collapsed to a return of 3.2.",
        "We compared lr = 0.005 (final return 3.2), lr = 0.01 and lr = 0.1 (final return 4.1).",
        "| lr | return |\n|---|---|\n| 0.001 | 3.2 |\n| 0.1 | 4.1 |\n",
        "| variant | return |\n|---|---|\n| plain | 3.2 |\n| whitened | 4.1 |\n",
        "When I removed the normalisation of returns, the final return dropped to 3.2 ± 0.5.",
        "Increasing gamma to 0.999 changed little: the final return was 3.2.",
        "By episode 120 the average return is already 3.2.",
    ],
)
def test_what_came_of_other_trials_is_in_no_log(others):
    assert said(others) == []


def test_the_bounds_of_an_interval_are_true():
    low, high = MEAN - 1.96 * ERROR, MEAN + 1.96 * ERROR

    assert said(f"The final return is {MEAN:.1f} (95% CI: [{low:.1f}, {high:.1f}]) over 3 seeds.") == []
    assert said(f"The final return is {MEAN:.1f} (95% CI: [3.1, {high:.1f}]) over 3 seeds.")


def test_a_mean_over_all_runs_is_not_that_of_one():
    wrong = said(f"Final return: {ENDS.max() + 9:.1f} ± {SD:.1f} over 3 seeds")

    assert "mean over the runs" in wrong[0]
    assert (
        said(f"Seed {ENDS.argmax()} ends with a return of {ENDS.max():.1f}; final return {MEAN:.1f} over 3 seeds") == []
    )


@pytest.mark.parametrize("count", ["Number of seeds: 5", "seeds = 5", "n_seeds: 5", "We use five seeds (three first)."])
def test_a_wrong_number_of_seeds_is_told(count):
    assert "5 seeds; the logs have 3 runs" in "\n".join(said(f"Final return {MEAN:.1f}.\n\n{count}"))


def test_how_long_each_seed_was_trained_is_held_against_the_logs():
    assert said("We trained each seed for 240 episodes.") == []
    assert "500" in said("We trained each seed for 500 episodes.")[0]


LOOP = "for episode in range({}):\n    total += 1\n"


@pytest.mark.parametrize(
    "source",
    [
        "steps = 0\nsteps += length\n" + LOOP.format(240),
        "steps, total = 0, 0\nsteps = steps + length\n" + LOOP.format(240),
        "def evaluate(policy, episodes=10): ...\n" + LOOP.format("1, 241"),
        "max_timesteps = 100\nnum_episodes = 240\n" + LOOP.format("num_episodes"),
        "num_steps = 100\n" + LOOP.format(240),
        "BATCHES, EACH = 24, 10\nepisodes = 5\n" + LOOP.format("BATCHES * EACH"),
    ],
    ids=["a counter", "another counter", "of an evaluation", "of an episode", "of an episode alone", "a product"],
)
def test_numbers_of_the_code_that_are_no_length_of_the_run_are_none(source):
    assert said("Episodes 181-240 are averaged.", source) == []


@pytest.mark.parametrize("count", [50, 1000])
def test_a_run_of_another_length_than_the_codes_is_told(count):
    assert "the code runs for" in said("", f"EPISODES = {count}\n" + LOOP.format("EPISODES"))[0]


def test_steps_of_each_episode_alone_are_named_and_leave_its_returns_readable():
    def alone(run):
        rows = [f"{n},{r:g},{r:g},{r:g}" for n, r in enumerate(run.returns, 1)]
        return "\n".join(["episode,steps,return,length", *rows]).encode()

    logs = {f"logs/seed_{run.seed}.csv": alone(run) for run in RUNS}
    found = Work(logs, code(), f"Final return: {MEAN:.1f} ± {SD:.1f} over 3 seeds").problems()

    assert len(found) == 3
    assert all("its steps are those of each episode alone" in words for words in found)
