"""Policy gradients for the pole: 200 episodes for each of the seeds 0, 1 and 2.

Write logs/seed_0.csv and so on, with the columns episode, steps (of all episodes so far), return and length; the weights
of one policy to policy.npz as w (4 numbers: push to the right where state · w is above 0); and REPORT.md with your final
return, its spread over seeds, and what helped.
"""

from pole import Pole

EPISODES = 200


def train(seed, log):
    """Train a policy; `log` is a csv.writer. Return its weights."""
    raise NotImplementedError
