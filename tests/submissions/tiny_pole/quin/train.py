"""REINFORCE with a linear policy: three seeds, a log of every episode, and the weights of the first seed."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from pole import Pole

EPISODES = 200
LEARNING_RATE = 0.02
GAMMA = 0.98


def probability(state: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Of a push to the right."""
    return 1 / (1 + np.exp(-np.clip(state @ w, -30, 30)))


def episode(env: Pole, w: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """States, actions and rewards of one episode."""
    states, actions, rewards, state, done = [], [], [], env.reset(), False
    while not done:
        action = int(rng.random() < probability(state, w))
        states.append(state)
        actions.append(action)
        state, reward, done = env.step(action)
        rewards.append(reward)
    return np.array(states), np.array(actions), np.array(rewards)


def train(seed: int, log: Any) -> np.ndarray:
    """Weights after all episodes; a line of the log for each."""
    env, rng, w, steps = Pole(seed), np.random.default_rng(seed), np.zeros(4), 0
    log.writerow(["episode", "steps", "return", "length"])
    for number in range(1, EPISODES + 1):
        states, actions, rewards = episode(env, w, rng)
        returns = np.zeros(len(rewards))
        running = 0.0
        for place in reversed(range(len(rewards))):
            running = rewards[place] + GAMMA * running
            returns[place] = running
        advantage = (returns - returns.mean()) / (returns.std() + 1e-8)
        w = w + LEARNING_RATE * states.T @ (advantage * (actions - probability(states, w)))
        steps += len(rewards)
        log.writerow([number, steps, f"{rewards.sum():.0f}", len(rewards)])
    return w


if __name__ == "__main__":
    Path("logs").mkdir(exist_ok=True)
    for seed in (0, 1, 2):
        with Path(f"logs/seed_{seed}.csv").open("w", newline="") as file:
            weights = train(seed, csv.writer(file))
        if seed == 0:
            np.savez("policy.npz", w=weights)
