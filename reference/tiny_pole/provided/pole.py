"""A pole on a cart: push left or right; an episode ends when the pole falls, or after 100 steps."""

import numpy as np

LIMIT = 100


class Pole:
    """State: position, speed, angle (radians), angular speed. Each step gives a reward of 1."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def reset(self) -> np.ndarray:
        """A pole that is nearly upright."""
        self.state, self.steps = self.rng.uniform(-0.05, 0.05, 4), 0
        return self.state.copy()

    def step(self, action: int) -> tuple[np.ndarray, float, bool]:
        """Push to the left (0) or to the right (1) for 0.02 s; state, reward, and whether the episode is over."""
        x, v, angle, spin = self.state
        push = (10.0 if action == 1 else -10.0) + 0.05 * spin**2 * np.sin(angle)
        turn = (9.8 * np.sin(angle) - np.cos(angle) * push / 1.1) / (0.5 * (4 / 3 - 0.1 * np.cos(angle) ** 2 / 1.1))
        force = push / 1.1 - 0.05 * turn * np.cos(angle) / 1.1
        self.state = np.array([x + 0.02 * v, v + 0.02 * force, angle + 0.02 * spin, spin + 0.02 * turn])
        self.steps += 1
        fell = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.21
        return self.state.copy(), 1.0, bool(fell or self.steps >= LIMIT)
