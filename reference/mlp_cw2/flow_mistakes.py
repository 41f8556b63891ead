"""What students plot instead of the mean absolute gradient of each layer, in words, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from grader import Array, Curve, counted
from grader.checks import shows

from .flow_layers import Layers, Reduction, mean_absolute
from .flow_readings import Attempt

ONCE = "named_parameters() can be gone through once only: collect names and gradients in one loop"

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


def of_values(drawn: Sequence[Curve], wanted: Layers) -> tuple[str, str]:
    """The mistake that explains what was drawn, if one does, and what to do."""
    for kind in ("weights", "convolutions", "all"):
        if explained := _named(drawn, wanted, kind, wanted.reduced(kind, mean_absolute)):
            return explained
    if explained := _of_some(drawn, wanted):
        return explained
    count = max(len(curve.y) for curve in drawn)
    words = f"{count} values for {wanted.network}, which are not the mean absolute gradients of its layers"
    right = len(wanted.chosen("weights"))
    return words, f"one value per layer: param.grad.abs().mean(), {right} of them for {wanted.network}"


def _named(drawn: Sequence[Curve], wanted: Layers, kind: str, right: Array) -> tuple[str, str] | None:
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
        if (factor := _factor(curve.y, right)) and shows(curve, factor * right):
            return (
                f"the mean absolute gradients, but all are multiplied by {factor:.3g}",
                "hand over each value as it is: the figures of both networks are compared",
            )
    return None


def _factor(values: Array, right: Array) -> float | None:
    """The number that the first value is a multiple of the right one by, if there is one."""
    factor = float(values[0] / right[0]) if right[0] else math.nan
    return factor if math.isfinite(factor) and factor > 0 else None


def _of_some(drawn: Sequence[Curve], wanted: Layers) -> tuple[str, str] | None:
    """Right values, but not those of every layer, or of the biases alone."""
    every, weights = wanted.reduced("all", mean_absolute), set(wanted.chosen("convolutions"))
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


def nothing_drawn(attempt: Attempt) -> tuple[str, str]:
    """Why there is no curve, and what to do."""
    if attempt.count == 0 or (attempt.values is not None and attempt.values.size == 0):
        return "nothing is collected: the all_grads that plot_func_def gets is empty", _of_empty(attempt)
    if attempt.are_names and attempt.count:
        return (
            "plot_func_def gets the names where the values belong",
            "the values first: plot_func_def(all_grads, layers)",
        )
    if attempt.count in (1, 2) and attempt.curves:
        words = f"{counted(attempt.count, 'value')} in all, expected one for every layer"
        return words, "append a value for every layer's weight: leave out the biases only"
    if attempt.count is not None:
        return "nothing is plotted", "plot_func_def has to plot all_grads with matplotlib"
    return "nothing is plotted and plot_func_def is not called", "hand all_grads and layers to self.plot_func_def"


def _of_empty(attempt: Attempt) -> str:
    if attempt.names:
        return ONCE
    if attempt.uses_gradients:
        return (
            "hand over the lists that the loop fills, and let its condition hold: param.grad is there for every layer"
        )
    return "append param.grad.abs().mean() for every layer"


PAIRS = "named_parameters gives pairs: for name, param in named_parameters"
_OF_ERRORS = (
    ("NoneType", "look at what is None: param.grad is a tensor for every layer here, and has no gradient of its own"),
    ("NameError", "this name has no value: it is misspelt, or was to be self.…"),
    ("list index out of range", "the list has fewer parts than that: take the last part with [-1], or the whole name"),
    ("IndexError", "go through the parameters one by one, and not by numbers that are fixed"),
    ("numpy()", "param.grad.abs().mean().item() is a number; detach() a tensor before numpy()"),
    ("can only convert", "item() takes a single number: the mean first, param.grad.abs().mean().item()"),
    ("converted to Scalar", "item() takes a single number: the mean first, param.grad.abs().mean().item()"),
    ("ambiguous", "a tensor is no condition by itself: compare with None, or reduce it to one number first"),
    ("same first dimension", "all_grads and layers need as many entries: append to both, or to none"),
    ("FixedLocator", "all_grads and layers need as many entries: append to both, or to none"),
    ("unpack", PAIRS),
    ("'tuple' object", PAIRS),
    ("not subscriptable", "named_parameters() cannot be indexed: go through it with for"),
    (
        "'generator' object is not callable",
        "named_parameters is what the method gave already: go through it without the brackets ()",
    ),
    ("has no attribute 'items'", "named_parameters gives pairs and is no dictionary: for name, param in it"),
    ("has no attribute", "look at what this object is: named_parameters gives names and parameters"),
    ("plot_func_def() missing 1 required", "plot_func_def takes both: self.plot_func_def(all_grads, layers)"),
    ("missing 1 required", "it is called as plot_grad_flow(named_parameters): further parameters need defaults"),
)


def of_error(attempt: Attempt, error: str) -> tuple[str, str]:
    """What it raises, and what to do."""
    if attempt.count == 0 and attempt.names:
        return f"all_grads is empty, and layers is not: it raises {error}", ONCE
    given = "the function is given what model.named_parameters() returns, after a backward pass"
    return f"it raises {error}", next((hint for sign, hint in _OF_ERRORS if sign in error), given)
