"""The submission's VGG_38s: as they were made, and after a small budget, computed again from what came back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from grader import Evidence, Frame, MissingEvidence, answers, plain_runs, remembered, trace_in
from grader.checks import (
    FLOAT32_ROUNDING,
    Graph,
    Network,
    Normalised,
    graph,
    other_when_run,
    own_arrays,
    replay,
    sequence,
    text,
)

from . import data
from .cases import BUDGETS, FILTERS, Budget

DRAWN = 32  # numbers: a layer's weight has more


@dataclass(frozen=True)
class Made:
    """A network as it was made, at the handout's size: depth, classes used, gradient of each layer's weight.

    `first` is the gradient of the first layer that the image meets; of several the smallest one. `entrance` are the
    names of these layers' weights.
    """

    origin: str
    depth: int
    normalised: Normalised
    used: Mapping[str, int]
    gradients: tuple[float, ...]
    first: float
    entrance: frozenset[str] = frozenset()

    def after(self, trained: Trained) -> Made:
        """The same, corrected by what training showed: operations run again know of no `no_grad`."""
        return replace(self, first=0.0) if self.entrance & set(trained.idle) else self


@dataclass(frozen=True)
class Trained:
    """After the budget: the losses while training as the box saw them, and those computed here.

    `idle` are the weights of layers that are the same before and after: no gradient ever reached them. `strangers`
    are layers whose weights are no parameters of the network, so that no optimizer gets them.
    """

    budget: Budget
    filters: int
    losses: tuple[float, ...]
    training: float
    evaluation: float
    idle: tuple[str, ...] = ()
    strangers: int = 0


@dataclass(frozen=True)
class Built:
    """One network of the submission's blocks. `problem` is the student's; the parts that came back are there.

    `command` is the submission's command line that builds it; None where the grader paired the blocks.
    """

    blocks: tuple[str, ...]
    made: Made | None = None
    trained: Trained | None = None
    problem: str | None = None
    command: str | None = None

    @property
    def words(self) -> str:
        """The classes, for a message."""
        return " and ".join(self.blocks)

    @property
    def made_by(self) -> str:
        """The command line in brackets, for a message; nothing where there is none."""
        return f" ({self.command})" if self.command else ""


@remembered
def built(evidence: Evidence, case: str) -> Built:
    """The network that was built for a case.

    Raises MissingEvidence: ours if the grader failed, else because nothing came back.
    """
    answered = answers(evidence, "networks", "making or training the network")
    raised = answered.tried(case)
    frame = answered.found.get(case)
    if frame is None:
        raise evidence.why_missing()
    if isinstance(same := frame.header.get("same_as"), str) and same != case:
        return built(evidence, same)
    error = text(frame.header.get("error"), 600) if isinstance(raised, MissingEvidence) else None
    command = text(frame.header.get("command"), 200)
    blocks = tuple(str(name)[:100] for name in sequence(frame.header.get("blocks"), 2))
    try:
        with replay.or_a_person():
            made = _made(evidence, case)
            trained = None if error is not None else _trained(frame, evidence.seed)
    except replay.NotReplayable as problem:
        if "too large" in str(problem):  # for this machine: that is no mistake of the student
            raise MissingEvidence(f"the grader cannot run this network again: {problem}", ours=True) from None
        return Built(blocks, problem=str(problem), command=command)
    return Built(blocks, made, trained, error, command)


def _made(evidence: Evidence, case: str) -> Made | None:
    frame = next((frame for frame in evidence.of_kind("made") if frame.header.get("case") == case), None)
    return _computed(frame, evidence.seed) if frame is not None else None


def _computed(frame: Frame, seed: int) -> Made:
    network = graph.without_dropout(replay.parse(trace_in(frame, "training")))
    images, labels = data.full(seed)
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
    return Made(
        str(frame.header.get("network"))[:300],
        whole.depth,
        whole.normalised(),
        graph.classes_used(network),
        tuple(_gradient(network, node, tensors) for node in whole.layers),
        min((_gradient(network, node, tensors) for node in whole.first_layers), default=0.0),
        frozenset(graph.names_in(network, whole.first_layers)),
    )


def _believe(frame: Frame, mode: str, images: Tensor, again: Tensor) -> None:
    """Raise NotReplayable unless the network computes the same when nobody watches; UnknownOperation if we cannot say.

    `again` is what its operations give for the images.
    """
    network = replay.parse(trace_in(frame, mode))
    if graph.is_random(network):
        return
    plain = plain_runs(frame, mode)
    if other := other_when_run(network, _tensors(frame, mode), images, plain, again=again, share=FLOAT32_ROUNDING):
        raise replay.NotReplayable(other)


def _gradient(network: Network, node: replay.Node, tensors: Mapping[str, Tensor]) -> float:
    grads = [
        tensors[name].grad for name in graph.names_in(network, [node]) if name in tensors and tensors[name].dim() > 1
    ]
    grad = grads[0] if grads else None
    return float(grad.double().abs().mean()) if grad is not None else 0.0


def _trained(frame: Frame, seed: int) -> Trained:
    budget = BUDGETS.get(str(frame.header.get("budget")))
    losses = frame.arrays.get("losses", np.zeros(0))
    if budget is None or losses.dtype != np.float64 or losses.shape != (budget.steps,):
        raise replay.NotReplayable("its training could not be written down")
    images, labels = (torch.from_numpy(array) for array in data.small(budget, seed))
    filters = FILTERS if frame.header.get("filters") == FILTERS else budget.filters
    training, evaluation = (_loss(frame, mode, images, labels) for mode in ("training", "evaluation"))
    return Trained(
        budget, filters, tuple(losses.tolist()), training, evaluation, tuple(_idle(frame)), _strangers(frame)
    )


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
