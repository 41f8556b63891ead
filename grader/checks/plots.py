"""Comparing the curves that student code drew (`inside/plots.py`) with the numbers they should show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from grader.checks.matching import matched
from grader.checks.power import Power, power
from grader.readings import Curve
from grader.sandbox.protocol import Array

RTOL, ATOL = 1e-3, 1e-7  # of each value, and of the largest one
# What may be added, or kept as the least, so that zeros have a logarithm; of the largest value. A power of ten is what
# people choose; anything else must be too small to be seen.
POWER_OF_TEN, ANY = 1e-4, 1e-7


def shows(curve: Curve, values: Array) -> bool:
    """Whether the curve's heights are `values`, or their logarithm on a linear axis.

    Values far below the largest one may be lifted by a constant or up to one, as is done before logarithms.
    """
    if curve.y.shape != values.shape or not np.isfinite(values).all():
        return False
    if _close(curve.y, values) or any(_close(curve.y, lifted) for lifted in _lifted(values, curve.y)):
        return True
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if any(_close(curve.y, log(values)) for log in (np.log10, np.log)):
            return True
        return any(
            _close(curve.y, log(lifted))
            for log, power in ((np.log10, lambda y: 10.0**y), (np.log, np.exp))
            for lifted in _lifted(values, power(curve.y))
        )


def power_of_curve(values: Array, others: Mapping[str, Array]) -> Power:
    """Power of finding `values` in a plot: zeros, one number for all, and `others` of the same shape would be seen."""
    constant = np.full_like(values, np.median(values) if values.size else 0.0)
    rivals = {"zeros": np.zeros_like(values), "one number for all": constant, **others}
    allowed = RTOL * np.abs(values) + ATOL * float(np.abs(values).max(initial=0.0))
    return power(values, allowed, rivals, f"a deviation of {RTOL:g} of a value is caught")


def _lifted(values: Array, heights: Array) -> Iterator[Array]:
    """`values` lifted in the two usual ways as far as the lowest of `heights` asks for, if that is little."""
    if not values.size or not np.isfinite(heights).all() or not 0 <= values.min() < heights.min():
        return
    lowest = float(heights.min())
    added = lowest - float(values.min())
    for amount, lifted in ((added, values + added), (lowest, np.maximum(values, lowest))):
        exponent = math.log10(amount)
        is_round = abs(exponent - round(exponent)) < RTOL
        if amount <= (POWER_OF_TEN if is_round else ANY) * values.max():
            yield lifted


def _close(found: Array, wanted: Array) -> bool:
    finite = np.isfinite(wanted)
    if not finite.any():
        return False
    scale = np.abs(wanted[finite]).max()
    near = np.isclose(found[finite], wanted[finite], rtol=RTOL, atol=ATOL * scale)
    return bool(near.all() and not np.isfinite(found[~finite]).any())


def rises(x: Array) -> bool:
    """Whether positions go one step to the right at a time, wherever they start."""
    if not np.isfinite(x).all():
        return False
    steps = np.diff(x)
    return bool(len(steps) and (steps > 0).all() and np.allclose(steps, steps[0], rtol=1e-3))


def assigned(
    curves: Sequence[Curve], wanted: Sequence[Sequence[Array]], fits: Callable[[Curve, Array], bool] = shows
) -> list[int | None]:
    """For each wanted curve (given as alternatives) the index of a curve of its own that shows it, or None."""
    options = [
        {index for index, curve in enumerate(curves) if any(fits(curve, values) for values in alternatives)}
        for alternatives in wanted
    ]
    owner = matched(options)
    return [owner.get(row) for row in range(len(wanted))]
