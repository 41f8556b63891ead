"""The images that networks are trained on here: handwritten digits as 3 × 64 × 64 pictures, or a real folder.

The embedded set is made from the digits 0 to 4 of scikit-learn (901 of the 1,797 scans of handwritten digits,
8 × 8 pixels, of the UCI repository: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", 1998):
five classes, enlarged to 64 × 64, shifted, on paper of any dark colour, each class in ink of about one colour: without
that, deep networks without batch normalization need longer than homework can be trained here. Which digit and ink is
which class, which images are held out and how each is drawn follow from the batch's secret seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from grader import Array

SIZE, CLASSES = 64, 5
TRAIN, HELD_OUT = 360, 150
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
DIGIT = 56  # pixels of an enlarged digit
INKS = np.array([(0.95, 0.25, 0.2), (0.2, 0.85, 0.25), (0.25, 0.35, 0.95), (0.9, 0.85, 0.2), (0.95, 0.95, 0.95)])
INK_SPREAD = 0.1


class DataError(Exception):
    """The instructor's folder is not as it should be. The message is for the instructor."""


@dataclass(frozen=True)
class Images:
    """uint8 images N × 3 × 64 × 64 and labels N, for training and held out; the last labels stay outside."""

    train: Array
    train_labels: Array
    held_out: Array
    held_out_labels: Array

    def crossing(self, seed: int) -> dict[str, Array]:
        """What goes into the sandbox, with four images for the network's outputs."""
        chosen = np.random.default_rng([seed, 5]).permutation(len(self.train))[:4]
        images = self.train[chosen].astype(np.float32) / 127.5 - 1
        return {
            "hw5.train.images": self.train,
            "hw5.train.labels": self.train_labels,
            "hw5.held_out.images": self.held_out,
            "hw5.images": images,
        }


def normalised(images: Array) -> Array:
    """uint8 images as float32 in [-1, 1], as homework 4 asked for; in the sandbox they are scaled likewise."""
    return images.astype(np.float32) / 127.5 - 1


Source = Callable[[int], Images]


@lru_cache(maxsize=8)
def digits(seed: int) -> Images:
    """The embedded set for one batch."""
    from sklearn.datasets import load_digits

    random = np.random.default_rng([seed, 64])
    found = load_digits()
    kept = np.flatnonzero(found.target < CLASSES)
    chosen = random.permutation(kept)[: TRAIN + HELD_OUT]
    labels = random.permutation(CLASSES)[found.target[chosen]].astype(np.int64)
    inks = INKS[random.permutation(CLASSES)[labels]]
    images = np.stack([_drawn(scan, ink, random) for scan, ink in zip(found.images[chosen], inks, strict=True)])
    return Images(images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:])


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


@lru_cache(maxsize=2)
def _listed(folder: Path) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """Image files by class, for training and held out: `train/` and `val/` (or `test/`), else one folder for both."""
    parts = {part.name.lower(): part for part in folder.iterdir() if part.is_dir()} if folder.is_dir() else {}
    training = next((parts[name] for name in ("train", "training") if name in parts), folder)
    held_out = next((parts[name] for name in ("val", "valid", "validation", "test") if name in parts), training)
    listed = _by_class(training), _by_class(held_out)
    if len(listed[0]) < 2 or listed[0].keys() != listed[1].keys():
        raise DataError(
            f"{folder}: expected folders of images by class, or train/ and val/ with the same classes, found "
            f"{', '.join(sorted(listed[0])) or 'none'} and {', '.join(sorted(listed[1])) or 'none'}"
        )
    return listed


def _by_class(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        return {}
    found = {
        part.name: sorted(path for path in part.rglob("*") if path.suffix.lower() in SUFFIXES)
        for part in sorted(folder.iterdir())
        if part.is_dir()
    }
    return {name: files for name, files in found.items() if files}


def image_folder(folder: Path) -> Source:
    """A real data set in the layout of `torchvision.datasets.ImageFolder`, such as the COCO subset of homework 4.

    Each batch draws its own images from it. Raises DataError, when first used, if the folder is not like that.
    """

    @lru_cache(maxsize=8)
    def source(seed: int) -> Images:
        random = np.random.default_rng([seed, 64])
        training, held_out = _listed(folder)
        count = len(training)
        first = [
            (path, label)
            for label, files in enumerate(training.values())
            for path in _some(files, TRAIN // count, random)
        ]
        used = {path for path, _ in first}
        left = [[path for path in files if path not in used] for files in held_out.values()]
        second = [(path, label) for label, files in enumerate(left) for path in _some(files, HELD_OUT // count, random)]
        if not second:
            raise DataError(f"{folder}: expected images that are left to be held out, found none")
        (train, train_labels), (last, last_labels) = (_loaded(pairs, random) for pairs in (first, second))
        return Images(train, train_labels, last, last_labels)

    return source


def _some(files: list[Path], count: int, random: np.random.Generator) -> list[Path]:
    # Where one folder serves both halves, a part of it has to be left.
    count = min(count, max(1, 2 * len(files) // 3))
    return [files[index] for index in random.permutation(len(files))[:count]]


def _loaded(pairs: list[tuple[Path, int]], random: np.random.Generator) -> tuple[Array, Array]:
    order = random.permutation(len(pairs))
    images = np.stack([_opened(pairs[index][0]) for index in order])
    return images, np.array([pairs[index][1] for index in order], np.int64)


def _opened(path: Path) -> Array:
    try:
        with Image.open(path) as image:
            small = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected an image, it cannot be read: {error}") from error
    return np.asarray(small).transpose(2, 0, 1).copy()
