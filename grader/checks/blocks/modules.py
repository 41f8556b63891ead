"""`same_module`: with the same weights a student's module is the same function as the reference's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.catalog import Hidden
from grader.checks.blocks.carried import candidates, other_parameters
from grader.checks.blocks.comparing import DRAWS, allowance, difference, largest, moved
from grader.checks.blocks.pieces import Summed, Take
from grader.checks.blocks.running import paired
from grader.checks.blocks.runs import Run, Runs, results, runs_of
from grader.checks.blocks.verdicts import CaseVerdict, finding
from grader.checks.hidden import hidden_statistics, hidden_weights
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.readings.fields import Shapes, mapping, shapes, texts
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame

if TYPE_CHECKING:
    from torch import nn

NEAR = 1e-2  # relative: candidates further away need no closer look
PARAMETER, BUFFER = "parameter ", "buffer "
Outputs = Mapping[str, Array]


def same_module(  # noqa: PLR0913 - all but the first two are named
    made: str,
    call: str,
    *,
    reference: ModuleType | Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    modes: Sequence[str] = ("evaluation", "training"),
    gradients: bool = True,
    optional: Sequence[str] = (),
    per_case: bool = True,
    seconds: float = 20.0,
) -> Block:
    """A student's `torch.nn.Module` is the reference's of the same name, as a function of inputs and weights.

    `made` is how it is made, `"MultiHeadAttention(d_model, num_heads)"`, `call` how it is called, `"(x, mask) -> out"`;
    each of `cases` gives values for both by name, such as `{"d_model": 8, "num_heads": 2, "x": normal(2, 5, 8), …}`:
    give several sizes, and several batch sizes. Arguments are passed by name or, where a student's names differ, in
    order. In the sandbox the parameters get hidden values; here they are carried over to the reference by shape and
    role (`grader/checks/blocks/carried.py`), and outputs, `gradients` by inputs and parameters and (in training mode)
    running statistics are compared in every one of `modes`.

    Accepted: other names, another order, fused or separate projections, one projection for each head, matrices stored
    the other way round, parameters that nothing uses; parameters of the reference that are `optional` (patterns such
    as `"*.bias"`) may be missing. Caught: any other function, a wrong mode, detached or missing gradients. Credit and
    tolerances are as for `same_as_reference`, in float32. Use sizes that differ from each other, or roles are found
    only by trying out; leave out dropout, for which nothing can be compared. After "with the weights set by hand" of
    UMich's EECS 498. Raises AssignmentError where a signature or a case cannot be meant so.
    """
    if odd := [mode for mode in modes if mode not in ("evaluation", "training")]:
        raise AssignmentError(f"same_module: modes: expected evaluation or training, found {odd[0]!r}")
    runs = [Run(mode, mode) for mode in modes]
    asked = runs_of(made, call, cases, runs, gradients=gradients, seconds=seconds)
    hidden = isinstance(reference, Hidden)
    names = reference if isinstance(reference, Mapping) else vars(reference)
    if not hidden and asked.name not in names:
        raise AssignmentError(f"same_module: the reference has no {asked.name}")
    judge = _Judge(asked, names, tuple(optional), per_case)
    return Block(judge.check, (asked.probe(),), asked.data, {asked.pattern: 2}, hidden, judge.preview)


@dataclass(frozen=True)
class _Seen:
    """A student's module in one case: parameters and buffers that play a role, what each run gave, and in which order
    it has its buffers.
    """

    parameters: Shapes
    buffers: Shapes
    runs: Mapping[str, dict[str, Array]]
    order: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Judge:
    asked: Runs
    names: Mapping[str, Any]
    optional: tuple[str, ...]
    per_case: bool

    def check(self, evidence: Evidence) -> Finding:
        liked: list[int] = []
        verdicts = [self.verdict(evidence, place, liked) for place in range(len(self.asked.cases))]
        agrees, differs = "is the reference's function on", "differs from the reference on"
        return finding(self.asked.name, verdicts, per_case=self.per_case, agrees=agrees, differs=differs)

    def preview(self, evidence: Evidence) -> Finding:
        """What students may know: that it can be made and runs."""
        verdicts = [
            CaseVerdict(self.asked.words(place), self.ran(evidence, place)[0]) for place in range(len(self.asked.cases))
        ]
        shown = finding(self.asked.name, verdicts, per_case=True, agrees="runs on", differs="does not run on")
        if all(not verdict.said for verdict in verdicts):
            return Finding.ungraded(f"{shown.message}; its values are checked when the work is graded")
        return shown

    def ran(self, evidence: Evidence, place: int) -> tuple[tuple[str, ...], Frame | None]:
        """What went wrong with a case before anything can be compared, and the answer."""
        found = self.asked.answers(evidence)
        frame = found[str(place)] if place == 0 and self.never_made(found) else found.tried(str(place))
        if isinstance(frame, MissingEvidence):
            return (frame.reason,), None
        problems = [
            f"in {run.mode} mode, {problem}"
            for run in self.asked.runs
            if (problem := self.asked.problem(frame, run.name))
        ]
        return tuple(dict.fromkeys(problems)), frame

    def never_made(self, found: Any) -> bool:
        """Whether no case was answered: then the reason is said once, and not case by case."""
        return all(isinstance(found.tried(str(place)), MissingEvidence) for place in range(len(self.asked.cases)))

    def verdict(self, evidence: Evidence, place: int, liked: list[int]) -> CaseVerdict:
        """`liked` are the places of candidates under which earlier cases were right: they are tried first."""
        words = self.asked.words(place)
        problems, frame = self.ran(evidence, place)
        if problems or frame is None:
            return CaseVerdict(words, problems)
        seen = self.seen(frame)
        module = self.module(place)
        wanted = [(name, tuple(part.shape)) for name, part in module.named_parameters()]
        weights = hidden_weights(_all(frame, "parameters"), evidence.seed)
        served = self.asked.data(evidence.seed)
        statistics = hidden_statistics(seen.buffers, evidence.seed)
        listed = list(enumerate(candidates(seen.parameters, wanted, self.optional)))
        best: tuple[tuple[int, float], _Compared] | None = None
        for number, takes in sorted(listed, key=lambda pair: pair[0] not in liked):
            compared = _Compared(self, place, module, takes, weights, statistics)
            distance = compared.distance(seen, served)
            if not distance[0] and not compared.problems(seen, served):
                liked.append(number)
                return CaseVerdict(words)
            best = (distance, compared) if best is None or distance < best[0] else best
        if best is None:
            return CaseVerdict(words, (other_parameters(seen.parameters, wanted),))
        return CaseVerdict(words, tuple(best[1].problems(seen, served)))

    def seen(self, frame: Frame) -> _Seen:
        parameters, buffers = _all(frame, "parameters"), _all(frame, "buffers")
        runs = {run.name: results(frame, run.name) for run in self.asked.runs}
        used = {name.removeprefix(PARAMETER) for run in runs.values() for name in run if name.startswith(PARAMETER)}
        if self.asked.gradients and used:
            parameters = tuple((name, shape) for name, shape in parameters if name in used)
        told = [mapping(part) or {} for part in (mapping(frame.header.get("runs")) or {}).values()]
        order = next((found for part in told if (found := texts(part.get("buffers"), 10_000))), ())
        return _Seen(parameters, buffers, runs, order)

    def module(self, place: int) -> nn.Module:
        made = self.asked.made
        assert made is not None  # noqa: S101 - runs_of was given one
        network: nn.Module = self.names[made.name](*(self.asked.cases[place][name] for name in made.inputs))
        return network


@dataclass(frozen=True, eq=False)
class _Compared:
    """The reference with a student's weights in it, under one candidate, beside what the student's module gave."""

    judge: _Judge
    place: int
    module: nn.Module
    takes: Mapping[str, Take]
    weights: Mapping[str, Array]
    statistics: Mapping[str, Array]

    def right(
        self, served: Mapping[str, Array], draw: int | None = None, *, quick: bool = False
    ) -> Mapping[str, Outputs]:
        """The reference's results by run, on inputs moved by a rounding if a `draw` is given."""
        import torch

        from grader.inside.asked.modules import run_all

        request = self.judge.asked.request(self.place)
        if quick:
            request = {**request, "gradients": False, "runs": request["runs"][:1]}
        if draw is not None:
            served = moved(
                {name: served[name] for run in request["runs"] for name in run["arrays"].values()}, "float32", draw
            )
        own = {name: np.ascontiguousarray(take(self.weights)) for name, take in self.takes.items()}
        own = own if draw is None else moved(own, "float32", draw + DRAWS)
        with torch.no_grad():
            for name, parameter in self.module.named_parameters():
                parameter.copy_(torch.from_numpy(own[name]))
            buffers = dict(self.module.named_buffers())
            for name, theirs in paired(list(buffers), list(self.statistics)).items():
                if buffers[name].numel() == self.statistics[theirs].size:
                    buffers[name].copy_(torch.from_numpy(self.statistics[theirs]).reshape(buffers[name].shape))
        header, arrays = run_all(self.module, request, served)
        if wrong := [part["error"] for part in header.values() if "error" in part]:
            raise RuntimeError(f"the reference's {self.judge.asked.name}: {wrong[0]}")
        names = [run["name"] for run in request["runs"]]
        return {
            run: {key.removeprefix(f"{run}/"): array for key, array in arrays.items() if key.startswith(f"{run}/")}
            for run in names
        }

    def distance(self, seen: _Seen, served: Mapping[str, Array]) -> tuple[int, float]:
        """How many outputs of the first run are others than the reference's, and how far the furthest lies from it,
        relative to its size.
        """
        run, right = next(iter(self.right(served, quick=True).items()))
        apart = [
            largest(seen.runs[run].get(key), array) / (np.abs(array).max() + 1e-30) for key, array in right.items()
        ]
        finite = [value if np.isfinite(value) else np.inf for value in apart]
        return sum(value >= NEAR for value in finite), max(finite, default=0.0)

    def problems(self, seen: _Seen, served: Mapping[str, Array]) -> list[str]:
        """What differs, run by run."""
        right = self.right(served)
        others = [self.right(served, draw) for draw in range(DRAWS)]
        return [
            f"in {run} mode, {problem}"
            for run, outputs in right.items()
            for problem in self.of_run(seen.runs[run], outputs, [other[run] for other in others], seen.order)
        ]

    def of_run(self, found: Outputs, right: Outputs, others: Sequence[Outputs], order: Sequence[str]) -> Iterator[str]:
        gradients = [array for name, array in right.items() if name.startswith(PARAMETER)]
        floor = 1e-5 * max((float(np.sqrt(np.mean(array**2))) for array in gradients if array.size), default=0.0)
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


def _all(frame: Frame, name: str) -> Shapes:
    found = shapes(frame.header.get(name))
    if found is None:
        raise MissingEvidence(f"its {name} could not be written down")
    return found
