"""The images that networks are trained on here: handwritten digits as 3 × 64 × 64 pictures, or a real folder.

The embedded set is made from the digits 0 to 4 of scikit-learn (901 of the 1,797 scans of handwritten digits,
8 × 8 pixels, of the UCI repository: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", 1998):
five classes, enlarged to 64 × 64, shifted, on paper of any dark colour, each class in ink of about one colour: without
that, deep networks without batch normalization need longer than homework can be trained here. Which digit and ink is
which class, which images are held out and how each is drawn follow from the batch's secret seed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from grader import Array
from grader.checks import TrainingImages

SIZE, CLASSES = 64, 5
TRAIN, HELD_OUT = 360, 150
DIGIT = 56  # pixels of an enlarged digit
INKS = np.array([(0.95, 0.25, 0.2), (0.2, 0.85, 0.25), (0.25, 0.35, 0.95), (0.9, 0.85, 0.2), (0.95, 0.95, 0.95)])
INK_SPREAD = 0.1


@lru_cache(maxsize=8)
def digits(seed: int) -> TrainingImages:
    """The embedded set for one batch."""
    from sklearn.datasets import load_digits

    random = np.random.default_rng([seed, 64])
    found = load_digits()
    kept = np.flatnonzero(found.target < CLASSES)
    chosen = random.permutation(kept)[: TRAIN + HELD_OUT]
    labels = random.permutation(CLASSES)[found.target[chosen]].astype(np.int64)
    inks = INKS[random.permutation(CLASSES)[labels]]
    images = np.stack([_drawn(scan, ink, random) for scan, ink in zip(found.images[chosen], inks, strict=True)])
    return TrainingImages(images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:])


def _drawn(scan: Array, colour: Array, random: np.random.Generator) -> Array:
    """One 8 × 8 scan with values 0 to 16 as a 3 × 64 × 64 picture: bright ink on dark paper."""
    large = np.asarray(
        Image.fromarray((scan * 255 / 16).astype(np.uint8)).resize((DIGIT, DIGIT), Image.Resampling.BILINEAR)
    )
    down, right = random.integers(0, SIZE - DIGIT + 1, 2)
    ink = np.zeros((SIZE, SIZE))
    ink[down : down + DIGIT, right : right + DIGIT] = large / 255
    bright = np.clip(colour + random.normal(0, INK_SPREAD, 3), 0, 1)[:, None, None]
    dark = random.uniform(0, 0.3, (3, 1, 1))
    picture = dark + (bright - dark) * ink + random.normal(0, 0.03, (3, SIZE, SIZE))
    return np.clip(255 * picture, 0, 255).astype(np.uint8)
