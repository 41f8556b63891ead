"""How near pictures are to each other, and what that says of copies. Pictures are N × C × H × W."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from grader.sandbox.protocol import Array

AT_ONCE = 256
MOST_PROBED = 1000  # real pictures whose neighbours are looked for


def distances(one: Array, two: Array) -> Array:
    """Root-mean-square differences, N × M."""
    a, b = (np.asarray(part.reshape(len(part), -1), np.float64) for part in (one, two))
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0) / a.shape[1]))


def mean_distance(images: Array) -> float:
    """Of all pairs."""
    return float(distances(images, images).sum() / (len(images) * (len(images) - 1)))


def twins(images: Array, limit: float) -> int:
    """How many are nearer than that to another one."""
    found = distances(images, images)
    np.fill_diagonal(found, np.inf)
    return int((found.min(1) < limit).sum())


@dataclass(frozen=True, eq=False)
class Nearest:
    """Where pictures lie among real ones: `plain` is the distance of each to the nearest, `distance` the least of its
    changed versions', `place` of which; `ratio` is the least ratio of the nearest's to the second nearest's.
    """

    plain: Array
    distance: Array
    place: Array
    ratio: Array


def nearest(images: Array, real: Array, span: float, *, own: bool = False) -> Nearest:
    """Look for each picture as it is, mirrored, turned, moved by a pixel, and as a negative (`span` is low + high).

    Where the pictures are the first of the real ones (`own`), none is its own neighbour.
    """
    every = [_two_nearest(other, real, own=own) for other in _changed(images, span)]
    best = np.argmin([first for first, _, _ in every], axis=0)
    rows = np.arange(len(images))
    ratios = [np.divide(first, second, out=np.ones_like(first), where=second > 0) for first, second, _ in every]
    return Nearest(
        plain=every[0][0],
        distance=np.stack([first for first, _, _ in every])[best, rows],
        place=np.stack([place for _, _, place in every])[best, rows],
        ratio=np.min(ratios, axis=0),
    )


def evened(images: Array, like: Array) -> Array:
    """Pictures of one brightness and contrast: those that the pictures `like` them mostly have."""
    flat, real = (part.reshape(len(part), -1).astype(np.float64) for part in (images, like))
    wide = np.maximum(flat.std(1, keepdims=True), 1e-6)
    found = (flat - flat.mean(1, keepdims=True)) / wide * np.median(real.std(1)) + np.median(real.mean(1))
    return np.asarray(found.reshape(images.shape), np.float32)


def plain_distance(images: Array, real: Array, *, own: bool = False) -> Array:
    """Of each picture to the nearest real one, as both are; `own` as for `nearest`."""
    return _two_nearest(images, real, own=own)[0]


def _two_nearest(images: Array, real: Array, *, own: bool) -> tuple[Array, Array, Array]:
    """The distances to the nearest real picture and to the next, and which the nearest is."""
    parts = []
    for start in range(0, len(images), AT_ONCE):
        found = distances(images[start : start + AT_ONCE], real)
        if own:
            rows = np.arange(len(found))
            found[rows, start + rows] = np.inf
        first, second = np.partition(found, 1, axis=1)[:, :2].T
        parts.append((first, second, found.argmin(1)))
    one, two, place = (np.concatenate(part) for part in zip(*parts, strict=True))
    return one, two, place


def _changed(images: Array, span: float) -> Iterator[Array]:
    yield images
    yield images[..., ::-1]
    yield images[..., ::-1, :]
    yield images[..., ::-1, ::-1]
    if images.shape[-1] == images.shape[-2]:
        turned = np.swapaxes(images, -1, -2)
        yield from (turned, turned[..., ::-1], turned[..., ::-1, :], turned[..., ::-1, ::-1])
    yield span - images
    for axis in (-1, -2):
        for step in (-1, 1):
            yield np.roll(images, step, axis)


def among_themselves(real: Array, span: float) -> Nearest:
    """How the first real pictures lie among all of them."""
    return nearest(real[:MOST_PROBED], real, span, own=True)
