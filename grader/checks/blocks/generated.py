"""Blocks for generated pictures that are handed in: `well_formed`, `varied`, `not_copied`, `recognised`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.checks.grid import picture_grid
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import PictureGrid
from grader.finding import Finding
from grader.probes import ReadFiles
from grader.readings.fields import own_arrays
from grader.readings.opened_files import files_read
from grader.rubric import Block
from grader.sandbox.protocol import Array

SHOWN, PAIRS = 48, 12
MAX_SAMPLES, MAX_TRAINING = 2000, 20_000
SUBSETS = 40  # of real pictures, as many as samples: how varied those are
COPY = 0.35  # of the distance that real pictures have at least (5 %) from their nearest neighbour
FEW = 0.1  # of samples may be as near


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Pictures that a student's network drew, in `files` (patterns): `.npy`, `.npz`, or PNG and JPEG files.

    `shape` is C × H × W, and numbers lie between `low` and `high`. `training()` gives the course's real pictures, N ×
    C × H × W in the same range; of `.npz` files the array `name` is taken, or the largest.
    Accepted: channels first or last, or none where C is 1; 0 to 255 in uint8.
    """

    files: tuple[str, ...]
    shape: tuple[int, int, int]
    training: Callable[[], Array]
    low: float = 0.0
    high: float = 1.0
    name: str = "samples"

    @property
    def reading(self) -> ReadFiles:
        """How they are read."""
        return ReadFiles(f"pictures ({', '.join(self.files)})", "images", self.files, most=MAX_SAMPLES)

    def real(self) -> Array:
        """The course's pictures, N × C × H × W, float32. Raises AssignmentError."""
        found = np.asarray(self.training(), np.float32)[:MAX_TRAINING]
        if found.ndim != 4 or found.shape[1:] != self.shape or len(found) < 20:
            shape = " × ".join(map(str, self.shape))
            raise AssignmentError(f"training: expected 20 or more pictures of {shape}, found {found.shape}")
        return found

    def images(self, evidence: Evidence) -> Array:
        """What was handed in, N × C × H × W, float32. Raises MissingEvidence."""
        read = files_read(evidence, self.reading)
        if not read:
            raise MissingEvidence(f"not attempted: there is no {' or '.join(self.files)}")
        found, problems = [], []
        for one in read:
            if one.frame is None:
                problems.append((f"{one.path}: {one.problem}", one.ours))
                continue
            arrays = own_arrays(one.frame, "")
            array = arrays.get(self.name) if self.name in arrays else max(arrays.values(), key=np.size, default=None)
            shaped = None if array is None else self._shaped(array)
            if shaped is None:
                held = "nothing" if array is None else " × ".join(map(str, array.shape))
                problems.append((f"{one.path}: expected pictures of {self._words()}, found {held}", False))
            else:
                found.append(shaped)
        if not found:
            words, ours = problems[0]
            raise MissingEvidence(words[:600], ours=ours, hint="save them as float32 or uint8, N × C × H × W")
        return np.concatenate(found)[:MAX_SAMPLES]

    def _words(self) -> str:
        return f"N × {' × '.join(map(str, self.shape))}"

    def _shaped(self, array: Array) -> Array | None:
        """N × C × H × W, whatever way round the axes are; None if it cannot be."""
        channels, height, width = self.shape
        forms: dict[tuple[int, ...], Callable[[Array], Array]] = {
            (channels, height, width): lambda a: a,
            (height, width, channels): lambda a: np.moveaxis(a, -1, -3),
        }
        if channels == 1:
            forms[height, width] = lambda a: a[..., None, :, :]
        for form, turn in forms.items():
            if array.shape[-len(form) :] == form and array.ndim <= len(form) + 1:
                scaled: Array = array.astype(np.float32)
                if array.dtype == np.uint8:
                    scaled = self.low + scaled / 255 * (self.high - self.low)
                return np.asarray(turn(scaled).reshape(-1, *self.shape), np.float32)
        return None

    def figure(self, images: Array) -> PictureGrid:
        """The first of them."""
        shown = images[:SHOWN]
        caption = f"The first {len(shown)} of {len(images)} samples that were handed in."
        alt = f"{len(shown)} small pictures in rows."
        return picture_grid("samples", shown, title="Samples", caption=caption, alt=alt, low=self.low, high=self.high)


