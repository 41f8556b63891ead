"""`as_fast_as`: a student's function beside a baseline, in turns, as a ratio of times with an interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import ModuleType
from typing import Any

import numpy as np

from grader.catalog import Hidden
from grader.checks.blocks.comparing import allowance, difference, moved
from grader.checks.blocks.signatures import signature
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Level, LineFigure, Panel, Series
from grader.finding import Finding
from grader.inside.timed import MISSING_HERE, NO_FUNCTION
from grader.inside.timed_inputs import draw
from grader.probes import TimeFunction
from grader.readings.faults import PERSON, not_found
from grader.readings.fields import mapping, numbers, sequence, text, texts
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame, Status

CONFIDENCE = 0.95
COARSE = 50e-6  # seconds: a baseline that takes less is lost in the cost of the turns
WIDE = 4.0  # an interval whose ends are so many times apart tells nothing


def as_fast_as(  # noqa: PLR0913 - all but two are named
    asked: str,
    baseline: str,
    *,
    shapes: Mapping[str, Sequence[int]],
    reference: ModuleType | Mapping[str, Any],
    at_most: float = 2.0,
    plain: Mapping[str, Any] | None = None,
    scale: float = 1.0,
    torch: bool = False,
    pairs: int = 15,
    seconds: float = 60.0,
) -> Block:
    """A function (`"attention(q, k, v) -> out"`) takes at most `at_most` times as long as `baseline`.

    `baseline` is a public function that does the same work (`"torch.nn.functional.scaled_dot_product_attention"`), or
    one of the assignment's `inside/` (`"plain.products"`). That one lies in the students' kit and in the box: let it do
    as much work and be no answer, as what it gives is not looked at. Inputs are normal numbers of these `shapes`,
    float32, drawn anew for each call; `plain` arguments go by name. Each pair of calls, in random order, gives one
    ratio; the finding gives the median with a 95 % interval (from order statistics).

    The time is ours: a process that runs no student code draws the inputs after the student's code was loaded, hands
    them over, and reads the kernel's clock of the other's CPU time until the result is there; what else the machine
    does hardly counts. So nothing can be computed before, and no clock of the student's counts. Handing over and
    fetching is part of both times: let the work be much more than that. Every timed call's result is compared with the
    `reference`'s, as in `same_as_reference`: a quick wrong answer fails. On a GPU the time is by our own clock, until
    the result is on the CPU, which waits for all work that was begun.

    Passed: the whole interval lies at or below `at_most`. Failed: the whole interval lies above. Else, on a noisy
    machine, or where a baseline takes less than 50 µs: a person. Also where the student's code runs processes of its
    own. Raises AssignmentError for shapes that are not those of the signature.
    """
    made = signature(asked)
    if tuple(shapes) != made.inputs or pairs < 6:
        raise AssignmentError(f"as_fast_as: expected shapes for {', '.join(made.inputs)}, in this order, and 6 pairs")
    request = {
        "asked": made.name,
        "baseline": baseline,
        "shapes": [[name, list(shape)] for name, shape in shapes.items()],
        "scale": scale,
        "plain": dict(plain or {}),
        "torch": torch,
        "pairs": pairs,
        "warm_up": 3,
    }
    digest = sha256(repr(sorted(request.items())).encode()).hexdigest()[:8]
    timing = TimeFunction(f"the speed of {made.name} ({digest})", request, seconds)
    judge = _Judge(timing, made.name, reference, at_most)
    hidden = isinstance(reference, Hidden)
    return Block(judge.check, entry={made.pattern: 2}, hidden=hidden, preview=judge.preview, timings=(timing,))


@dataclass(frozen=True, eq=False)
class _Judge:
    timing: TimeFunction
    name: str
    reference: ModuleType | Mapping[str, Any]
    at_most: float

    def check(self, evidence: Evidence) -> Finding:
        frame = self.frame(evidence)
        if problem := self.wrong(frame):
            return Finding.failed(problem, "make it right, then quick")
        ratios, baseline = self.ratios(frame)
        return judged(self.name, ratios, baseline, self.at_most, others=frame.header.get("others") != 0)

    def preview(self, evidence: Evidence) -> Finding:
        """What students may know: how quick it is here; not whether it is right."""
        ratios, _ = self.ratios(self.frame(evidence))
        return Finding.ungraded(
            f"{self.name} takes {np.median(ratios):.2f} times as long as the baseline, on this machine"
        )

    def frame(self, evidence: Evidence) -> Frame:
        """What came back. Raises MissingEvidence."""
        found = evidence.timed(self.timing.id)
        if found is None:
            raise evidence.why_missing()
        run, frames = found
        frame = next((one for one in frames if one.header.get("kind") == "timed"), None)
        if frame is None:
            ours = run.status is Status.SANDBOX_FAILED
            raise MissingEvidence(f"{self.name} could not be timed: {run.reason}", ours=ours)
        if (problem := text(frame.header.get("problem"), 600)) is None:
            return frame
        if frame.header.get("whose") != "student":
            raise MissingEvidence(f"the baseline: {problem}", ours=True)
        raise self.failure(evidence, problem)

    def failure(self, evidence: Evidence, problem: str) -> MissingEvidence:
        """Why the student's function gave nothing."""
        if problem.startswith("NotImplementedError"):
            return MissingEvidence(f"not attempted: {self.name} still raises NotImplementedError")
        if problem.startswith(f"NameError: {NO_FUNCTION}"):
            return not_found(evidence, self.name)
        if problem.startswith(MISSING_HERE):
            words = f"{self.name} raised {problem.removeprefix(MISSING_HERE)}"
            return MissingEvidence(words, ours=True, hint=PERSON)
        return MissingEvidence(f"{self.name}: {problem}")

    def ratios(self, frame: Frame) -> tuple[Array, float]:
        """One for each pair, and the baseline's median seconds. Raises MissingEvidence, ours."""
        times = mapping(frame.header.get("times")) or {}
        own, base = (_seconds(times.get(whose), self.timing.about["pairs"]) for whose in ("student", "baseline"))
        if own is None or base is None:
            raise MissingEvidence(f"the times of {self.name} did not come back", ours=True)
        return own / base, float(np.median(base))

    def wrong(self, frame: Frame) -> str | None:
        """The first timed call whose result is not the reference's."""
        names = self.reference if isinstance(self.reference, Mapping) else vars(self.reference)
        function: Callable[..., Any] = names[self.name]
        seeds = texts(frame.header.get("seeds"), 1000, 30)
        if len(seeds) != self.timing.about["pairs"] or not all(seed.isdigit() for seed in seeds):
            raise MissingEvidence(f"the inputs of {self.name} did not come back", ours=True)
        for place, seed in enumerate(seeds):
            inputs = draw(self.timing.about, int(seed))
            right = self.called(function, inputs)
            others = [self.called(function, moved(inputs, "float32", number)) for number in range(2)]
            found = numbers(frame.arrays.get(f"result.{place}"))
            allowed = allowance(right, others, "float32")
            if problem := difference(f"the result of timed call {place + 1}", found, right, allowed):
                return f"{self.name}: {problem}"
        return None

    def called(self, function: Callable[..., Any], inputs: Mapping[str, Array]) -> Array:
        plain = self.timing.about["plain"]
        if not self.timing.about["torch"]:
            return np.asarray(function(*inputs.values(), **plain))
        import torch

        with torch.no_grad():
            found = function(*(torch.from_numpy(array) for array in inputs.values()), **plain)
        return np.asarray(found.numpy())


