"""What a trained network knows, measured from the weights that came back: its operations are run again here.

Nothing that was computed beside student code is believed: with labels that never went into the sandbox, invented losses
help as little as invented weights, unless those really recognise the images.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from grader.checks import replay
from grader.checks.by_sample import instead_for, keeps_apart
from grader.inside.training import WorkCounter
from grader.sandbox.protocol import Array

MOST_WEIGHTS = 50_000_000
LEAST_IMAGES = 30
TOGETHER = 50  # images


@dataclass(frozen=True)
class Knowledge:
    """What a network says about images: predicted classes, and the mean cross-entropy.

    `work` is the number of multiply-adds for one image.
    """

    predictions: Array
    labels: Array
    loss: float
    work: float

    @property
    def images(self) -> int:
        """How many images it was asked about."""
        return len(self.predictions)

    @property
    def right(self) -> int:
        """How many of them it recognised."""
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """The share that it recognised."""
        return self.right / self.images if self.images else math.nan


def unpacked(arrays: Mapping[str, Array], shapes: Sequence[tuple[str, Sequence[int]]]) -> dict[str, Tensor]:
    """Parameters and buffers by name from what `inside/training.py` packed; `shapes` are those of the parameters.

    Raises NotReplayable if they do not fit.
    """
    sizes = [math.prod(shape) for _, shape in shapes]
    packed, scales = arrays.get("weights"), arrays.get("scales")
    if packed is None or scales is None or packed.dtype != np.uint8 or sum(sizes) > MOST_WEIGHTS:
        raise replay.NotReplayable("its weights after training did not come back")
    if packed.shape != (2 * sum(sizes),) or scales.shape != (len(shapes),) or scales.dtype.kind != "f":
        raise replay.NotReplayable("the weights that came back are not those of the network")
    parts = np.split(packed.view(np.float16).astype(np.float32), np.cumsum(sizes)[:-1]) if shapes else []
    weights = {
        name: (part * scale).reshape(tuple(shape))
        for (name, shape), part, scale in zip(shapes, parts, scales, strict=True)
    }
    buffers = {name.removeprefix("buffer."): array for name, array in arrays.items() if name.startswith("buffer.")}
    return replay.weights(weights) | replay.weights(buffers)


@dataclass(frozen=True)
class _Asked:
    """A network with its tensors by number; `highest` is the label that its logits have to reach."""

    network: replay.Network
    known: Mapping[int, Tensor]
    images: Tensor
    highest: int
    batch: int

    def batch_from(self, first: int) -> Tensor:
        """The logits of the images from there on, as many as the operations were written down for."""
        some = self.images[first : first + self.batch]
        filled = torch.cat((some, self.images[: self.batch - len(some)]))
        return self._logits(filled)[: len(some)]

    def together(self, some: Tensor) -> Tensor:
        """The logits of any number of images."""
        return self._logits(some, replay.SideBySide(instead=instead_for(self.batch)))

    def _logits(self, given: Tensor, beside: replay.SideBySide = replay.ALONE) -> Tensor:
        with torch.no_grad():
            made = replay.execute(self.network, {**self.known, self.network.input: given}, keep=False, beside=beside)
        if made.ndim != 2 or len(made) != len(given) or made.shape[1] <= self.highest:
            raise replay.NotReplayable(f"its output is {tuple(made.shape)}, no batch of logits")
        return made.double()


def knowledge(
    network: replay.Network, tensors: Mapping[str, Tensor], images: Tensor, labels: Array, *, batch: int, work: float
) -> Knowledge:
    """Ask a network, `batch` images at a time: as many as its operations were written down for.

    One of which each operation treats each image on its own is asked about `TOGETHER` at a time, after the first ones.
    `images` are N × …, `labels` N classes from 0. A large network is asked about as many of them as `work`
    multiply-adds allow, on any machine, but about `LEAST_IMAGES`. The last batch is filled up with images that do not
    count. Raises NotReplayable, also if the outputs are no logits.
    """
    known = {number: tensors[name] for name, number in network.used.items() if name in tensors}
    asked = _Asked(network, known, images, int(labels.max(initial=0)), batch)
    counter = WorkCounter()
    with counter:
        found = [asked.batch_from(0)]
    allowed = min(work / max(1, counter.work), len(images))  # work without limit is infinite
    count = max(math.ceil(LEAST_IMAGES / batch), int(allowed))
    images = images[: count * batch]
    try:
        if not keeps_apart(network):
            raise replay.NotReplayable("its samples are not apart")
        rest = [asked.together(some) for some in torch.split(images[batch:], TOGETHER) if len(some)]
    except replay.NotReplayable:
        rest = [asked.batch_from(first) for first in range(batch, len(images), batch)]
    found += rest
    logits = torch.cat(found)
    labels = labels[: len(logits)].astype(np.int64)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels))
    return Knowledge(logits.argmax(1).numpy(), labels, float(loss), counter.work / batch)
