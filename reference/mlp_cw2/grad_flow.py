"""Criterion `grad_flow`: what is plotted is the mean absolute gradient of each layer, in order, with its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction

import numpy as np
import torch

from grader import Array, Curve, Evidence, Finding, LineFigure, MissingEvidence, Panel, Role, Series, weights_seed
from grader.checks import shows

from . import data
from .cases import CLASSES, FLOW_FILTERS, FLOWS
from .flow_readings import Attempt, attempts
from .given import NETWORKS

WITH_BIASES = Fraction(1, 2)  # of the points
ONCE = "named_parameters() can be gone through once only: collect names and gradients in one loop"
Reduction = Callable[[Array], Array | float]

# What students compute instead of the mean of the absolute values.
WRONG: Mapping[str, Reduction] = {
    "the mean without absolute values": np.mean,
    "the absolute value of the mean": lambda g: np.abs(g.mean()),
    "the largest absolute value": lambda g: np.abs(g).max(),
    "the largest value": np.max,
    "the sum of the absolute values": lambda g: np.abs(g).sum(),
    "the L2 norm": lambda g: np.sqrt((g**2).sum()),
    "the mean of the squares": lambda g: (g**2).mean(),
    "the root of the mean of the squares": lambda g: np.sqrt((g**2).mean()),
    "the standard deviation": np.std,
    "the unbiased standard deviation": lambda g: g.std(ddof=1),
    "the median of the absolute values": lambda g: np.median(np.abs(g)),
    "the sum": np.sum,
}


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
    open: bool = False


@dataclass(frozen=True)
class Layers:
    """The parameters of one network: names, gradients and weights."""

    network: str
    names: tuple[str, ...]
    gradients: tuple[Array, ...]
    weights: tuple[Array, ...]

    def chosen(self, kind: str) -> list[int]:
        """Indices of `weights`, of `convolutions` (no batch normalization), or of `all` parameters."""
        return [
            index
            for index, name in enumerate(self.names)
            if kind == "all" or ("bias" not in name and (kind == "weights" or "bn" not in name))
        ]

    def reduced(self, kind: str, reduce: Reduction, *, of_weights: bool = False) -> Array:
        """One number for each chosen parameter."""
        values = self.weights if of_weights else self.gradients
        return np.array([float(reduce(values[index].astype(np.float64))) for index in self.chosen(kind)])


def mean_absolute(values: Array) -> float:
    """What is asked for."""
    return float(np.abs(values).mean())


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
            details=details,
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


def layers(network: str, seed: int) -> Layers:
    """The given network as the box made it."""
    torch.manual_seed(weights_seed(seed))
    made = NETWORKS[network]((2, 3, 8, 8), CLASSES, FLOW_FILTERS)
    weights = tuple(parameter.detach().numpy() for parameter in made.parameters())
    names = tuple(name for name, _ in data.parameters(network))
    return Layers(network, names, tuple(data.gradients(network, seed)), weights)


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
        return right
    return _wrong(attempt, wanted)


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
        hint = ONCE if attempt.count == 0 and attempt.names else _of_error(attempt.error)
        return Judged(attempt, Rank.NOTHING, f"it raises {attempt.error}", hint, plotted, expected)
    if not plotted.size:
        words, hint = _nothing_drawn(attempt)
        return Judged(attempt, Rank.NOTHING, words, hint, open=attempt.count == 0 and not attempt.names)
    for kind in ("weights", "convolutions", "all"):
        right = wanted.reduced(kind, mean_absolute)
        if explained := _named(drawn, wanted, kind, right):
            return Judged(attempt, Rank.WRONG, *explained, plotted, expected)
    words = f"{len(plotted)} values for {wanted.network}, which are not the mean absolute gradients of its layers"
    hint = f"one value per layer: param.grad.abs().mean(), {len(expected)} of them for {wanted.network}"
    return Judged(attempt, Rank.WRONG, words, hint, plotted, expected)


def _named(drawn: list[Curve], wanted: Layers, kind: str, right: Array) -> tuple[str, str] | None:
    """The mistake that explains what was drawn, and what to do."""
    for curve in drawn:
        if curve.y.shape != right.shape:
            continue
        if shows(Curve("", curve.x, np.sort(curve.y), (0, 0), ""), np.sort(right)):
            return "the values are right, but not in the network's order", "keep the order of named_parameters"
        for words, reduce in WRONG.items():
            if shows(curve, wanted.reduced(kind, reduce)):
                return (
                    f"{words} of each gradient",
                    "take the absolute value first, then the mean: param.grad.abs().mean()",
                )
        for words, reduce in {"the mean absolute value": mean_absolute, **WRONG}.items():
            if shows(curve, wanted.reduced(kind, reduce, of_weights=True)):
                return f"{words} of the weights, not of their gradients", "use param.grad"
    return None


def _nothing_drawn(attempt: Attempt) -> tuple[str, str]:
    if attempt.count == 0 or (attempt.values is not None and attempt.values.size == 0):
        hint = ONCE if attempt.names else "append param.grad.abs().mean() for every layer"
        return "nothing is collected: all_grads is empty", hint
    if attempt.count is not None:
        return "nothing is plotted", "plot_func_def has to plot all_grads with matplotlib"
    return "nothing is plotted and plot_func_def is not called", "hand all_grads and layers to self.plot_func_def"


_OF_ERRORS = (
    ("NoneType", "not everything has a gradient: look at param.grad before using it"),
    ("NameError", "this name has no value: it is misspelt, or was to be self.…"),
    ("IndexError", "go through the parameters one by one, and not by numbers that are fixed"),
    ("numpy()", "param.grad.abs().mean().item() is a number; detach() a tensor before numpy()"),
    ("same first dimension", "all_grads and layers need as many entries: append to both, or to none"),
    ("FixedLocator", "all_grads and layers need as many entries: append to both, or to none"),
    ("unpack", "named_parameters gives pairs: for name, param in named_parameters"),
    ("not subscriptable", "named_parameters() cannot be indexed: go through it with for"),
    ("has no attribute 'items'", "named_parameters gives pairs and is no dictionary: for name, param in it"),
    ("has no attribute", "look at what this object is: named_parameters gives names and parameters"),
    ("missing 1 required", "it is called as plot_grad_flow(named_parameters): further parameters need defaults"),
)


def _of_error(error: str) -> str:
    given = "the function is given what model.named_parameters() returns, after a backward pass"
    return next((hint for sign, hint in _OF_ERRORS if sign in error), given)


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
