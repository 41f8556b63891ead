"""What students plot instead of the figure of each layer's gradient, in words, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from grader.checks.gradient_flow.flow_attempts import FlowAttempt
from grader.checks.gradient_flow.flow_task import FlowTask
from grader.checks.gradient_flow.layer_gradients import KINDS, MEAN_ABSOLUTE, FlowFigure, LayerGradients, Reduction
from grader.checks.plots import shows
from grader.checks.usual_mistakes import usual_mistake
from grader.finding import Hints, advice
from grader.readings.typed_frames import Curve
from grader.sandbox.protocol import Array
from grader.words import counted

ONCE = "named_parameters() can be gone through once only: collect names and gradients in one loop"

# What students compute instead of what is asked for.
_FIGURES: Mapping[str, Reduction] = {
    MEAN_ABSOLUTE.of_values: MEAN_ABSOLUTE.reduce,
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


def wrong_figures(figure: FlowFigure) -> dict[str, Reduction]:
    """All others."""
    return {words: reduce for words, reduce in _FIGURES.items() if words != figure.of_values}


def of_values(drawn: Sequence[Curve], wanted: LayerGradients, figure: FlowFigure) -> tuple[str, str]:
    """The mistake that explains what was drawn, if one does, and what to do."""
    for kind in KINDS:
        if explained := _named(drawn, wanted, kind, figure):
            return explained
    if explained := _of_some(drawn, wanted, figure):
        return explained
    count = max(len(curve.y) for curve in drawn)
    words = f"{count} values for {wanted.network}, which are not the {figure.words}s of its layers"
    right = len(wanted.chosen("weights"))
    return words, f"one value per layer: {figure.code}, {right} of them for {wanted.network}"


def _named(drawn: Sequence[Curve], wanted: LayerGradients, kind: str, figure: FlowFigure) -> tuple[str, str] | None:
    """The mistake that explains what was drawn, and what to do."""
    right = wanted.reduced(kind, figure.reduce)
    for curve in drawn:
        if curve.y.shape != right.shape:
            continue
        if shows(Curve("", curve.x, np.sort(curve.y), (0, 0), ""), np.sort(right)):
            return "the values are right, but not in the network's order", "keep the order of named_parameters"
        if known := _another_figure(curve, wanted, kind, figure):
            return known
        if (factor := _factor(curve.y, right)) and shows(curve, factor * right):
            return (
                f"the {figure.words}s, but all are multiplied by {factor:.3g}",
                "hand over each value as it is: the figures of both networks are compared",
            )
    return None


def _another_figure(curve: Curve, wanted: LayerGradients, kind: str, figure: FlowFigure) -> tuple[str, str] | None:
    """Another figure of the gradients, or any of the weights."""
    others = wrong_figures(figure)
    of_gradients = [(f"{words} of each gradient", figure.todo, reduce) for words, reduce in others.items()]
    of_weights = [
        (f"{words} of the weights, not of their gradients", "use param.grad", reduce)
        for words, reduce in {figure.of_values: figure.reduce, **others}.items()
    ]
    return usual_mistake(of_gradients, lambda reduce: shows(curve, wanted.reduced(kind, reduce))) or usual_mistake(
        of_weights, lambda reduce: shows(curve, wanted.reduced(kind, reduce, of_weights=True))
    )


def _factor(values: Array, right: Array) -> float | None:
    """The number that the first value is a multiple of the right one by, if there is one."""
    factor = float(values[0] / right[0]) if right[0] else math.nan
    return factor if math.isfinite(factor) and factor > 0 else None


def _of_some(drawn: Sequence[Curve], wanted: LayerGradients, figure: FlowFigure) -> tuple[str, str] | None:
    """Right values, but not those of every layer, or of the biases alone."""
    every, weights = wanted.reduced("all", figure.reduce), set(wanted.chosen("convolutions"))
    for curve in drawn:
        places = _places(curve.y, every)
        if places is None:
            continue
        if set(wanted.chosen("weights")).isdisjoint(places):
            return "the biases alone are plotted", "leave the biases out, and plot each layer's weight"
        left = next((wanted.names[index] for index in sorted(weights - set(places))), None)
        if left:
            return (
                f"{len(places)} values for {wanted.network}, of only some of its layers: {left} is missing",
                "plot one value for every layer's weight: leave out the biases only",
            )
    return None


def _places(values: Array, every: Array) -> list[int] | None:
    """Which parameters, in their order, the values are of; None if any is of none."""
    places: list[int] = []
    for value in values:
        after = places[-1] + 1 if places else 0
        found = np.flatnonzero(np.isclose(every[after:], value, rtol=1e-4, atol=0))
        if not found.size:
            return None
        places.append(after + int(found[0]))
    return places


def nothing_drawn(attempt: FlowAttempt, task: FlowTask) -> tuple[str, str]:
    """Why there is no curve, and what to do."""
    plotter, values = task.plotter, task.values
    if plotter is None:
        return "nothing is plotted", f"plot {values} with matplotlib: plt.plot({values})"
    if attempt.count == 0 or (attempt.values is not None and attempt.values.size == 0):
        return f"nothing is collected: the {values} that {plotter} gets is empty", _of_empty(attempt, task)
    if attempt.are_names and attempt.count:
        words = f"{plotter} gets the names where the values belong"
        return words, f"the values first: {plotter}({values}, {task.names})"
    if attempt.count in (1, 2) and attempt.curves:
        words = f"{counted(attempt.count, 'value')} in all, expected one for every layer"
        return words, "append a value for every layer's weight: leave out the biases only"
    if attempt.count is not None:
        return "nothing is plotted", f"{plotter} has to plot {values} with matplotlib"
    return f"nothing is plotted and {plotter} is not called", f"hand {values} and {task.names} to self.{plotter}"


def _of_empty(attempt: FlowAttempt, task: FlowTask) -> str:
    if attempt.names:
        return ONCE
    if attempt.uses_gradients:
        return (
            "hand over the lists that the loop fills, and let its condition hold: param.grad is there for every layer"
        )
    return f"append {task.figure.code} for every layer"


PAIRS = "named_parameters gives pairs: for name, param in named_parameters"


def _hints(task: FlowTask) -> Hints:
    """What to do about an exception, by a sign in its words."""
    code, values, names = task.figure.code, task.values, task.names
    both = f"{values} and {names} need as many entries: append to both, or to none"
    single = f"item() takes a single number: the {task.figure.noun} first, {code}.item()"
    return (
        (
            "NoneType",
            "look at what is None: param.grad is a tensor for every layer here, and has no gradient of its own",
        ),
        (
            "UnboundLocalError",
            "the function gives this name a value further down, so that it has none before: name that value otherwise",
        ),
        ("NameError", "this name has no value: it is misspelt, or was to be self.…"),
        (
            "list index out of range",
            "the list has fewer parts than that: take the last part with [-1], or the whole name",
        ),
        ("IndexError", "go through the parameters one by one, and not by numbers that are fixed"),
        ("numpy()", f"{code}.item() is a number; detach() a tensor before numpy()"),
        ("can only convert", single),
        ("converted to Scalar", single),
        ("ambiguous", "a tensor is no condition by itself: compare with None, or reduce it to one number first"),
        ("same first dimension", both),
        ("FixedLocator", both),
        ("unpack", PAIRS),
        ("'tuple' object", PAIRS),
        ("not subscriptable", "named_parameters() cannot be indexed: go through it with for"),
        (
            "'generator' object is not callable",
            "named_parameters is what the method gave already: go through it without the brackets ()",
        ),
        ("has no attribute 'items'", "named_parameters gives pairs and is no dictionary: for name, param in it"),
        ("has no attribute", "look at what this object is: named_parameters gives names and parameters"),
        (
            f"{task.plotter}() missing 1 required",
            f"{task.plotter} takes both: self.{task.plotter}({values}, {names})",
        ),
        ("missing 1 required", f"it is called as {task.function}(named_parameters): further parameters need defaults"),
    )


def of_error(attempt: FlowAttempt, error: str, task: FlowTask) -> tuple[str, str]:
    """What it raises, and what to do."""
    if attempt.count == 0 and attempt.names:
        return f"{task.values} is empty, and {task.names} is not: it raises {error}", ONCE
    given = "the function is given what model.named_parameters() returns, after a backward pass"
    return f"it raises {error}", advice(error, _hints(task)) or given
