"""Images to train on here, and held-out ones: of a course's own, or from a real folder of images by class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from grader.sandbox.protocol import Array

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
SHOWN = 4  # images for a network's outputs


class ImagesError(Exception):
    """The instructor's folder is not as it should be. The message is for the instructor."""


@dataclass(frozen=True)
class TrainingImages:
    """uint8 images N × channels × height × width and labels N, for training and held out; the latter stay outside."""

    train: Array
    train_labels: Array
    held_out: Array
    held_out_labels: Array

    def served(self, name: str, seed: int) -> dict[str, Array]:
        """What goes into the sandbox: `name.train.images`, `name.train.labels`, and a few of them for outputs, float32
        in [-1, 1], as `name.images`.
        """
        chosen = np.random.default_rng([seed, 5]).permutation(len(self.train))[:SHOWN]
        return {
            f"{name}.train.images": self.train,
            f"{name}.train.labels": self.train_labels,
            f"{name}.images": normalised(self.train[chosen]),
        }


def normalised(images: Array) -> Array:
    """uint8 images as float32 in [-1, 1]; in the sandbox they are scaled likewise."""
    return images.astype(np.float32) / 127.5 - 1


ImageSource = Callable[[int], TrainingImages]


@lru_cache(maxsize=2)
def _listed(folder: Path) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """Image files by class, for training and held out: `train/` and `val/` (or `test/`), else one folder for both."""
    parts = {part.name.lower(): part for part in folder.iterdir() if part.is_dir()} if folder.is_dir() else {}
    training = next((parts[name] for name in ("train", "training") if name in parts), folder)
    held_out = next((parts[name] for name in ("val", "valid", "validation", "test") if name in parts), training)
    listed = _by_class(training), _by_class(held_out)
    if len(listed[0]) < 2 or listed[0].keys() != listed[1].keys():
        raise ImagesError(
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


def image_folder(folder: Path, size: int, train: int, held_out: int) -> ImageSource:
    """A real data set in the layout of `torchvision.datasets.ImageFolder`: `train` and `held_out` images, `size` high.

    Each batch draws its own images from it. Raises ImagesError, when first used, if the folder is not like that.
    """

    @lru_cache(maxsize=8)
    def source(seed: int) -> TrainingImages:
        random = np.random.default_rng([seed, 64])
        training, last = _listed(folder)
        count = len(training)
        first = [
            (path, label)
            for label, files in enumerate(training.values())
            for path in _some(files, train // count, random)
        ]
        used = {path for path, _ in first}
        left = [[path for path in files if path not in used] for files in last.values()]
        second = [(path, label) for label, files in enumerate(left) for path in _some(files, held_out // count, random)]
        if not second:
            raise ImagesError(f"{folder}: expected images that are left to be held out, found none")
        return TrainingImages(*_loaded(first, size, random), *_loaded(second, size, random))

    return source


def _some(files: list[Path], count: int, random: np.random.Generator) -> list[Path]:
    # Where one folder serves both halves, a part of it has to be left.
    count = min(count, max(1, 2 * len(files) // 3))
    return [files[index] for index in random.permutation(len(files))[:count]]


def _loaded(pairs: list[tuple[Path, int]], size: int, random: np.random.Generator) -> tuple[Array, Array]:
    order = random.permutation(len(pairs))
    images = np.stack([_opened(pairs[index][0], size) for index in order])
    return images, np.array([pairs[index][1] for index in order], np.int64)


def _opened(path: Path, size: int) -> Array:
    try:
        with Image.open(path) as image:
            small = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    except (OSError, ValueError) as error:
        raise ImagesError(f"{path}: expected an image, it cannot be read: {error}") from error
    return np.asarray(small).transpose(2, 0, 1).copy()
