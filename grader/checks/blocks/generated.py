"""Blocks for generated pictures that are handed in: `well_formed`, `varied`, `not_copied`, `recognised`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.checks.blocks.demands import Demand
from grader.checks.blocks.nearness import (
    MOST_PROBED,
    Nearest,
    among_themselves,
    evened,
    mean_distance,
    nearest,
    plain_distance,
    twins,
)
from grader.checks.blocks.samples import Samples
from grader.checks.grid import picture_grid
from grader.evidence import Evidence
from grader.exhibit import PictureGrid
from grader.finding import Finding
from grader.rubric import Block
from grader.sandbox.protocol import Array

PAIRS = 12
SUBSETS = 40  # of real pictures, as many as samples: how varied those are
COPY = 0.35  # of the distance that real pictures have at least (5 %) from their nearest neighbour
BESIDE, CHANCE = 0.05, 1e-4  # of real pictures lie so near to one alone; so seldom as many samples do by chance
EVENED = 0.5  # of the distance of real pictures has to be left where all are of one brightness
RARE = 0.003  # so seldom has chance left so few samples of a class
FAR = 2.0  # times the distance that real pictures have at most (95 %) from their nearest neighbour
FEW = 0.1  # of samples may be nearly the same as another


def well_formed(samples: Samples, count: int = 64) -> Block:
    """So many samples of the right shape, numbers within the range (1 % over it is a rounding), none of them the same
    all over. For a person the samples are a figure. Caught: too few, NaN, another range, blank pictures.
    """

    def check(evidence: Evidence) -> Finding:
        images, odd = samples.read(evidence)
        figure = (samples.figure(images),)
        problems = [*odd, *_problems(samples, images, count)]
        if problems:
            return Finding.wrong("the samples", problems, "look at a few before they are saved", exhibits=figure)
        return Finding.passed(f"{len(images)} samples of {' × '.join(map(str, samples.shape))}", exhibits=figure)

    return Block(check, reads=(samples.reading,), artefact=Demand(samples, samples.files, options={"count": count}))


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
        images, real = samples.fitted(images), samples.real()
        usual = _usual_distance(samples, min(len(images), len(real) // 2))
        mean, same = mean_distance(images), twins(images, 0.1 * _usual(samples).nearest)
        share = mean / usual
        said = f"samples lie {mean:.3g} apart on average; as many real pictures at least {usual:.3g}"
        if same > FEW * len(images):
            words = f"{same} of {len(images)} samples are nearly the same as another"
            return Finding.failed(words, "does the generator see its noise?", details=(said,), exhibits=figure)
        if share < least:
            return Finding.failed(f"{said}: too much alike", "look for mode collapse", exhibits=figure)
        return Finding.passed(said, exhibits=figure)

    return Block(check, reads=(samples.reading,))


def not_copied(samples: Samples, *, at_most: float = 0.05) -> Block:
    """At most this share of samples is a copy of a training picture: far nearer to one than real pictures are to each
    other (0.35 of their 5 % quantile), also when it is mirrored, turned, moved by a pixel, or a negative. Nor do more
    than chance allows lie far nearer to one training picture than to the next, as copies under noise do: as near as 5 %
    of real pictures lie. The nearest pairs are a figure. Caught: training pictures handed in, with noise on them,
    mirrored, turned, moved; a network that learned them by heart. Not caught: copies under noise as large as what real
    pictures lie apart.
    """

    def check(evidence: Evidence) -> Finding:
        images, real = samples.images(evidence), samples.real()
        if not np.isfinite(images).all():
            return Finding.failed("expected samples of finite numbers")
        images, usual = samples.fitted(images), _usual(samples)
        found = nearest(images, real, samples.low + samples.high)
        copied = (found.distance <= COPY * usual.nearest) | _copied_but_for_brightness(samples, images)
        count, copies = len(images), int(copied.sum())
        beside = int((found.ratio < usual.ratio).sum())
        figure = (_pairs(samples, images, found, copies),)
        said = f"{copies} of {count} samples are copies of training pictures"
        hint = "hand in what the network draws"
        if copies > at_most * count:
            return Finding.failed(said, hint, exhibits=figure)
        words = f"{beside} of {count} samples lie far nearer to one training picture than to any other"
        if beside > max(at_most * count, _by_chance(count)):
            told = f"{words}, as copies with noise on them do; {BESIDE:.0%} of real pictures lie so"
            return Finding.failed(told, hint, details=(said,), exhibits=figure)
        return Finding.passed(said, details=(words,), exhibits=figure)

    return Block(check, reads=(samples.reading,))


def _copied_but_for_brightness(samples: Samples, images: Array) -> Array:
    """Which samples are copies that were made brighter or darker. Where real pictures themselves are told by little
    else, none is.
    """
    real, usual = samples.real(), _usual(samples)
    if usual.evened < EVENED * usual.nearest:
        return np.zeros(len(images), dtype=bool)
    return np.asarray(plain_distance(evened(images, real), evened(real, real)) <= COPY * usual.evened)


def _by_chance(count: int) -> float:
    """As many of so many real pictures may lie beside one alone."""
    from scipy.stats import binom

    return float(binom.ppf(1 - CHANCE, count, BESIDE))


def _pairs(samples: Samples, images: Array, found: Nearest, copies: int) -> PictureGrid:
    """The samples that are nearest to a training picture, above it."""
    order = np.argsort(found.distance, kind="stable")[:PAIRS]
    return picture_grid(
        "nearest",
        np.concatenate([images[order], samples.real()[found.place[order]]]),
        title="Nearest training pictures",
        caption="Above, the samples that are nearest to a training picture; below each, that picture.",
        alt=f"{len(order)} pairs; {copies} of {len(images)} samples are copies.",
        columns=len(order),
        low=samples.low,
        high=samples.high,
    )


def recognised(samples: Samples, classifier: Callable[[Array], Array], *, at_least: float = 0.5) -> Block:
    """What a small classifier of the course's own says of the samples, next to what it says of real pictures.

    `classifier(images)` gives probabilities, N × classes. The score is the exponential of the mean divergence of each
    sample's probabilities from their mean (the inception score, with this classifier): high where each sample is
    clearly something and all classes occur. It is at least `at_least` of what as many real pictures get. A classifier
    is sure of noise too, and so at least half of the samples lie near real pictures: at most twice as far as 95 % of
    those lie from their nearest neighbour. Caught: noise, negatives, blurs of all classes, one class alone, and a
    class so rare that chance does not explain it, if it had half of its share among real pictures. A person sees the
    figure.
    """

    def check(evidence: Evidence) -> Finding:
        images, real = samples.images(evidence), samples.real()
        if not np.isfinite(images).all():
            return Finding.failed("expected samples of finite numbers")
        figure, images = (samples.figure(images),), samples.fitted(images)
        probabilities = np.asarray(classifier(images))
        score, usual = _score(probabilities), _score(classifier(real[: max(len(images), 100)]))
        found = f"score {score:.3g}; real pictures have {usual:.3g}"
        counts = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
        details = (f"score: {score:.4g}", f"samples by class: {', '.join(map(str, counts))}")
        strange = int((plain_distance(images, real) > FAR * _usual(samples).farthest).sum())
        if strange > len(images) / 2:
            words = f"{strange} of {len(images)} samples lie more than twice as far from real pictures as those do"
            return Finding.failed(words, "look at them beside real ones", details=(found, *details), exhibits=figure)
        reached = (score - 1) / max(usual - 1, 1e-9) >= at_least
        if reached and (rare := _left_out(counts, np.asarray(classifier(real)).argmax(axis=1))):
            hint = "draw more pictures, and see which classes the generator leaves out"
            return Finding.failed(rare, hint, details=(found, *details), exhibits=figure)
        if reached:
            return Finding.passed(found, details=details, exhibits=figure)
        return Finding.failed(f"expected at least {at_least:.0%} of it: {found}", details=details, exhibits=figure)

    return Block(check, reads=(samples.reading,))


def _left_out(counts: Array, real: Array) -> str | None:
    """The class that is far rarer among samples (their numbers) than among real pictures (the class of each)."""
    from scipy.stats import binom

    total, shares = int(counts.sum()), np.bincount(real, minlength=len(counts)) / len(real)
    for place in np.argsort(counts, kind="stable"):
        if binom.cdf(counts[place], total, 0.5 * shares[place]) < RARE:
            return (
                f"{counts[place]} of {total} samples are of class {place} (the first one is 0), and {shares[place]:.0%}"
                " of real pictures"
            )
    return None


def _score(probabilities: Any) -> float:
    p = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1)
    p /= p.sum(axis=1, keepdims=True)
    return float(np.exp((p * (np.log(p) - np.log(p.mean(axis=0)))).sum(axis=1).mean()))


@dataclass(frozen=True)
class _Usual:
    """Of real pictures: quantiles of the distance to the nearest (5 %, 95 %), and of its ratio to the next (5 %); and
    the first of them where all pictures are of one brightness.
    """

    nearest: float
    farthest: float
    ratio: float
    evened: float


@lru_cache(maxsize=8)
def _usual(samples: Samples) -> _Usual:
    found = among_themselves(samples.real(), samples.low + samples.high)
    low, high = np.quantile(found.plain, (0.05, 0.95))
    alike = evened(samples.real(), samples.real())
    nearest_alike = float(np.quantile(plain_distance(alike[:MOST_PROBED], alike, own=True), 0.05))
    return _Usual(float(low), float(high), float(np.quantile(found.ratio, BESIDE)), nearest_alike)


@lru_cache(maxsize=8)
def _usual_distance(samples: Samples, count: int) -> float:
    """The lowest mean distance that as many real pictures have, in so many draws."""
    real, rng = samples.real(), np.random.default_rng(0)
    return min(mean_distance(real[rng.choice(len(real), count, replace=False)]) for _ in range(SUBSETS))
