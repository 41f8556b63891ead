"""`plotted_gradients`: what is plotted is the figure of each layer's gradient, in order, with its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction

import numpy as np

from grader.checks.gradient_flow.flow_attempts import FlowAttempt, attempts
from grader.checks.gradient_flow.flow_mistakes import nothing_drawn, of_error, of_values, wrong_figures
from grader.checks.gradient_flow.flow_task import FlowTask
from grader.checks.gradient_flow.layer_gradients import KINDS, LayerGradients
from grader.checks.plots import power_of_curve, shows
from grader.checks.power import Power, together
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import LineFigure, Panel, Role, Series
from grader.finding import Finding
from grader.readings.typed_frames import Curve
from grader.rubric import Block
from grader.sandbox.protocol import Array

WITH_BIASES = Fraction(1, 2)  # of the points


def plotted_gradients(task: FlowTask) -> Block:
    """A function plots how much gradient reaches each layer: `plot_grad_flow(model.named_parameters())` as it is often
    asked for, called on networks whose gradients are known.

    Accepted: a line, bars or points, heights or their logarithms, with or without normalisation layers, any readable
    names, functions and methods, those that take a list, a dictionary or the model. Half of the points where biases
    are plotted as well. Caught, and named: other figures of the gradients (no absolute value, the largest, a sum, a
    norm for a mean), weights in place of gradients, another order, a common factor, layers left out, names missing or
    of other layers, nothing collected because a generator was gone through twice.

    Of gradients drawn from the secret seed, values have to be within 0.1 %.
    """
    entry = {rf"def\s+{task.pattern}\s*\(": 2}
    return Block(lambda evidence: check(evidence, task), (task.probe,), task.data, entry)


class Rank(IntEnum):
    """How right a call was."""

    NOTHING = 0
    WRONG = 1
    BIASES = 2
    RIGHT = 3


@dataclass(frozen=True)
class JudgedFlow:
    """One call: how right it was, and why. `open`: the template's gap was left as it was."""

    attempt: FlowAttempt
    rank: Rank
    words: str
    hint: str | None = None
    plotted: Array = field(default_factory=lambda: np.zeros(0))
    expected: Array = field(default_factory=lambda: np.zeros(0))
    power: Power | None = None
    open: bool = False


def check(evidence: Evidence, task: FlowTask) -> Finding:
    """Judge each function on all networks; the best function counts."""
    found = {
        name: [judge(attempt, task.of(name, evidence.seed), task) for attempt in attempts(evidence, task, name)]
        for name in task.networks
    }
    together = list(zip(*found.values(), strict=False))
    best = max(together, key=lambda pair: min(judged.rank for judged in pair))
    worst = min(best, key=lambda judged: judged.rank)
    if worst.attempt.ours:
        raise MissingEvidence(f"the grader cannot call {worst.attempt.where}: {worst.attempt.error}", ours=True)
    details = tuple(f"{name}: {judged.words}" for name, judged in zip(task.networks, best, strict=True))
    details += tuple(_of_returned(worst.attempt, task))
    exhibits = (_figure(best, task),) if any(judged.plotted.size for judged in best) else ()
    if worst.rank is Rank.RIGHT:
        return Finding.passed(
            f"{worst.attempt.where} plots the {task.figure.words} of each layer: {worst.words}",
            details=(_power(best).words, *details),
            exhibits=exhibits,
        )
    if worst.rank is Rank.BIASES:
        return Finding.partial(WITH_BIASES, worst.words, worst.hint, details=details, exhibits=exhibits)
    if worst.open:
        return Finding.not_attempted(f"{worst.attempt.where} collects nothing, as the template leaves it", worst.hint)
    return Finding.failed(
        f"expected the {task.figure.words} of each layer of {' and '.join(task.networks)}, found in "
        f"{worst.attempt.where}: {worst.words}",
        worst.hint,
        details=details,
        exhibits=exhibits,
    )


def _of_returned(attempt: FlowAttempt, task: FlowTask) -> Iterator[str]:
    if task.is_returned and attempt.returned == "NoneType":
        yield f"costs nothing: {attempt.function} returns nothing, where the handout has it return the plot"


def _power(best: Sequence[JudgedFlow]) -> Power:
    return together([judged.power for judged in best if judged.power])


def judge(attempt: FlowAttempt, wanted: LayerGradients, task: FlowTask) -> JudgedFlow:
    """Compare what one call plotted with what it should have."""
    for kind in KINDS:
        expected = wanted.reduced(kind, task.figure.reduce)
        curve = next((curve for curve in attempt.curves if shows(curve, expected)), None)
        if curve is None:
            continue
        right = _rightly_named(attempt, wanted, kind, curve, task)
        if right.rank is Rank.RIGHT and kind == "all":
            words = f"all {len(expected)} parameters of {wanted.network} are plotted, biases among them"
            hint = "leave the biases out: a layer is one value, the gradient of its weight"
            return JudgedFlow(attempt, Rank.BIASES, words, hint, curve.y, expected)
        return replace(right, power=power_of_curve(expected, rivals(wanted, kind, task)))
    return _wrong(attempt, wanted, task)


