"""Small grey pictures in classes, made anew for each batch: what a network is trained on in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.sandbox.protocol import Array


@dataclass(frozen=True)
class Pictures:
    """`train` and `held_out` pictures (N × 1 × `size` × `size`, float32, about 0 to 1) in `classes` classes.

    Each class is a pattern of its own, drawn from the batch's seed, and each picture shows it shifted by up to `shift`
    pixels, weaker or stronger, in noise. Held-out pictures and their labels are never served.
    """

    classes: int = 10
    train: int = 480
    held_out: int = 300
    size: int = 28
    shift: int = 2
    noise: float = 0.15

    def served(self, seed: int) -> dict[str, Array]:
        """The training half, as `pictures.train.images` and `pictures.train.labels`."""
        images, labels = self.made(seed)
        return {"pictures.train.images": images[: self.train], "pictures.train.labels": labels[: self.train]}

    def kept(self, seed: int) -> tuple[Array, Array]:
        """The held-out half: images and labels."""
        images, labels = self.made(seed)
        return images[self.train :], labels[self.train :]

    def made(self, seed: int) -> tuple[Array, Array]:
        """All images and labels."""
        return _made(self, seed)


@lru_cache(maxsize=8)
def _made(kind: Pictures, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng([seed, 77])
    patterns = np.stack([_pattern(rng, kind.size) for _ in range(kind.classes)])
    count = kind.train + kind.held_out
    labels = rng.permutation(np.arange(count) % kind.classes).astype(np.int64)
    shifts = rng.integers(-kind.shift, kind.shift + 1, (count, 2))
    strengths = rng.uniform(0.6, 1.2, count)
    images = np.stack(
        [np.roll(patterns[k], tuple(at), (0, 1)) * s for k, at, s in zip(labels, shifts, strengths, strict=True)]
    )
    images += kind.noise * rng.standard_normal(images.shape)
    return images[:, None].astype(np.float32), labels


def _pattern(rng: np.random.Generator, size: int) -> Array:
    """A few soft strokes: a blurred drawing with values from 0 to 1."""
    drawing = np.zeros((size, size))
    edge = size // 5
    for _ in range(4):
        (a, b), (c, d) = rng.integers(edge, size - edge, (2, 2))
        for t in np.linspace(0, 1, 2 * size):
            drawing[round(a + t * (c - a)), round(b + t * (d - b))] = 1
    for axis in (0, 1):
        drawing = (np.roll(drawing, 1, axis) + 2 * drawing + np.roll(drawing, -1, axis)) / 4
    return np.asarray(drawing / drawing.max())