def _seconds(listed: Any, count: int) -> Array | None:
    found = [one for one in sequence(listed, count) if isinstance(one, float) and one > 0]
    return np.array(found) if len(found) == count else None


def interval(ratios: Array) -> tuple[float, float]:
    """Of the median, at least 95 %: two order statistics, whatever the distribution."""
    from scipy.stats import binom

    ordered, size = np.sort(ratios), len(ratios)
    below = max(0, int(binom.ppf((1 - CONFIDENCE) / 2, size, 0.5)) - 1)
    return float(ordered[below]), float(ordered[size - 1 - below])


def judged(name: str, ratios: Array, baseline: float, at_most: float, *, others: bool) -> Finding:
    """The finding on ratios of times, student's over baseline's."""
    low, high = interval(ratios)
    median = float(np.median(ratios))
    said = f"{name} takes {median:.2f} times as long as the baseline (95 % interval {low:.2f} to {high:.2f})"
    figure = (_figure(name, ratios, at_most),)
    details = (f"ratio: {median:.4g}", f"the baseline takes {1000 * baseline:.3g} ms")
    if others:
        return Finding.ungraded(
            f"{said}, and runs processes or threads of its own", "a person looks", details=details, exhibits=figure
        )
    if baseline < COARSE:
        words = f"{said}: the baseline takes {1e6 * baseline:.0f} µs, too little to be timed so"
        return Finding.ungraded(words, "choose larger shapes", details=details, exhibits=figure)
    if high <= at_most:
        return Finding.passed(f"{said}; asked for at most {at_most:g}", details=details, exhibits=figure)
    if low > 2 * at_most or (low > at_most and high < WIDE * low):
        hint = "operations on whole arrays are quicker than loops"
        return Finding.failed(f"{said}; asked for at most {at_most:g}", hint, details=details, exhibits=figure)
    words = f"{said}: whether that is at most {at_most:g} cannot be told on this machine"
    return Finding.ungraded(words, "grade it again on a quiet machine", details=details, exhibits=figure)


def _figure(name: str, ratios: Array, at_most: float) -> LineFigure:
    places = tuple(float(place) for place in range(1, len(ratios) + 1))
    series = (Series(name, places, tuple(map(float, ratios))),)
    caption = "Each point is one call of the student's function over one of the baseline, on the same inputs."
    alt = f"{len(ratios)} ratios from {ratios.min():.2f} to {ratios.max():.2f}."
    panel = Panel("", series, levels=(Level(f"at most {at_most:g}", at_most),))
    return LineFigure(f"speed_{name}", f"Time of {name}", caption, alt, "pair", "student / baseline", (panel,))