def rivals(wanted: LayerGradients, kind: str, task: FlowTask) -> dict[str, Array]:
    """What else could be plotted: of other figures the nearest one, and the weights in place of their gradients."""
    figure = task.figure
    right = wanted.reduced(kind, figure.reduce)
    others = np.stack([wanted.reduced(kind, reduce) for reduce in wrong_figures(figure).values()])
    nearest = others[np.abs(others - right).argmin(axis=0), np.arange(len(right))]
    weights = wanted.reduced(kind, figure.reduce, of_weights=True)
    return {"any other figure of the gradients": nearest, "the weights in their place": weights}


def _rightly_named(attempt: FlowAttempt, wanted: LayerGradients, kind: str, curve: Curve, task: FlowTask) -> JudgedFlow:
    expected = wanted.reduced(kind, task.figure.reduce)
    names = attempt.names
    if len(attempt.ticks) == len(expected):
        names = tuple(text for _, text in attempt.ticks)
    count = f"{len(expected)} values for {wanted.network}"
    if problem := naming_problem(names, [wanted.names[index] for index in wanted.chosen(kind)]):
        handed = f", and hand both to {task.plotter}" if task.plotter else ", and put them at the axis"
        hint = f"append a layer's name to {task.names} for every value in {task.values}{handed}"
        return JudgedFlow(attempt, Rank.WRONG, f"{count} are right, but {problem}", hint, curve.y, expected)
    left = {"weights": "the biases left out", "convolutions": "biases and batch normalization left out"}.get(kind, "")
    return JudgedFlow(attempt, Rank.RIGHT, f"{count}{', ' * bool(left)}{left}", None, curve.y, expected)


def naming_problem(names: tuple[str, ...] | None, wanted: list[str]) -> str | None:
    """Why names do not tell which layer is which, or None. Any readable names will do."""
    if not names:
        return "the layers' names are missing"
    if len(names) != len(wanted):
        return f"there are {len(names)} names for {len(wanted)} values"
    if unnamed := next((index for index, name in enumerate(names, 1) if not name.strip()), None):
        return f"value {unnamed} has no name"
    if len(set(names)) < min(3, len(names)):
        return f"the names do not tell the layers apart ({', '.join(dict.fromkeys(names))[:60]})"
    short = [_short(name) for name in wanted]
    given = [_short(name) for name in names]
    moved = [
        index for index, name in enumerate(given) if name in short and name != short[index] and short.count(name) == 1
    ]
    if moved:
        return f"value {moved[0] + 1} is named {names[moved[0]]}, which is another layer"
    return None


def _short(name: str) -> str:
    return re.sub(r"layer_dict|module|model|weight|bias|[^a-z0-9]", "", name.lower())


def _wrong(attempt: FlowAttempt, wanted: LayerGradients, task: FlowTask) -> JudgedFlow:
    drawn = [curve for curve in attempt.curves if len(curve.y) > 2]
    plotted = max((curve.y for curve in drawn), key=len, default=np.zeros(0))
    expected = wanted.reduced("weights", task.figure.reduce)
    if attempt.error:
        return JudgedFlow(attempt, Rank.NOTHING, *of_error(attempt, attempt.error, task), plotted, expected)
    if not plotted.size:
        words, hint = nothing_drawn(attempt, task)
        untouched = attempt.count == 0 and not attempt.names and not attempt.uses_gradients
        return JudgedFlow(attempt, Rank.NOTHING, words, hint, open=untouched)
    return JudgedFlow(attempt, Rank.WRONG, *of_values(drawn, wanted, task.figure), plotted, expected)


def _figure(best: tuple[JudgedFlow, ...], task: FlowTask) -> LineFigure:
    panels = []
    for name, judged in zip(task.networks, best, strict=True):
        yours, ours = _series("yours", judged.plotted), _series("computed here", judged.expected, "reference")
        if series := tuple(part for part in (yours, ours) if part.y):
            panels.append(Panel(name, series))
    return LineFigure(
        "gradient-flow",
        "Gradient flow as your function plots it",
        f"What {task.function} plots when it is given networks with gradients of the grader's choice, and the "
        f"{task.figure.words}s computed here from the same gradients.",
        f"Line charts of {task.figure.words} against layer, one panel for each network; the student's values and "
        "those computed by the grader.",
        "layer, from the input on",
        task.figure.axis,
        tuple(panels),
        log_y=bool(all((s.y and min(s.y) > 0) for p in panels for s in p.series)),
    )


def _series(label: str, values: Array, role: Role = "student") -> Series:
    return Series(label, tuple(float(index + 1) for index in range(len(values))), tuple(values.tolist()), role)
