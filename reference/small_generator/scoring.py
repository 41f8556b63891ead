"""What the course sees in pictures and texts: a linear discriminant, and how usual each letter is after the two before.

Both are fitted here, on data of another seed than the public ones: nobody trains a generator against their numbers.
"""

from collections import Counter
from functools import lru_cache

import numpy as np

from grader import Array

from .provided import digits

LETTERS = " .,abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=1)
def training() -> Array:
    """The public pictures."""
    return digits.made(800, 0)[0]


@lru_cache(maxsize=1)
def corpus() -> str:
    """The public texts."""
    return "\n\n".join(digits.reports(300, 0))


@lru_cache(maxsize=1)
def _discriminant() -> tuple[Array, Array]:
    images, labels = digits.made(600, 77)
    flat = images.reshape(len(images), -1).astype(np.float64)
    means = np.stack([flat[labels == one].mean(axis=0) for one in range(len(digits.DIGITS))])
    spread = np.cov((flat - means[labels]).T) + 0.01 * np.eye(flat.shape[1])
    weights = np.linalg.solve(spread, means.T)
    return weights, -0.5 * (means.T * weights).sum(axis=0)


def classifier(images: Array) -> Array:
    """The probability of each digit, N × 5."""
    weights, biases = _discriminant()
    scores = images.reshape(len(images), -1) @ weights + biases
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@lru_cache(maxsize=1)
def _seen() -> tuple[Counter[str], Counter[str]]:
    text = "\n\n".join(digits.reports(600, 77))
    return Counter(text[at : at + 3] for at in range(len(text))), Counter(text[at : at + 2] for at in range(len(text)))


def usual(text: str) -> float:
    """The mean logarithm of each letter's probability, given the two before it."""
    three, two = _seen()
    steps = [(three[text[at : at + 3]] + 0.1) / (two[text[at : at + 2]] + 3) for at in range(len(text) - 2)]
    return float(np.mean(np.log(steps))) if steps else -9.0
