"""What one loader gave, and what it should have given: images, labels, sizes of batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from grader.checks.loaders.loader_task import LoaderCall, LoaderTask, NormalisedSet
from grader.readings.fields import sequence
from grader.sandbox.protocol import Array, Frame

CLOSE = 2e-3  # of a standard deviation: some write the constants with fewer digits


@dataclass(frozen=True)
class Delivered:
    """What one loader gave: N × C × H × W images, labels, sizes of batches."""

    images: Array
    labels: Array
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class ExpectedImages:
    """The images that a loader has to give, N × C × H × W, normalised, in the data set's order."""

    images: Array
    labels: Array


def expected(task: LoaderTask, served: Mapping[str, Array], call: LoaderCall) -> dict[str, ExpectedImages]:
    """What each of the loaders has to give, before options change it."""
    dataset = task.sets[call.dataset]
    found = {}
    for name, half in task.loaders.items():
        images, labels = served[f"{dataset.served}.{half}.images"], served[f"{dataset.served}.{half}.labels"]
        found[name] = ExpectedImages(normalised(shares(images), dataset), labels)
    return found


def shares(images: Array) -> Array:
    """Images in uint8, N × H × W or N × H × W × C, as N × C × H × W from 0 to 1."""
    return (images[:, None] if images.ndim == 3 else np.moveaxis(images, -1, 1)) / 255


def normalised(images: Array, dataset: NormalisedSet) -> Array:
    """Images from 0 to 1 (N × C × H × W) as the data set's are normalised."""
    return np.asarray((images - by_channel(dataset.mean)) / by_channel(dataset.std))


def by_channel(values: float | tuple[float, ...]) -> Array:
    """Constants that go with N × C × H × W."""
    return np.asarray(values, np.float64).reshape(-1, 1, 1)


def delivered(frame: Frame, name: str, channels: int) -> Delivered | str:
    """What a loader gave; in words why that is no batches of images and labels."""
    header = frame.header[name]
    images, labels = frame.arrays.get(f"{name}.images"), frame.arrays.get(f"{name}.labels")
    if not isinstance(header, dict) or header.get("too_many"):
        return "does not end: it gives more batches than there can be"
    if images is None or labels is None or len(images) != len(labels) or images.dtype.kind not in "fiu":
        return "gives no batches of images and labels"
    if images.ndim != 4 or images.shape[1] != channels:
        return f"gives images of {' × '.join(map(str, images.shape[1:]))}, expected {channels} × height × width"
    sizes = tuple(part for part in sequence(header.get("sizes")) if type(part) is int)
    return Delivered(images.astype(np.float64), labels.reshape(-1), sizes)


def batch_problems(found: Delivered, wanted: ExpectedImages, batch_size: int) -> Iterator[str]:
    """What is wrong with the sizes of batches."""
    count = len(wanted.images)
    full, rest = divmod(count, batch_size)
    sizes = (batch_size,) * full + ((rest,) if rest else ())
    if found.sizes == sizes:
        return
    if found.sizes and found.sizes[0] != batch_size and found.sizes[0] != count:
        yield f"has batches of {found.sizes[0]}, expected {batch_size}"
    elif len(found.images) == full * batch_size:
        yield f"leaves out the last batch of {rest}, expected all {count} samples"
    elif len(found.images) == count:
        yield f"has batches of {', '.join(map(str, found.sizes[:3]))}…, expected {batch_size}"


def sample_problems(order: list[int], found: Delivered, wanted: ExpectedImages) -> Iterator[str]:
    """What is wrong with which images came: `order` has for each its place in the data set."""
    repeated = len(order) - len(set(order))
    if repeated:
        yield f"gives {repeated} samples more than once, expected each of {len(wanted.images)} once"
    elif len(order) < len(wanted.images) - max(found.sizes, default=0):
        yield f"gives {len(order)} of {len(wanted.images)} samples, expected each once"
    if not np.array_equal(found.labels, wanted.labels[order]):
        yield "gives labels that do not belong to the images"


def places(found: Array, wanted: Array) -> list[int] | None:
    """For each image its place in the data set, or None if one is not there."""
    flat, known = found.reshape(len(found), -1), wanted.reshape(len(wanted), -1)
    if flat.shape[1:] != known.shape[1:]:
        return None
    order = nearest(flat, known)
    near = np.abs(flat - known[order]).max(axis=1) <= CLOSE
    return [int(index) for index in order] if near.all() else None


def nearest(flat: Array, known: Array) -> Array:
    """For each row of N × D the place of the nearest row of M × D."""
    distances = (flat**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * flat @ known.T
    return np.asarray(distances.argmin(axis=1))
