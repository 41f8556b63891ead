"""Whether a student's network computes what the reference computes, and if not, from which layer on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from grader.checks import operations, replay
from grader.checks.layerwise import layer_weights, learning_layers
from grader.checks.layerwise.layer_list import Layer, LayerRow, aligned, distance, layers
from grader.checks.layerwise.layer_weights import CarriedLayers, LayerTensors
from grader.checks.made import MadeNetwork, Pass
from grader.checks.power import Power, power_of_outputs
from grader.checks.power import together as powers_together
from grader.inside.tracing import trace
from grader.sandbox.protocol import Array

TOLERANCE = 1e-4  # of the largest output; float32 was seen to differ from float64 by far less (measured.json)
MODES = ("training", "evaluation")
_CUTS_OFF = "{what} cuts gradients off: expected none of detach(), .data and no_grad() on the way to its output"


@dataclass(frozen=True)
class Deviation:
    """Student against reference for one batch in one mode, relative to the reference's largest output.

    `power` says which wrong outputs would have been seen.
    """

    mode: str
    batch: int
    width: int
    relative: float
    problem: str | None = None
    power: Power | None = None


@dataclass(frozen=True)
class JudgedNetwork:
    """One network: how far its outputs are off, and its layers beside the reference's."""

    what: str
    deviations: tuple[Deviation, ...]
    rows: tuple[LayerRow, ...] = ()
    depth: tuple[float, ...] = ()
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    variant: str = ""
    parameters: tuple[int, int] = (0, 0)

    @property
    def right(self) -> bool:
        """Whether all outputs agree."""
        return not self.problems and all(part.problem is None for part in self.deviations)

    @property
    def largest(self) -> float:
        """The largest relative deviation."""
        return max((part.relative for part in self.deviations), default=math.inf)

    @property
    def power(self) -> Power:
        """Of all comparisons that were made."""
        return powers_together([part.power for part in self.deviations if part.power])


@dataclass(frozen=True)
class NetworkTask:
    """What a network is compared with: variants of the reference (any of them is right) on hidden batches.

    Of a `whole` network gradients need not come through to its inputs, as they have to of a part of one.
    `rivals` are wrong outputs of a variant, by what they are called, that have to differ from its right ones.
    """

    what: str
    variants: Mapping[str, nn.Module]
    batches: Sequence[Array]
    seed: int
    ignored: Sequence[str] = field(default_factory=tuple)
    rivals: Mapping[str, Callable[[nn.Module, Tensor], Tensor]] = field(default_factory=dict)
    whole: bool = False


def judge_network(made: MadeNetwork, task: NetworkTask) -> JudgedNetwork:
    """Try every variant and every way to carry the weights over; explain the nearest one if none agrees."""
    moved = layer_weights.carried(made, task.seed)
    failed = tuple(_errors(made, task, moved))
    found: list[JudgedNetwork] = []
    for name, reference in task.variants.items():
        for choice in () if failed else layer_weights.trials(reference, moved.groups):
            layer_weights.fill(reference, choice, moved.values)
            compared = list(_compared(made, reference, task))
            agree = all(part.deviation.problem is None for part in compared)
            deviations = tuple(part.with_power() if agree else part.deviation for part in compared)
            problems = tuple(_learning(made, task, reference, choice))
            judged = JudgedNetwork(task.what, deviations, problems=problems, variant=name)
            if judged.right:
                return _right(made, task, moved, reference, judged)
            found.append(judged)
    return _wrong(made, task, moved, failed, found)


