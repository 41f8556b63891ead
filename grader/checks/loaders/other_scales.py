"""Why images are not found in the data set: another half's, or normalised in another way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from grader.checks.loaders.delivered import Delivered, ExpectedImages, by_channel, normalised, places
from grader.checks.loaders.loader_task import LoaderCall, LoaderTask
from grader.sandbox.protocol import Array

STRANGE = ("mixed", "normalis", "subtracts", "divides")  # in words on images that are not those asked for


def strange(task: LoaderTask) -> tuple[str, ...]:
    """Signs in a problem's words that a loader's images are others: what options do to them cannot be judged."""
    return (*(f"the {name} images" for name in task.loaders), *STRANGE)


def why_unknown(
    found: Delivered, name: str, expected: Mapping[str, ExpectedImages], task: LoaderTask, call: LoaderCall
) -> str:
    """What a loader gives in place of its own images, in words."""
    for other in expected:
        if other != name and places(found.images, expected[other].images) is not None:
            return f"gives the {other} images"
    every = np.concatenate([part.images for part in expected.values()])
    if places(found.images, every) is not None:
        return f"gives {' and '.join(expected)} images mixed"
    dataset = task.sets[call.dataset]
    right = f"(image − {dataset.mean}) / {dataset.std}"
    for words, images in _undone(found.images, task, call):
        if places(images, every) is not None:
            return f"{words}, expected {right}"
    shown = f"values from {found.images.min():.3g} to {found.images.max():.3g}"
    return f"gives images that are not the data set's, normalised as {right} ({shown})"


def _undone(images: Array, task: LoaderTask, call: LoaderCall) -> Iterator[tuple[str, Array]]:
    """Usual mistakes, undone: the images as they should have been."""
    dataset = task.sets[call.dataset]
    mean, std = by_channel(dataset.mean), by_channel(dataset.std)
    tried: list[tuple[str, Array | float, Array | float, float]] = [
        ("does not normalise the images (0 to 1)", 0.0, 1.0, 1.0),
        ("does not scale or normalise the images (0 to 255)", 0.0, 1.0, 1 / 255),
        ("normalises with 0.5 and 0.5", 0.5, 0.5, 1.0),
        ("normalises with mean and standard deviation exchanged", std, mean, 1.0),
        ("subtracts the mean but does not divide by the standard deviation", mean, 1.0, 1.0),
        ("divides by the standard deviation but does not subtract the mean", 0.0, std, 1.0),
        ("normalises twice", mean * std + mean, std * std, 1.0),
    ]
    for other, constants in task.sets.items():
        if other != call.dataset and np.size(constants.mean) == np.size(dataset.mean):
            words = f"normalises with {other}'s constants"
            tried.append((words, by_channel(constants.mean), by_channel(constants.std), 1.0))
    yield from (
        (words, normalised((images * spread + middle) * factor, dataset)) for words, middle, spread, factor in tried
    )