def well_formed(samples: Samples, count: int = 64) -> Block:
    """So many samples of the right shape, numbers within the range (1 % over it is a rounding), none of them the same
    all over. For a person the samples are a figure. Caught: too few, NaN, another range, blank pictures.
    """

    def check(evidence: Evidence) -> Finding:
        images = samples.images(evidence)
        figure = (samples.figure(images),)
        problems = list(_problems(samples, images, count))
        if problems:
            return Finding.wrong("the samples", problems, "look at a few before they are saved", exhibits=figure)
        return Finding.passed(f"{len(images)} samples of {' × '.join(map(str, samples.shape))}", exhibits=figure)

    return Block(check, reads=(samples.reading,))


def _problems(samples: Samples, images: Array, count: int) -> Sequence[str]:
    found = []
    if len(images) < count:
        found.append(f"expected {count}, found {len(images)}")
    if odd := int((~np.isfinite(images)).any(axis=(1, 2, 3)).sum()):
        found.append(f"{odd} of {len(images)} hold numbers that are NaN or infinite")
    slack = 0.01 * (samples.high - samples.low)
    low, high = (float(part) for part in (np.nanmin(images), np.nanmax(images)))
    if low < samples.low - slack or high > samples.high + slack:
        found.append(f"expected numbers from {samples.low:g} to {samples.high:g}, found {low:.3g} to {high:.3g}")
    blank = int((np.ptp(images.reshape(len(images), -1), axis=1) < 1e-3 * (samples.high - samples.low)).sum())
    if blank:
        found.append(f"{blank} of {len(images)} are the same all over")
    return found


