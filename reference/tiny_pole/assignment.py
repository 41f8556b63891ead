"""A small reinforcement-learning run: logs of three seeds, the weights of a policy, and a report about them."""

from collections.abc import Mapping

import numpy as np

from grader import Array, Assignment, Criterion, HandIn
from grader.checks import (
    RunLogs,
    claims_hold,
    consistent_runs,
    final_value,
    measured_arrays,
    seeds_present,
    steps_reached,
)

from .hidden import guides
from .provided.pole import LIMIT, Pole


def play(arrays: Mapping[str, Array], seed: int) -> Array:
    """The returns of twenty episodes that nobody has seen, pushing to the right where state · w is above 0."""
    if "w" not in arrays or arrays["w"].size != 4:
        held = ", ".join(f"{name} ({array.size} numbers)" for name, array in arrays.items()) or "nothing"
        raise ValueError(f"expected w with 4 numbers, found {held}")
    w, env, returns = arrays["w"].astype(np.float64).ravel(), Pole(seed), []
    for _ in range(20):
        state, done, total = env.reset(), False, 0.0
        while not done:
            state, reward, done = env.step(int(state @ w > 0))
            total += reward
        returns.append(total)
    return np.array(returns)


LOGS = RunLogs()
POLICY = measured_arrays("return", ("policy.npz", "*.npz"), play, at_least=70)
# The start of a run: 9 to 45 is what the mean of the first episodes of two hundred untrained policies was.
GENUINE = consistent_runs(LOGS, bounds={"return": (1, LIMIT)}, start={"return": (9, 45)}, counted=True)
ASSIGNMENT = Assignment(
    title="A pole on a cart",
    course="Reinforcement learning",
    rubric=[
        Criterion("learns", "The return rises", 4, final_value(LOGS, "return", at_least=60, half_at=35)),
        Criterion("episodes", "200 episodes a seed", 1, steps_reached(LOGS, 200, unit="episodes")),
        Criterion("seeds", "Three seeds", 2, seeds_present(LOGS, 3)),
        Criterion("genuine", "Logs of this code", 3, GENUINE),
        Criterion("policy", "A policy that balances", 4, POLICY),
        Criterion("report", "True to its logs", 3, claims_hold(LOGS, levels=[LIMIT], needed=("return", "seeds"))),
        Criterion("discussion", "What helped, and why", 3, guide=guides.DISCUSSION),
    ],
    code="none",
    hand_in=[
        HandIn("train.py", ("*.py",)),
        HandIn("logs.zip", ("logs/*", "*.csv", "*.jsonl"), archive=True),
        HandIn("policy.npz", ("*.npz",)),
        HandIn("REPORT.md", ("*.md", "*.txt")),
    ],
)
