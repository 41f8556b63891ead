"""A student's module as the box saw it: its parameters and buffers, which of them learn, and what each run gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.checks.blocks.runs import Runs, results
from grader.evidence import MissingEvidence
from grader.readings.fields import Shapes, mapping, numbers, own_arrays, shapes, texts
from grader.sandbox.protocol import Array, Frame

PARAMETER, BUFFER = "parameter ", "buffer "


@dataclass(frozen=True)
class SeenModule:
    """A student's module in one case: parameters that gradients reach, `every` one, buffers that play a role, what each
    run gave, and in which order it has its buffers.
    """

    parameters: Shapes
    every: Shapes
    buffers: Shapes
    runs: Mapping[str, dict[str, Array]]
    order: tuple[str, ...]


def seen_module(asked: Runs, frame: Frame) -> SeenModule:
    """The module of one case. Raises MissingEvidence where its parameters did not come back."""
    every, buffers = _all(frame, "parameters"), _all(frame, "buffers")
    runs = {run.name: results(frame, run.name) for run in asked.runs}
    used = {name.removeprefix(PARAMETER) for run in runs.values() for name in run if name.startswith(PARAMETER)}
    parameters = every
    if asked.gradients and used:
        parameters = tuple((name, shape) for name, shape in every if name in used)
    elif frozen := frozen_parameters(frame, every):
        parameters = tuple((name, shape) for name, shape in every if name not in frozen)
    told = [mapping(part) or {} for part in (mapping(frame.header.get("runs")) or {}).values()]
    order = next((found for part in told if (found := texts(part.get("buffers"), 10_000))), ())
    return SeenModule(parameters, every, buffers, runs, order)


def frozen_parameters(frame: Frame, every: Shapes) -> dict[str, Array]:
    """The values of parameters that do not learn: the network's own constants."""
    found = own_arrays(frame, "frozen/")
    return {
        name: array.astype(np.float32)
        for name, shape in every
        if (array := numbers(found.get(name))) is not None and array.shape == tuple(shape)
    }


def _all(frame: Frame, name: str) -> Shapes:
    found = shapes(frame.header.get(name))
    if found is None:
        raise MissingEvidence(f"its {name} could not be written down")
    return found