def _errors(made: MadeNetwork, task: NetworkTask, moved: CarriedLayers) -> Iterator[str]:
    what = task.what
    freezes = any(learning_layers.freezes(reference) for reference in task.variants.values())
    if not freezes and (frozen := learning_layers.frozen(made, moved)):
        yield f"{', '.join(frozen[:4])} do not learn: expected requires_grad for all weights"
    elif not freezes and not made.passes["training"].error and _cuts_gradients_off(made, task):
        yield _CUTS_OFF.format(what=what)
    errors = {
        mode: error.strip().splitlines()[-1][:200]
        for mode in MODES
        if (error := made.passes[mode].error) and error.strip()
    }
    if len(errors) == len(MODES) and len(set(errors.values())) == 1:
        yield f"{what} raises {errors[MODES[0]]}"
    else:
        yield from (f"{what} raises in {mode} mode {error}" for mode, error in errors.items())


def _cuts_gradients_off(made: MadeNetwork, task: NetworkTask, of: Sequence[str] | None = None) -> bool:
    return made.cuts_gradients_off("training", task.batches[0], task.seed, of_inputs=not task.whole, of=of)


def _learning(
    made: MadeNetwork, task: NetworkTask, reference: nn.Module, choice: Sequence[LayerTensors]
) -> Iterator[str]:
    """Where the reference freezes layers: whether the same ones learn."""
    if not learning_layers.freezes(reference):
        return
    others = list(learning_layers.differences(made, reference, choice))
    yield from others
    learning = learning_layers.learning(reference, choice)
    if learning and not others and _cuts_gradients_off(made, task, learning):
        yield _CUTS_OFF.format(what=task.what)


@dataclass(frozen=True)
class _Compared:
    """One comparison: `wanted` is right, each of `others` a wrong output that is to differ from it."""

    deviation: Deviation
    wanted: Array
    others: Mapping[str, Array]

    def with_power(self) -> Deviation:
        """The deviation, with what would have been seen: only what agrees needs to know."""
        return replace(self.deviation, power=power_of_outputs(self.wanted, TOLERANCE, self.others))


def _compared(made: MadeNetwork, reference: nn.Module, task: NetworkTask) -> Iterator[_Compared]:
    exact = reference.double()
    for mode in reversed(MODES):  # training changes the running statistics
        exact.train(mode == "training")
        for index, (batch, found) in enumerate(zip(task.batches, made.passes[mode].outputs, strict=True)):
            images = torch.from_numpy(batch).double()
            with torch.no_grad():
                wanted = exact(images).numpy()
                deviation = _deviation(mode, batch, wanted, found)
                rivals = {} if deviation.problem else task.rivals
                others = {name: rival(exact, images).numpy() for name, rival in rivals.items()}
            yield _Compared(deviation, wanted, others)
            if index == 0:
                yield from _with_gradients(mode, batch, wanted, made.passes[mode])


def _with_gradients(mode: str, batch: Array, wanted: Array, done: Pass) -> Iterator[_Compared]:
    """Only where a pass with gradients gives something else than one without."""
    found = _deviation(mode, batch, wanted, done.graded)
    if found.problem and not _deviation(mode, batch, wanted, done.outputs[0]).problem:
        yield _Compared(replace(found, problem="its outputs differ in a pass with gradients"), wanted, {})


def _deviation(mode: str, batch: Array, wanted: Array, found: Array | None) -> Deviation:
    size = (mode, len(batch), batch.shape[-1])
    if found is None:
        return Deviation(*size, math.inf, "its output is no tensor of numbers")
    if found.shape != wanted.shape:
        return Deviation(*size, math.inf, f"expected an output of {_shape(wanted)}, found {_shape(found)}")
    relative = float(np.abs(found - wanted).max() / np.abs(wanted).max())
    relative = relative if math.isfinite(relative) else math.inf
    return Deviation(*size, relative, None if relative <= TOLERANCE else "its outputs differ")


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape)) or "a single number"


def _right(
    made: MadeNetwork, task: NetworkTask, moved: CarriedLayers, reference: nn.Module, judged: JudgedNetwork
) -> JudgedNetwork:
    rows = _rows(made, task, reference)[0]
    counts = (
        sum(math.prod(shape) for name, shape in made.parameters if name not in made.kept),
        learning_layers.size(reference),
    )
    return JudgedNetwork(
        judged.what, judged.deviations, tuple(rows), (), (), made.remarks, moved.unused, judged.variant, counts
    )


