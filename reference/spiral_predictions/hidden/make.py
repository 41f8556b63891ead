"""Draw the points anew: `starter/train.csv`, `starter/test.csv` and `hidden/labels.txt`."""

from pathlib import Path

import numpy as np

NAMES = ("red", "green", "blue")


def drawn(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points on three noisy spirals (N x 2), and which one each is on."""
    labels = rng.integers(0, 3, count)
    along = rng.uniform(0.3, 1, count)
    angle = 4 * along + labels * 2 * np.pi / 3 + 0.22 * rng.standard_normal(count)
    return np.stack([along * np.cos(angle), along * np.sin(angle)], axis=1), labels


if __name__ == "__main__":
    GENERATOR = np.random.default_rng(5_308_417)
    FOLDER = Path(__file__).parents[1]
    POINTS, SPIRALS = drawn(600, GENERATOR)
    ROWS = [f"{x:.3f},{y:.3f},{NAMES[k]}\n" for (x, y), k in zip(POINTS, SPIRALS, strict=True)]
    (FOLDER / "starter" / "train.csv").write_text("x,y,colour\n" + "".join(ROWS))
    POINTS, SPIRALS = drawn(400, GENERATOR)
    ROWS = [f"t{place:04d},{x:.3f},{y:.3f}\n" for place, (x, y) in enumerate(POINTS)]
    (FOLDER / "starter" / "test.csv").write_text("id,x,y\n" + "".join(ROWS))
    (FOLDER / "hidden" / "labels.txt").write_text("".join(f"{k}\n" for k in SPIRALS))
