"""Images that options change: placed in larger ones, their pixels scrambled, noise added; found again all the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from grader.checks.loaders.delivered import CLOSE, Delivered, ExpectedImages, nearest, places, sample_problems
from grader.checks.loaders.loader_task import LoaderCall, LoaderTask
from grader.sandbox.protocol import Array

MOST = 0.9
MOVED = 4  # different places, where they are drawn


@lru_cache(maxsize=2)
def _sums(size: int) -> Array:
    """Twelve sums of an image's numbers, as a matrix to multiply with."""
    angles = np.outer(np.arange(size) + 0.5, np.sqrt(np.arange(1, 13)))
    return np.asarray(np.cos(angles), np.float32)


def placed(found: Delivered, wanted: ExpectedImages, task: LoaderTask, call: LoaderCall) -> Iterator[str]:
    """Larger images: each holds an image of the data set, in one place or in places that vary."""
    spots, order = _spots(found, wanted)
    known = {index for index, _, _ in spots}
    if len(known) < len(found.images):
        missing = len(found.images) - len(known)
        yield f"gives {missing} of {len(found.images)} images in which no image of the data set is found whole"
        return
    yield from sample_problems([order[index] for index in range(len(found.images))], found, wanted)
    if not np.isfinite(found.images.reshape(len(found.images), -1).min(axis=1)).all():
        yield "gives images with numbers that are not finite"
    if call.shift and len({(row, column) for _, row, column in spots}) < MOVED:
        yield f"places all images alike: {task.named('shift')} is not passed on"
    if not call.shift and _moves(spots):
        asked = f": {task.named('shift')} was not asked for" if "shift" in task.options else ""
        yield f"places images at random{asked}"


def _spots(found: Delivered, wanted: ExpectedImages) -> tuple[list[tuple[int, int, int]], dict[int, int]]:
    """Where images of the data set are found (image, row, column), and which one in which image."""
    height, width = wanted.images.shape[2:]
    known = wanted.images.reshape(len(wanted.images), -1).astype(np.float32)
    sums = known @ _sums(known.shape[1])
    spots, order = list[tuple[int, int, int]](), dict[int, int]()
    rows, columns = (found.images.shape[2] - height + 1, found.images.shape[3] - width + 1)
    for row in range(rows):
        for column in range(columns):
            window = found.images[:, :, row : row + height, column : column + width]
            hits, which = _hits(window, known, sums)
            spots += [(int(index), row, column) for index in np.flatnonzero(hits)]
            order |= {int(index): int(which[index]) for index in np.flatnonzero(hits)}
    return spots, order


def _moves(spots: list[tuple[int, int, int]]) -> bool:
    """Whether no single place is shared by all images."""
    by_image: dict[int, set[tuple[int, int]]] = {}
    for index, row, column in spots:
        by_image.setdefault(index, set()).add((row, column))
    return not set.intersection(*by_image.values())


def _hits(windows: Array, known: Array, sums: Array) -> tuple[Array, Array]:
    """Whether each window is one of the known images, and which: the nearest by a few sums of pixels."""
    flat = windows.reshape(len(windows), -1)
    own = flat @ _sums(flat.shape[1])
    order = ((sums**2).sum(1)[None] - 2 * own @ sums.T).argmin(axis=1)
    near: Array = np.abs(own - sums[order]).max(axis=1) <= CLOSE * flat.shape[1]
    near[near] = np.abs(flat[near] - known[order[near]]).max(axis=1) <= CLOSE
    return near, order


def scrambled(found: Delivered, wanted: ExpectedImages, task: LoaderTask) -> Iterator[str]:
    """One permutation of pixels for all images: the pixels' columns over all images are the same ones."""
    if places(found.images, wanted.images) is not None:
        yield f"gives whole images: {task.named('scramble')} is not passed on"
        return
    flat, known = (np.sort(images.reshape(len(images), -1), axis=1) for images in (found.images, wanted.images))
    order = places(flat, known)
    if order is None:
        yield "gives images whose pixels are not those of the data set, scrambled"
        return
    yield from sample_problems(order, found, wanted)
    left = found.images.reshape(len(found.images), -1)
    right = wanted.images[order].reshape(len(order), -1)
    columns = [np.sort(_keys(array)) for array in (left, right)]
    if not np.allclose(columns[0], columns[1], atol=1e-2):
        yield "scrambles each image in its own way, expected the same permutation for all"


def _keys(images: Array) -> Array:
    """One number for each pixel's column over all images."""
    mixed: Array = images.T @ np.cos(np.arange(len(images)) + 0.5)
    return mixed


def noisy(found: Delivered, wanted: ExpectedImages, task: LoaderTask, call: LoaderCall) -> Iterator[str]:
    """Images of the data set, and noise of the standard deviation that is asked for."""
    if places(found.images, wanted.images) is not None:
        yield f"gives images without noise: {task.named('noise')} is not passed on"
        return
    flat, known = (images.reshape(len(images), -1) for images in (found.images, wanted.images))
    order = nearest(flat, known)
    # So much noise may make another image the nearest one, of a few.
    if len(set(order.tolist())) < MOST * len(order):
        yield from sample_problems(order.tolist(), found, wanted)
    elif float((found.labels == wanted.labels[order]).mean()) < MOST:
        yield "gives labels that do not belong to the images"
    rest = flat - known[order]
    spread = float(rest.std())
    if not 0.95 * call.noise < spread < 1.05 * call.noise or abs(float(rest.mean())) > 0.05:
        yield f"adds noise with standard deviation {spread:.2f}, expected {call.noise} on normalised images"