def _wrong(
    made: MadeNetwork, task: NetworkTask, moved: CarriedLayers, failed: tuple[str, ...], found: list[JudgedNetwork]
) -> JudgedNetwork:
    best = min(found, key=_distance) if found else JudgedNetwork(task.what, ())
    explained = [(_rows(made, task, reference), name) for name, reference in task.variants.items()]
    # Of variants that are as near, the first is what the handout says.
    (rows, network), name = min(explained, key=lambda part: distance(part[0][0]))
    reference = task.variants[name]
    depth = _depth(rows, made, task, moved, reference) if network else ()
    shared = tuple(_shared(moved.groups))
    problems = failed or shared or best.problems or ("its outputs differ from the reference's",)
    return JudgedNetwork(task.what, best.deviations, tuple(rows), depth, problems, made.remarks, moved.unused, name)


def _distance(judged: JudgedNetwork) -> tuple[int, float, int]:
    """Of several as far off, the one with the fewest layers that should learn, or should not."""
    return sum(part.problem is not None for part in judged.deviations), judged.largest, len(judged.problems)


def _shared(groups: Sequence[LayerTensors]) -> Iterator[str]:
    for group in groups:
        if group.uses > 1:
            yield f"layer {group.name!r} is used {group.uses} times: expected a layer of its own in each place"


def _rows(
    made: MadeNetwork, task: NetworkTask, reference: nn.Module
) -> tuple[list[LayerRow], operations.Network | None]:
    done = _traced(made)
    ours = layers(
        operations.parse(_reference_trace(reference, task.batches[0])),
        {name: tuple(value.shape) for name, value in reference.named_parameters()},
    )
    theirs: list[Layer] = []
    if done is not None and done.network is not None:
        theirs = layers(done.network, dict(made.parameters))
    return (aligned(ours, theirs) if theirs else []), done.network if done else None


def _traced(made: MadeNetwork) -> Pass | None:
    return next((made.passes[mode] for mode in MODES if made.passes[mode].network is not None), None)


def _reference_trace(reference: nn.Module, batch: Array) -> object:
    return trace(reference.float().train(), torch.from_numpy(batch)).header()


def _depth(
    rows: Sequence[LayerRow], made: MadeNetwork, task: NetworkTask, moved: CarriedLayers, reference: nn.Module
) -> tuple[float, ...]:
    """For each row the relative difference of the two results; NaN where there is no pair to compare."""
    done = _traced(made)
    choice = next(layer_weights.trials(reference, moved.groups), None)
    if done is None or done.network is None or choice is None:
        return ()
    layer_weights.fill(reference, choice, moved.values)
    ours = operations.parse(_reference_trace(reference, task.batches[0]))
    state = {
        name: value.detach().numpy() for name, value in (*reference.named_parameters(), *reference.named_buffers())
    }
    try:
        left = _values(ours, state, task.batches[0])
        right = _values(done.network, {**moved.values, **done.constants}, task.batches[0])
    except replay.NotReplayable:
        return ()
    return tuple(_between(row, left, right) for row in rows)


def _values(network: operations.Network, arrays: Mapping[str, Array], batch: Array) -> dict[int, Tensor]:
    tensors = replay.weights(arrays, dtype=torch.float64)
    values: dict[int, Tensor] = {}
    with torch.no_grad():
        replay.run(network, tensors, torch.from_numpy(batch).double(), values=values)
    return values


def _between(row: LayerRow, left: Mapping[int, Tensor], right: Mapping[int, Tensor]) -> float:
    if row.reference is None or row.student is None:
        return math.nan
    ours, theirs = left.get(row.reference.value), right.get(row.student.value)
    if ours is None or theirs is None or ours.numel() != theirs.numel():
        return math.nan
    difference = (ours.flatten() - theirs.flatten()).abs().max() / ours.abs().max()
    return float(difference)
