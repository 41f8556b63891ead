"""What training the student's network here came to, at each learning rate, measured from the weights that came back."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from grader.checks import replay, skips
from grader.checks.chosen.absent_packages import excuse_absent
from grader.checks.chosen.chosen_network import ChosenNetwork
from grader.checks.chosen.network_structure import NetworkStructure
from grader.checks.chosen.rate_results import RateResult
from grader.checks.chosen.reference_reached import HeldOutBudget, ReferenceReached, case_id, reference_reached
from grader.checks.graph import Graph, is_gated, without_dropout
from grader.checks.image_folders import normalised
from grader.checks.learning import MOST_WEIGHTS, Knowledge, knowledge, unpacked
from grader.checks.reported.learning_rates import rate_words
from grader.checks.reported.matrix_of_each_rate import class_names
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Matrix, MatrixPanel
from grader.inside.training import FORWARD_AND_BACKWARD, affordable
from grader.probes import Ask
from grader.readings.remember import remembered
from grader.readings.typed_frames import answers
from grader.sandbox.protocol import Array, Frame
from grader.words import spelled

START = "start"  # the case that asks for the weights before training
HONEST = 0.8  # of the CPU seconds that a box says it used, so much at least was measured outside


@dataclass(frozen=True, kw_only=True)
class TrainedHere:
    """How a network is trained in the sandbox, by the grader's own loop, and what it is measured with outside.

    Adam on the cross-entropy at each of `rates`, on the served arrays `train_images` (uint8) and `train_labels`;
    `held_out` gives uint8 images and labels by the batch's seed that are never served. What the reference reached lies
    in the file `measured`; `data` is what that calls the images. A network for which the budget allows fewer than
    `least_steps` is left to a person.
    """

    network: ChosenNetwork
    budget: HeldOutBudget
    rates: tuple[float, ...]
    train_images: str
    train_labels: str
    held_out: Callable[[int], tuple[Array, Array]]
    measured: Path
    data: str
    least_steps: int = 40

    @property
    def probe(self) -> Ask:
        """The weights at the start, and for each learning rate those after training."""
        rates = enumerate(self.rates)
        named = {START: self.budget} | {
            case_id(rate): replace(self.budget, learning_rate=rate, shuffle=1 + index) for index, rate in rates
        }
        arrays = {"train_images": self.train_images, "train_labels": self.train_labels}
        told = {**self.network.told, **arrays}
        cases = [{"id": name, **told, **asdict(budget)} for name, budget in named.items()]
        seconds = self.budget.cpu_s + 2 * self.budget.step_cpu_s
        return Ask("training", "chosen_training", cases, seconds=seconds, library=True)

    @property
    def probes(self) -> tuple[Ask, Ask]:
        """What is asked: first what the network is."""
        return self.network.probe, self.probe

    @property
    def reached(self) -> ReferenceReached:
        """What the reference reached; nothing where that is hidden."""
        return reference_reached(self.measured)

    @property
    def is_measured(self) -> bool:
        """Whether the reference was measured on these images."""
        return self.reached.data == self.data

    def too_few(self, run: RateResult) -> bool:
        """Whether the network is so large that no verdict can be made after the steps that the budget allows."""
        return run.wanted < self.least_steps <= self.budget.steps

    def results(self, evidence: Evidence) -> list[RateResult]:
        """One for each learning rate. Raises MissingEvidence."""
        return _results(evidence, self)

    def matrices(self, evidence: Evidence) -> tuple[Matrix, ...]:
        """The confusion matrices of held-out images, as one exhibit; none if nothing was measured."""
        try:
            runs = [run for run in self.results(evidence) if run.after is not None]
        except MissingEvidence:
            return ()
        if not runs:
            return ()
        classes = self.network.classes
        return (
            Matrix(
                "recomputed",
                "Confusion matrices recomputed here",
                f"The same network trained here for a short time on the grader's own {spelled(classes)} classes and "
                "asked for held-out images: other images and less training than in the report.",
                class_names(classes),
                tuple(_panel(run) for run in runs),
            ),
        )


def _panel(run: RateResult) -> MatrixPanel:
    counts = tuple(tuple(float(value) for value in row) for row in run.matrix())
    return MatrixPanel(f"rate {rate_words(run.rate)}, {100 * run.accuracy:.1f} % of {run.images}", counts)


@dataclass(frozen=True)
class _Held:
    """The network in evaluation mode, the images it is asked about, and what came back of its start."""

    network: replay.Network
    constants: Mapping[str, Tensor]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    images: Tensor
    labels: Array
    start: Frame
    budget: HeldOutBudget

    def state(self, frame: Frame) -> dict[str, Tensor]:
        return unpacked(frame.arrays, self.shapes)

    @cached_property
    def before(self) -> Knowledge:
        return self.know(self.state(self.start))

    def know(self, state: Mapping[str, Tensor]) -> Knowledge:
        tensors = {**self.constants, **state}
        budget = self.budget
        return knowledge(
            self.network, tensors, self.images, self.labels, batch=budget.replayed, work=budget.held_out_work
        )


@remembered
def _results(evidence: Evidence, trained: TrainedHere) -> list[RateResult]:
    trained.network.answer(evidence, "structure")  # for the reason, if there is no network
    found = answers(evidence, "training", "training the network")
    cases = (START, *map(case_id, trained.rates))
    if any(case not in found for case in cases):
        raise evidence.why_missing()
    for case in cases:
        found.tried(case)  # what is ours is raised; what the student's code raised is a result
    frames = found.found
    excuse_absent(evidence, *(frame.header.get("train_error") for frame in frames.values()))
    try:
        with replay.or_a_person():
            structure = trained.network.structure(evidence)
            _excuse_too_large(structure, frames.values())
            held: _Held | str = _held(structure, frames[START], trained, evidence.seed)
    except replay.NotReplayable as reason:
        held = f"the network cannot be run again: {reason}"
    used = sum(run.cpu_s for run in evidence.code_runs)
    return [_result(rate, frames[case_id(rate)], frames[START], held, used, trained) for rate in trained.rates]


def _excuse_too_large(found: NetworkStructure, frames: Collection[Frame]) -> None:
    """Raises MissingEvidence, ours, if the network has more weights than come back to be measured."""
    weights = sum(math.prod(part.shape) for part in found.parameters)
    failed = any(isinstance(frame.header.get("train_error"), str) for frame in frames)  # by the student's code
    if not failed and (weights > MOST_WEIGHTS or any(frame.header.get("left_out") is True for frame in frames)):
        raise MissingEvidence(
            f"the network has {weights / 1e6:.1f} million weights, too many for them to come back and be measured here",
            ours=True,
            hint="look at the loss curves of the report",
        )


def _held(found: NetworkStructure, start: Frame, trained: TrainedHere, seed: int) -> _Held:
    """Raises NotReplayable."""
    if isinstance(error := start.header.get("trace_error"), str):
        raise replay.NotReplayable(f"in evaluation mode its forward pass fails: {error[:300]}")
    network = without_dropout(replay.parse(start.header.get("trace")))
    if found.graph is None or _layers(Graph(network, found.shapes)) != _layers(found.graph):
        raise replay.NotReplayable("in evaluation mode it does not run the layers that it runs in training mode")
    images, labels = trained.held_out(seed)
    constants = {name: array for name, array in start.arrays.items() if name.startswith("constant.")}
    shapes = tuple((part.name, part.shape) for part in found.parameters)
    held_out = torch.from_numpy(normalised(images))
    return _Held(network, replay.weights(constants), shapes, held_out, labels, start, trained.budget)


def _layers(graph: Graph) -> tuple[list[str], list[list[str]]]:
    """A network's convolutions in order, and those of each skip block."""

    def name(index: int) -> str:
        weight = graph.weight(index)
        return weight if weight in graph.shapes else ""

    blocks = [sorted(name(index) for index in block.main) for block in skips.blocks(graph)]
    return [name(index) for index in sorted(graph.convolutions)], blocks


def _result(
    rate: float, frame: Frame, start: Frame, held: _Held | str, used: float, trained: TrainedHere
) -> RateResult:
    header, budget = frame.header, trained.budget
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
    step = FORWARD_AND_BACKWARD * budget.batch * after.work if after else _number(header.get("work"))
    wanted = affordable(budget.steps, budget.work, step)
    return RateResult(
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
        classes=trained.network.classes,
        gated=isinstance(held, _Held) and is_gated(held.network),
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