def varied(samples: Samples, *, least: float = 0.6) -> Block:
    """Samples differ from each other as real pictures do: their mean distance is at least `least` of the lowest that
    as many real pictures had in 40 draws, and at most a tenth are nearly the same as another. Caught: mode collapse,
    one picture many times over. Uniform noise is varied too: see `recognised`.
    """

    def check(evidence: Evidence) -> Finding:
        images = samples.images(evidence)
        figure = (samples.figure(images),)
        if len(images) < 2 or not np.isfinite(images).all():
            return Finding.failed("expected several samples of finite numbers", exhibits=figure)
        real = samples.real()
        usual = _usual_distance(samples, min(len(images), len(real) // 2))
        mean, twins = _mean_distance(images), _twins(images, _nearest_scale(samples))
        share = mean / usual
        said = f"samples lie {mean:.3g} apart on average; as many real pictures at least {usual:.3g}"
        if twins > FEW * len(images):
            words = f"{twins} of {len(images)} samples are nearly the same as another"
            return Finding.failed(words, "does the generator see its noise?", details=(said,), exhibits=figure)
        if share < least:
            return Finding.failed(f"{said}: too much alike", "look for mode collapse", exhibits=figure)
        return Finding.passed(said, exhibits=figure)

    return Block(check, reads=(samples.reading,))


def not_copied(samples: Samples, *, at_most: float = 0.05) -> Block:
    """At most this share of samples is a copy of a training picture: far nearer to one than real pictures are to each
    other (0.35 of their 5 % quantile), also when it is mirrored or moved by a pixel. The nearest pairs are a figure.
    Caught: training pictures handed in, with noise on them, mirrored, moved; a network that learned them by heart.
    """

    def check(evidence: Evidence) -> Finding:
        images, real = samples.images(evidence), samples.real()
        if not np.isfinite(images).all():
            return Finding.failed("expected samples of finite numbers")
        limit = COPY * _nearest_scale(samples)
        distances, places = _nearest(images, real)
        for other in _moved(images):
            nearer, where = _nearest(other, real)
            places = np.where(nearer < distances, where, places)
            distances = np.minimum(distances, nearer)
        copies = int((distances <= limit).sum())
        order = np.argsort(distances, kind="stable")[:PAIRS]
        pairs = np.concatenate([images[order], real[places[order]]])
        caption = "Above, the samples that are nearest to a training picture; below each, that picture."
        alt = f"{len(order)} pairs; {copies} of {len(images)} samples are copies."
        figure = picture_grid(
            "nearest",
            pairs,
            title="Nearest training pictures",
            caption=caption,
            alt=alt,
            columns=len(order),
            low=samples.low,
            high=samples.high,
        )
        said = f"{copies} of {len(images)} samples are copies of training pictures"
        if copies > at_most * len(images):
            return Finding.failed(said, "hand in what the network draws", exhibits=(figure,))
        return Finding.passed(said, exhibits=(figure,))

    return Block(check, reads=(samples.reading,))


def recognised(samples: Samples, classifier: Callable[[Array], Array], *, at_least: float = 0.5) -> Block:
    """What a small classifier of the course's own says of the samples, next to what it says of real pictures.

    `classifier(images)` gives probabilities, N × classes. The score is the exponential of the mean divergence of each
    sample's probabilities from their mean (the inception score, with this classifier): high where each sample is
    clearly something and all classes occur. It is at least `at_least` of what as many real pictures get. Caught: noise,
    blurs of all classes, one class alone. A classifier can be fooled: a person sees the figure.
    """

    def check(evidence: Evidence) -> Finding:
        images, real = samples.images(evidence), samples.real()
        if not np.isfinite(images).all():
            return Finding.failed("expected samples of finite numbers")
        score, usual = _score(classifier(images)), _score(classifier(real[: max(len(images), 100)]))
        found = f"score {score:.3g}; real pictures have {usual:.3g}"
        share = (score - 1) / max(usual - 1, 1e-9)
        counts = np.bincount(np.asarray(classifier(images)).argmax(axis=1))
        details = (f"score: {score:.4g}", f"samples by class: {', '.join(map(str, counts))}")
        figure = (samples.figure(images),)
        if share >= at_least:
            return Finding.passed(found, details=details, exhibits=figure)
        return Finding.failed(f"expected at least {at_least:.0%} of it: {found}", details=details, exhibits=figure)

    return Block(check, reads=(samples.reading,))


def _score(probabilities: Any) -> float:
    p = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1)
    p /= p.sum(axis=1, keepdims=True)
    return float(np.exp((p * (np.log(p) - np.log(p.mean(axis=0)))).sum(axis=1).mean()))


def _flat(images: Array) -> Array:
    return np.asarray(images.reshape(len(images), -1), np.float64)


def _distances(one: Array, two: Array) -> Array:
    """Root-mean-square differences, N × M."""
    a, b = _flat(one), _flat(two)
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0) / a.shape[1]))


def _nearest(images: Array, real: Array) -> tuple[Array, Array]:
    """For each picture the distance to the nearest real one, and which that is."""
    found = [_distances(images[place : place + 256], real) for place in range(0, len(images), 256)]
    return np.concatenate([one.min(1) for one in found]), np.concatenate([one.argmin(1) for one in found])


def _moved(images: Array) -> list[Array]:
    """Mirrored, and moved by a pixel each way."""
    return [images[..., ::-1], *(np.roll(images, step, axis) for axis in (-1, -2) for step in (-1, 1))]


def _mean_distance(images: Array) -> float:
    distances = _distances(images, images)
    return float(distances.sum() / (len(images) * (len(images) - 1)))


def _twins(images: Array, scale: float) -> int:
    distances = _distances(images, images)
    np.fill_diagonal(distances, np.inf)
    return int((distances.min(1) < 0.1 * scale).sum())


@lru_cache(maxsize=8)
def _nearest_scale(samples: Samples) -> float:
    """How near real pictures are to their nearest neighbour: the 5 % quantile, of at most 1,000 of them."""
    real = samples.real()[:1000]
    distances = _distances(real, real)
    np.fill_diagonal(distances, np.inf)
    return float(np.quantile(distances.min(1), 0.05))


@lru_cache(maxsize=8)
def _usual_distance(samples: Samples, count: int) -> float:
    """The lowest mean distance that as many real pictures have, in so many draws."""
    real, rng = samples.real(), np.random.default_rng(0)
    return min(_mean_distance(real[rng.choice(len(real), count, replace=False)]) for _ in range(SUBSETS))
