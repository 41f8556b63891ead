"""What a trained network knows, measured from the weights that came back: its operations are run again here.

Nothing that was computed beside student code is believed: with labels that never went into the sandbox, invented losses
help as little as invented weights, unless those really recognise the images.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from grader.checks import replay
from grader.inside.training import WorkCounter
from grader.sandbox.protocol import Array

MOST_WEIGHTS = 50_000_000
LEAST_IMAGES = 30


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


def knowledge(
    network: replay.Network, tensors: Mapping[str, Tensor], images: Tensor, labels: Array, *, batch: int, work: float
) -> Knowledge:
    """Ask a network, `batch` images at a time: as many as its operations were written down for.

    `images` are N × …, `labels` N classes from 0. A large network is asked about as many of them as `work`
    multiply-adds allow, on any machine, but about `LEAST_IMAGES`. The last batch is filled up with images that do not
    count. Raises NotReplayable, also if the outputs are no logits.
    """
    known = {number: tensors[name] for name, number in network.names.items() if name in tensors}
    counter = WorkCounter()
    found: list[Tensor] = []
    for some in torch.split(images, batch):
        filled = torch.cat((some, images[: batch - len(some)]))
        with torch.no_grad(), contextlib.nullcontext() if found else counter:
            logits = replay.execute(network, {**known, network.input: filled}, keep=False)
        if logits.ndim != 2 or len(logits) != batch or logits.shape[1] <= labels.max(initial=0):
            raise replay.NotReplayable(f"its output is {tuple(logits.shape)}, no batch of logits")
        found.append(logits[: len(some)].double())
        if len(found) * batch >= LEAST_IMAGES and (len(found) + 1) * counter.work > work:
            break
    logits = torch.cat(found)
    labels = labels[: len(logits)].astype(np.int64)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels))
    return Knowledge(logits.argmax(1).numpy(), labels, float(loss), counter.work / batch)
