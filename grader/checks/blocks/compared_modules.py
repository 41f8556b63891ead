"""A student's module beside the reference's with the student's weights in it: what differs, run by run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.checks.blocks.comparing import DRAWS, allowance, difference, moved, unasked
from grader.checks.blocks.pieces import Summed, Take
from grader.checks.blocks.running import paired
from grader.checks.blocks.runs import Runs
from grader.checks.blocks.seen_modules import BUFFER, PARAMETER, SeenModule
from grader.sandbox.protocol import Array

if TYPE_CHECKING:
    from torch import nn

NEAR = 1e-2  # relative: candidates further away need no closer look
Outputs = Mapping[str, Array]
# How many outputs are others than the reference's, and how far the furthest lies from it, relative to its size.
Distance = tuple[int, float]


@dataclass(frozen=True, eq=False)
class ComparedModule:
    """The reference with a student's weights in it, under one candidate, beside what the student's module gave."""

    asked: Runs
    place: int
    module: nn.Module
    takes: Mapping[str, Take]
    weights: Mapping[str, Array]
    statistics: Mapping[str, Array]

    def right(
        self, served: Mapping[str, Array], draw: int | None = None, *, quick: bool = False
    ) -> Mapping[str, Outputs]:
        """The reference's results by run, on inputs moved by a rounding if a `draw` is given."""
        request = self.request(quick=quick)
        own = self.own()
        if draw is not None:
            used = {name: served[name] for run in request["runs"] for name in run["arrays"].values()}
            served, own = moved(used, "float32", draw), moved(own, "float32", draw + DRAWS)
        self.fill(own)
        header, arrays = self.run(request, served)
        if wrong := [part["error"] for part in header.values() if "error" in part]:
            raise RuntimeError(f"the reference's {self.asked.name}: {wrong[0]}")
        names = [run["name"] for run in request["runs"]]
        return {
            run: {key.removeprefix(f"{run}/"): array for key, array in arrays.items() if key.startswith(f"{run}/")}
            for run in names
        }

    def run(self, request: Mapping[str, Any], served: Mapping[str, Array]) -> tuple[dict[str, Any], dict[str, Array]]:
        """What the reference gives. In evaluation mode it stays as it was."""
        from grader.inside.asked.modules import run_all

        stays = all(run["mode"] == "evaluation" for run in request["runs"])
        return run_all(self.module, request, served, stays=stays)

    def request(self, *, quick: bool = False) -> dict[str, Any]:
        """What is asked of the reference: what the box was asked; if `quick`, the first run without gradients."""
        request = {**_requested(self.asked, self.place), "parts": []}
        return {**request, "gradients": False, "runs": request["runs"][:1]} if quick else request

    def own(self) -> dict[str, Array]:
        """The student's weights by the names of the reference's parameters."""
        return {name: np.ascontiguousarray(take(self.weights)) for name, take in self.takes.items()}

    def fill(self, own: Mapping[str, Array]) -> None:
        """Give the reference these weights, and the student's running statistics."""
        import torch

        with torch.no_grad():
            for name, parameter in self.module.named_parameters():
                if name in own:  # else it is of a part that is not run
                    parameter.copy_(torch.from_numpy(own[name]))
            buffers = dict(self.module.named_buffers())
            for name, theirs in paired(list(buffers), list(self.statistics)).items():
                if buffers[name].numel() == self.statistics[theirs].size:
                    buffers[name].copy_(torch.from_numpy(self.statistics[theirs]).reshape(buffers[name].shape))

    def distance(self, seen: SeenModule, served: Mapping[str, Array]) -> Distance:
        """How far the reference's outputs of the first run are from the student's."""
        [right] = self.right(served, quick=True).values()
        return self.distances(seen, {key: array[None] for key, array in right.items()})[0]

    def distances(self, seen: SeenModule, outputs: Outputs) -> list[Distance]:
        """How far outputs of the first run are from the student's; those of several modules lie one below the other."""
        if not outputs:
            return [(0, 0.0)]
        found = seen.runs[self.asked.runs[0].name]
        apart = np.stack([_apart(found.get(key), arrays) for key, arrays in outputs.items()], axis=1)
        return [(int((far >= NEAR).sum()), float(far.max())) for far in apart]

    def problems(self, seen: SeenModule, served: Mapping[str, Array]) -> list[str]:
        """What differs, run by run."""
        right = self.right(served)
        others = [self.right(served, draw) for draw in range(DRAWS)]
        return [
            f"in {run} mode, {problem}"
            for run, outputs in right.items()
            for problem in self.of_run(seen.runs[run], outputs, [other[run] for other in others], seen.order)
        ]

    def of_run(self, found: Outputs, right: Outputs, others: Sequence[Outputs], order: Sequence[str]) -> Iterator[str]:
        """What differs in one run, in words."""
        gradients = [array for name, array in right.items() if name.startswith(PARAMETER)]
        sizes = (
            float(np.sqrt(np.mean(array[finite] ** 2))) for array in gradients if (finite := np.isfinite(array)).any()
        )
        floor = 1e-5 * max(sizes, default=0.0)
        statistics = paired([name for name in right if name.startswith(BUFFER)], [BUFFER + name for name in order])
        for name, array in right.items():
            if self.is_filled(name.removeprefix(PARAMETER)) or (name.startswith(BUFFER) and name not in statistics):
                continue
            allowed = allowance(array, [other[name] for other in others if name in other], "float32")
            if name.startswith(PARAMETER):
                own = self.gradient(found, name.removeprefix(PARAMETER))
                allowed = allowed + floor
            else:
                own = found.get(statistics.get(name, name))
                own = (
                    own.reshape(array.shape)
                    if name in statistics and own is not None and own.size == array.size
                    else own
                )
            if own is not None or not name.startswith(PARAMETER):
                words = name.replace(PARAMETER, "the gradient by the weights in the place of ").replace(BUFFER, "")
                if problem := difference(words, own, array, allowed):
                    yield problem
            elif np.abs(array).max(initial=0) > floor:
                yield f"no gradient reaches the weights in the place of {name.removeprefix(PARAMETER)}"
        yield from unasked(found, right)
        for name in self.takes if gradients else ():
            own = None if PARAMETER + name in right else self.gradient(found, name)
            if own is not None and np.abs(own).max(initial=0) > floor:
                yield f"a gradient reaches the weights in the place of {name}, which has to be cut off"

    def gradient(self, found: Outputs, name: str) -> Array | None:
        """A student's gradient in the shape of the reference's parameter; None if there is none for a part of it."""
        own = {key.removeprefix(PARAMETER): array for key, array in found.items() if key.startswith(PARAMETER)}
        try:
            take = self.takes[name]
            return take.slopes(own) if isinstance(take, Summed) else take(own)
        except KeyError:
            return None

    def is_filled(self, name: str) -> bool:
        """Whether a parameter is one that the student may lack, and lacks."""
        try:
            return name in self.takes and self.takes[name]({}) is not None
        except KeyError:
            return False


@lru_cache(maxsize=64)  # some hundred candidates are asked the same
def _requested(asked: Runs, place: int) -> Mapping[str, Any]:
    return asked.request(place)


def by_row(arrays: Array) -> Array:
    """Arrays that lie one below the other, as rows of numbers."""
    return arrays.reshape(len(arrays), -1)


def _apart(found: Array | None, arrays: Array) -> Array:
    """How far each of these arrays lies from what was found, relative to its size; infinitely if it is none such."""
    if found is None or found.shape != arrays.shape[1:] or not found.size:
        return np.full(len(arrays), np.inf)
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.astype(np.float64) - arrays.astype(np.float64))
        apart = np.where(np.isnan(found) & np.isnan(arrays), 0, apart)  # of a part of the student's that gives NaN
        furthest = by_row(apart).max(axis=1)
        relative = furthest / (by_row(np.abs(np.nan_to_num(arrays, nan=0))).max(axis=1) + 1e-30)
    return np.where(np.isfinite(relative), relative, np.inf)
