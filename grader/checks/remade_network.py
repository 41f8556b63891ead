"""A student's network as it was made, and after its training: computed again from the operations that came back.

A frame of it holds its trace in `training` and in `evaluation` mode (as `grader/inside/passes.py` writes them), arrays
named `state.NAME` of its parameters and buffers, and after training `before.NAME` of its parameters as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from grader.checks import graph, replay
from grader.checks.convolutional.block_behaviour import ROUNDING
from grader.checks.graph import Graph, Normalised
from grader.checks.operations import Network
from grader.checks.watched import other_when_run
from grader.readings.fields import own_arrays, sequence
from grader.readings.typed_frames import plain_runs, trace_in
from grader.sandbox.protocol import Array, Frame

DRAWN = 32  # numbers: a layer's weight has more


@dataclass(frozen=True)
class AsMade:
    """A network as it was made: depth, classes used, mean absolute gradient of each layer's weight for a batch.

    `first` is the gradient of the first layer that the input meets; of several the smallest one. `entrance` are the
    names of these layers' weights. `origin` is what made it.
    """

    origin: str
    depth: int
    normalised: Normalised
    used: Mapping[str, int]
    gradients: tuple[float, ...]
    first: float
    entrance: frozenset[str] = frozenset()

    def after(self, trained: AfterTraining) -> AsMade:
        """The same, corrected by what training showed: operations run again know of no `no_grad`."""
        return replace(self, first=0.0) if self.entrance & set(trained.idle) else self


@dataclass(frozen=True, kw_only=True)
class AfterTraining:
    """After a training: the losses as the box saw them, and those computed here, in both modes.

    `idle` are the weights of layers that are the same before and after: no gradient ever reached them. `strangers`
    are layers whose weights are no parameters of the network, so that no optimizer gets them.
    """

    losses: tuple[float, ...]
    training: float
    evaluation: float
    idle: tuple[str, ...] = ()
    strangers: int = 0


def as_made(frame: Frame, images: Array, labels: Array) -> AsMade:
    """Its gradients of the mean cross-entropy in training mode. Raises NotReplayable."""
    network = graph.without_dropout(replay.parse(trace_in(frame, "training")))
    tensors = _tensors(frame, "training")
    for name in sequence(frame.header.get("parameters")):
        if name in tensors:
            tensors[name].requires_grad_(tensors[name].is_floating_point())
    logits = replay.run(network, tensors, torch.from_numpy(images))
    _believe(frame, "training", torch.from_numpy(images), logits)
    if not logits.requires_grad:
        raise replay.NotReplayable("no gradient comes back from its output to any of its weights")
    F.cross_entropy(logits, torch.from_numpy(labels)).backward()  # type: ignore[no-untyped-call]
    whole = Graph(network)
    return AsMade(
        str(frame.header.get("network"))[:300],
        whole.depth,
        whole.normalised(),
        graph.classes_used(network),
        tuple(_gradient(network, node, tensors) for node in whole.layers),
        min((_gradient(network, node, tensors) for node in whole.first_layers), default=0.0),
        frozenset(graph.names_in(network, whole.first_layers)),
    )


def after_training(frame: Frame, steps: int, images: Array, labels: Array) -> AfterTraining:
    """What became of it in so many steps, on the images and labels that it was trained on. Raises NotReplayable."""
    losses = frame.arrays.get("losses", np.zeros(0))
    if losses.dtype != np.float64 or losses.shape != (steps,):
        raise replay.NotReplayable("its training could not be written down")
    batch, targets = torch.from_numpy(images), torch.from_numpy(labels)
    training, evaluation = (_loss(frame, mode, batch, targets) for mode in ("training", "evaluation"))
    return AfterTraining(
        losses=tuple(losses.tolist()),
        training=training,
        evaluation=evaluation,
        idle=tuple(_idle(frame)),
        strangers=_strangers(frame),
    )


def _believe(frame: Frame, mode: str, images: Tensor, again: Tensor) -> None:
    """Raise NotReplayable unless the network computes the same when nobody watches; UnknownOperation if we cannot say.

    `again` is what its operations give for the images.
    """
    network = replay.parse(trace_in(frame, mode))
    if graph.is_random(network):
        return
    plain = plain_runs(frame, mode)
    if other := other_when_run(network, _tensors(frame, mode), images, plain, again=again, share=ROUNDING):
        raise replay.NotReplayable(other)


def _gradient(network: Network, node: replay.Node, tensors: Mapping[str, Tensor]) -> float:
    grads = [
        tensors[name].grad for name in graph.names_in(network, [node]) if name in tensors and tensors[name].dim() > 1
    ]
    grad = grads[0] if grads else None
    return float(grad.double().abs().mean()) if grad is not None else 0.0


def _idle(frame: Frame) -> Iterator[str]:
    """Weights that the operations use and training left as they were."""
    network = replay.parse(trace_in(frame, "training"))
    for name in dict.fromkeys(graph.names_in(network, network.reached())):
        before, after = frame.arrays.get(f"before.{name}"), frame.arrays.get(f"state.{name}")
        if before is not None and after is not None and before.ndim > 1 and np.array_equal(before, after):
            yield name[:100]


def _strangers(frame: Frame) -> int:
    """Layers whose weight is a constant that looks drawn: a filter that is fixed on purpose has few values."""
    network = replay.parse(trace_in(frame, "training"))
    named = dict.fromkeys(graph.names_in(network, Graph(network).layers))
    weights = [frame.arrays.get(f"training.{name}") for name in named if name.startswith("constant.")]
    return sum(
        weight is not None and weight.ndim > 1 and weight.size >= DRAWN and len(np.unique(weight)) > weight.size / 2
        for weight in weights
    )


def _loss(frame: Frame, mode: str, images: Tensor, labels: Tensor) -> float:
    written = replay.parse(trace_in(frame, mode))
    network = graph.without_dropout(written) if mode == "training" else written
    with torch.no_grad():
        logits = replay.run(network, _tensors(frame, mode), images)
    _believe(frame, mode, images, logits)
    if logits.dim() != 2 or len(logits) != len(labels) or logits.shape[1] <= int(labels.max()):
        raise replay.NotReplayable(f"expected logits of shape {len(labels)} × classes, found {tuple(logits.shape)}")
    return float(F.cross_entropy(logits.float(), labels))


def _tensors(frame: Frame, mode: str) -> dict[str, Tensor]:
    return replay.weights({**own_arrays(frame, "state."), **own_arrays(frame, f"{mode}.")})
