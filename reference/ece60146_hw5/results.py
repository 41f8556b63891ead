"""What training the student's network here came to, at each learning rate, measured from the weights that came back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from sklearn.metrics import confusion_matrix
from torch import Tensor

from grader import Array, Evidence, Frame, answers, remembered
from grader.checks import (
    FORWARD_AND_BACKWARD,
    Graph,
    Knowledge,
    affordable,
    knowledge,
    replay,
    skips,
    unpacked,
    without_dropout,
)
from grader.checks import too_slow_here as too_slow

from . import settings
from .budget import LEARNING_RATES, START, case_id
from .data import CLASSES, normalised
from .packages import excuse
from .settings import images_of
from .structure import Structure, answer, structure

ENOUGH = 0.8  # of the steps that its operations allow, as they are counted here
HONEST = 0.8  # of the CPU seconds that a box says it used, so much at least was measured outside


@dataclass(frozen=True, kw_only=True)
class Result:
    """One learning rate. `losses` are what the box says; `before` and `after` were measured here on held-out images.

    `wanted` is the number of steps that the budget allows; `error` is the student's, `unmeasured` says why nothing
    could be measured. `unchanged` are parameters that are after training as they were before.
    """

    rate: float
    losses: Array
    steps: int
    wanted: int
    out_of_time: bool
    seconds: float
    device: str
    in_place: bool
    error: str | None
    unmeasured: str | None
    before: Knowledge | None
    after: Knowledge | None
    unchanged: frozenset[str]

    @property
    def images(self) -> int:
        """Held-out images that the network was asked about."""
        return self.after.images if self.after else 0

    @property
    def right(self) -> int:
        """Held-out images whose class was found."""
        return self.after.right if self.after else 0

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.after.accuracy if self.after else math.nan

    @property
    def slow(self) -> str | None:
        """That this machine is too slow for the budget, with an estimate of what would be needed."""
        return too_slow(self.steps, self.wanted, self.seconds) if self.out_of_time else None

    @property
    def cut_short(self) -> bool:
        """Whether it ended long before the budget did, for no reason that can be seen from outside."""
        return self.error is None and not self.out_of_time and self.steps < ENOUGH * self.wanted

    def matrix(self) -> Array:
        """`confusion_matrix[actual, predicted]`, counts; answers outside of the classes are left out."""
        if self.after is None:
            raise ValueError("there are no predictions")
        found: Array = confusion_matrix(self.after.labels, self.after.predictions, labels=list(range(CLASSES)))
        return found


@dataclass(frozen=True)
class _Held:
    """The network in evaluation mode, the images it is asked about, and what came back of its start."""

    network: replay.Network
    constants: Mapping[str, Tensor]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    images: Tensor
    labels: Array
    start: Frame

    def state(self, frame: Frame) -> dict[str, Tensor]:
        return unpacked(frame.arrays, self.shapes)

    @cached_property
    def before(self) -> Knowledge:
        return self.know(self.state(self.start))

    def know(self, state: Mapping[str, Tensor]) -> Knowledge:
        tensors = {**self.constants, **state}
        return knowledge(
            self.network,
            tensors,
            self.images,
            self.labels,
            batch=settings.BUDGET.replayed,
            work=settings.BUDGET.held_out_work,
        )


@remembered
def results(evidence: Evidence) -> list[Result]:
    """One for each learning rate. Raises MissingEvidence."""
    answer(evidence, "network", "structure")  # for the reason, if there is no network
    found = answers(evidence, "training", "training the network")
    cases = (START, *map(case_id, LEARNING_RATES))
    if any(case not in found for case in cases):
        raise evidence.why_missing()
    for case in cases:
        found.tried(case)  # what is ours is raised; what the student's code raised is a result
    frames = found.found
    excuse(evidence, *(frame.header.get("train_error") for frame in frames.values()))
    try:
        with replay.or_a_person():
            held: _Held | str = _held(structure(evidence), frames[START], evidence.seed)
    except replay.NotReplayable as reason:
        held = f"the network cannot be run again: {reason}"
    used = sum(run.cpu_s for run in evidence.code_runs)
    return [_result(rate, frames[case_id(rate)], frames[START], held, used) for rate in LEARNING_RATES]


def _held(found: Structure, start: Frame, seed: int) -> _Held:
    """Raises NotReplayable."""
    if isinstance(error := start.header.get("trace_error"), str):
        raise replay.NotReplayable(f"in evaluation mode its forward pass fails: {error[:300]}")
    network = without_dropout(replay.parse(start.header.get("trace")))
    if found.graph is None or _layers(Graph(network, found.shapes)) != _layers(found.graph):
        raise replay.NotReplayable("in evaluation mode it does not run the layers that it runs in training mode")
    images = images_of(seed)
    constants = {name: array for name, array in start.arrays.items() if name.startswith("constant.")}
    shapes = tuple((part.name, part.shape) for part in found.parameters)
    held_out = torch.from_numpy(normalised(images.held_out))
    return _Held(network, replay.weights(constants), shapes, held_out, images.held_out_labels, start)


def _layers(graph: Graph) -> tuple[list[str], list[list[str]]]:
    """A network's convolutions in order, and those of each skip block."""

    def name(index: int) -> str:
        weight = graph.weight(index)
        return weight if weight in graph.shapes else ""

    blocks = [sorted(name(index) for index in block.main) for block in skips.blocks(graph)]
    return [name(index) for index in sorted(graph.convolutions)], blocks


def _result(rate: float, frame: Frame, start: Frame, held: _Held | str, used: float) -> Result:
    header = frame.header
    error = _error(header) or _error(start.header)
    before = after = None
    unchanged: frozenset[str] = frozenset()
    unmeasured = held if isinstance(held, str) else None
    if error is None and isinstance(held, _Held):
        try:
            with replay.or_a_person():
                first, last = held.state(start), held.state(frame)
                before, after = held.before, held.know(last)
            unchanged = frozenset(name for name, _ in held.shapes if torch.equal(first[name], last[name]))
        except replay.NotReplayable as reason:
            unmeasured = f"what it learned cannot be measured: {reason}"
    losses, seconds = _numbers(frame.arrays.get("losses")), _number(header.get("seconds"))
    step = FORWARD_AND_BACKWARD * settings.BUDGET.batch * after.work if after else _number(header.get("work"))
    wanted = affordable(settings.BUDGET.steps, settings.BUDGET.work, step)
    return Result(
        rate=rate,
        losses=losses,
        steps=len(losses),
        wanted=wanted,
        out_of_time=header.get("stopped") == "time" and len(losses) < wanted and used >= HONEST * seconds,
        seconds=seconds,
        device="cuda" if header.get("device") == "cuda" else "cpu",
        in_place=header.get("in_place") is True,
        error=error,
        unmeasured=unmeasured,
        before=before,
        after=after,
        unchanged=unchanged,
    )


def _error(header: Mapping[str, object]) -> str | None:
    """What the student's code raised."""
    return next(
        (str(header[name])[:500] for name in ("train_error", "error") if isinstance(header.get(name), str)), None
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0 else 0.0


def _numbers(array: Array | None) -> Array:
    good = array is not None and array.ndim == 1 and array.dtype.kind in "iuf" and array.size <= 100_000
    return array.astype(np.float64) if good and array is not None else np.zeros(0)
