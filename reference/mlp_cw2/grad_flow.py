"""Criterion `grad_flow`: what is plotted is the mean absolute gradient of each layer, in order, with its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction

import numpy as np

from grader import Array, Curve, Evidence, Finding, LineFigure, MissingEvidence, Panel, Role, Series
from grader.checks import Power, power_of_curve, powers_together, shows

from .cases import FLOWS
from .flow_layers import Layers, layers, mean_absolute
from .flow_mistakes import WRONG, nothing_drawn, of_error, of_values
from .flow_readings import Attempt, attempts

WITH_BIASES = Fraction(1, 2)  # of the points


class Rank(IntEnum):
    """How right a call was."""

    NOTHING = 0
    WRONG = 1
    BIASES = 2
    RIGHT = 3


@dataclass(frozen=True)
class Judged:
    """One call: how right it was, and why. `open`: the template's gap was left as it was."""

    attempt: Attempt
    rank: Rank
    words: str
    hint: str | None = None
    plotted: Array = field(default_factory=lambda: np.zeros(0))
    expected: Array = field(default_factory=lambda: np.zeros(0))
    power: Power | None = None
    open: bool = False


def check(evidence: Evidence) -> Finding:
    """Judge each function on both networks; the best function counts."""
    found = {
        name: [judge(attempt, layers(name, evidence.seed)) for attempt in attempts(evidence, name)] for name in FLOWS
    }
    together = list(zip(*found.values(), strict=False))
    best = max(together, key=lambda pair: min(judged.rank for judged in pair))
    worst = min(best, key=lambda judged: judged.rank)
    if worst.attempt.ours:
        raise MissingEvidence(f"the grader cannot call {worst.attempt.where}: {worst.attempt.error}", ours=True)
    details = tuple(f"{name}: {judged.words}" for name, judged in zip(FLOWS, best, strict=True))
    exhibits = (_figure(best),) if any(judged.plotted.size for judged in best) else ()
    if worst.rank is Rank.RIGHT:
        return Finding.passed(
            f"{worst.attempt.where} plots the mean absolute gradient of each layer: {worst.words}",
            details=(_power(best).words, *details),
            exhibits=exhibits,
        )
    if worst.rank is Rank.BIASES:
        return Finding.partial(WITH_BIASES, worst.words, worst.hint, details=details, exhibits=exhibits)
    if worst.open:
        return Finding.not_attempted(f"{worst.attempt.where} collects nothing, as the template leaves it", worst.hint)
    return Finding.failed(
        f"expected the mean absolute gradient of each layer of VGG_08 and VGG_38, found in {worst.attempt.where}: "
        f"{worst.words}",
        worst.hint,
        details=details,
        exhibits=exhibits,
    )


def _power(best: Sequence[Judged]) -> Power:
    return powers_together([judged.power for judged in best if judged.power])


def judge(attempt: Attempt, wanted: Layers) -> Judged:
    """Compare what one call plotted with what it should have."""
    for kind in ("weights", "convolutions", "all"):
        expected = wanted.reduced(kind, mean_absolute)
        curve = next((curve for curve in attempt.curves if shows(curve, expected)), None)
        if curve is None:
            continue
        right = _rightly_named(attempt, wanted, kind, curve, expected)
        if right.rank is Rank.RIGHT and kind == "all":
            words = f"all {len(expected)} parameters of {wanted.network} are plotted, biases among them"
            hint = "leave the biases out: a layer is one value, the gradient of its weight"
            return Judged(attempt, Rank.BIASES, words, hint, curve.y, expected)
        return replace(right, power=power_of_curve(expected, _rivals(wanted, kind)))
    return _wrong(attempt, wanted)


def _rivals(wanted: Layers, kind: str) -> dict[str, Array]:
    """What else could be plotted: of other figures the nearest one, and the weights in place of their gradients."""
    right = wanted.reduced(kind, mean_absolute)
    others = np.stack([wanted.reduced(kind, reduce) for reduce in WRONG.values()])
    nearest = others[np.abs(others - right).argmin(axis=0), np.arange(len(right))]
    weights = wanted.reduced(kind, mean_absolute, of_weights=True)
    return {"any other figure of the gradients": nearest, "the weights in their place": weights}


def _rightly_named(attempt: Attempt, wanted: Layers, kind: str, curve: Curve, expected: Array) -> Judged:
    names = attempt.names
    if len(attempt.ticks) == len(expected):
        names = tuple(text for _, text in attempt.ticks)
    count = f"{len(expected)} values for {wanted.network}"
    if problem := naming_problem(names, [wanted.names[index] for index in wanted.chosen(kind)]):
        hint = "append a layer's name to layers for every value in all_grads, and hand both to plot_func_def"
        return Judged(attempt, Rank.WRONG, f"{count} are right, but {problem}", hint, curve.y, expected)
    left = {"weights": "the biases left out", "convolutions": "biases and batch normalization left out"}.get(kind, "")
    return Judged(attempt, Rank.RIGHT, f"{count}{', ' * bool(left)}{left}", None, curve.y, expected)


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


def _wrong(attempt: Attempt, wanted: Layers) -> Judged:
    drawn = [curve for curve in attempt.curves if len(curve.y) > 2]
    plotted = max((curve.y for curve in drawn), key=len, default=np.zeros(0))
    expected = wanted.reduced("weights", mean_absolute)
    if attempt.error:
        return Judged(attempt, Rank.NOTHING, *of_error(attempt, attempt.error), plotted, expected)
    if not plotted.size:
        words, hint = nothing_drawn(attempt)
        untouched = attempt.count == 0 and not attempt.names and not attempt.uses_gradients
        return Judged(attempt, Rank.NOTHING, words, hint, open=untouched)
    return Judged(attempt, Rank.WRONG, *of_values(drawn, wanted), plotted, expected)


def _figure(best: tuple[Judged, ...]) -> LineFigure:
    panels = []
    for name, judged in zip(FLOWS, best, strict=True):
        yours, ours = _series("yours", judged.plotted), _series("computed here", judged.expected, "reference")
        if series := tuple(part for part in (yours, ours) if part.y):
            panels.append(Panel(name, series))
    return LineFigure(
        "gradient-flow",
        "Gradient flow as your function plots it",
        "What plot_grad_flow plots when it is given networks with gradients of the grader's choice, and the mean "
        "absolute gradients computed here from the same gradients.",
        "Line charts of mean absolute gradient against layer, one panel for each network; the student's values and "
        "those computed by the grader.",
        "layer, from the input on",
        "mean |gradient|",
        tuple(panels),
        log_y=bool(all((s.y and min(s.y) > 0) for p in panels for s in p.series)),
    )


def _series(label: str, values: Array, role: Role = "student") -> Series:
    return Series(label, tuple(float(index + 1) for index in range(len(values))), tuple(values.tolist()), role)
