"""Number axes: where a value goes, which ticks it gets, and rails for values that an axis cannot hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ZERO, NEGATIVE, MINUS_INFINITY, NAN, INFINITY = "0", "< 0", "−∞", "NaN", "∞"
RAILS_BELOW = (ZERO, NEGATIVE, MINUS_INFINITY, NAN)  # from the plot area downwards; ∞ lies above it

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """A range in plot coordinates and its labelled ticks. On a log axis plot coordinates are log10."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


EMPTY = Axis(0.0, 1.0, ())


def rail(value: float, *, log: bool) -> str | None:
    """The rail on which a value is marked, or None if the axis can hold it."""
    if math.isnan(value):
        return NAN
    if math.isinf(value):
        return INFINITY if value > 0 else MINUS_INFINITY
    if log and value <= 0:
        return ZERO if value == 0 else NEGATIVE
    return None


def with_rails(axis: Axis, names: AbstractSet[str], step: float) -> tuple[Axis, tuple[tuple[str, float], ...]]:
    """Room for rails beside the axis, `step` of its range apart, and where each lies."""
    low, high = axis.low, axis.high
    step *= high - low
    below = [name for name in RAILS_BELOW if name in names]
    rails = [(name, low - step * (i + 0.6)) for i, name in enumerate(below)]
    low -= step * len(below)
    if INFINITY in names:
        rails.append((INFINITY, high + step * 0.5))
        high += step
    return Axis(low, high, axis.ticks), tuple(rails)


def rail_sentence(names: AbstractSet[str], *, log: bool) -> str:
    """Says in a caption which rails there are, or nothing."""
    shown = [f"“{name}”" for name in (*RAILS_BELOW, INFINITY) if name in names]
    if not shown:
        return ""
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    what = "have no place on a logarithmic axis" if log else "are not finite"
    return f"Values that {what} are marked at {listed}."


def power_of_ten(exponent: int) -> str:
    """For example 10⁻⁷."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def number(value: float, digits: int = 6, exponent: int = 0) -> str:
    """`value` × 10**`exponent` in short, with a real minus sign; large and small ones as 1.5×10⁶."""
    if value == 0:
        return "0"
    mantissa, own = f"{value:.{digits - 1}e}".split("e")
    power = int(own) + exponent  # kept apart: the product may be no float
    if -4 < power < 5:
        return f"{float(f'{mantissa}e{power}'):.{max(digits, power + 1)}g}".replace("-", "−")
    mantissa = (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa).replace("-", "−")
    return power_of_ten(power) if mantissa == "1" else f"{mantissa}×{power_of_ten(power)}"


def exponent_of(values: Floats) -> int:
    """The power of ten to divide finite values by before they are plotted: 0 unless they are huge or tiny."""
    largest = float(np.abs(values).max(initial=0.0))
    return 0 if largest == 0 or 1e-6 <= largest < 1e9 else max(-300, math.floor(math.log10(largest)))


def linear_axis(values: Floats, exponent: int = 0, *, tight: bool = False) -> Axis:
    """An axis for finite values that were divided by 10**exponent; `tight` leaves almost no margin.

    Not tight, it starts at zero when the values are positive and come near it. Ticks of whole numbers are
    whole.
    """
    low, high = _range(values)
    margin = max((high - low) * (0.03 if tight else 0.1), abs(high) * 1e-9, 0.0 if high > low else 0.5)
    start = 0.0 if not tight and 0 <= low <= high / 2 else low - margin
    whole = tight and exponent == 0 and bool((values == np.round(values)).all())
    marks = nice_ticks(low if tight else start, high if tight else high + margin, whole=whole, count=6 if tight else 5)
    return Axis(start, high + margin, tuple((mark, _tick_label(mark, exponent, marks)) for mark in marks))


def log_axis(logarithms: Floats) -> Axis:
    """An axis for values given as log10, in decades; a narrow range gets plain numbers as ticks."""
    low, high = _range(logarithms)
    if high - low < 1.9:
        centre, half = (low + high) / 2, max(0.5, (high - low) / 2)
        low, high = centre - half, centre + half  # a decade at least, or noise fills the panel
        ticks = _narrow_log_ticks(low, high)
    else:
        ticks = _decade_ticks(low, high)
    margin = (high - low) * 0.06
    return Axis(low - margin, high + margin, ticks)


def alike(axes: Sequence[Axis]) -> bool:
    """Whether panels can share one axis: none would use less than a quarter of it."""
    span = max(one.high for one in axes) - min(one.low for one in axes)
    return all(one.high - one.low >= span / 4 for one in axes)


def _range(values: Floats) -> tuple[float, float]:
    if values.size == 0:
        return 0.0, 1.0
    return float(values.min()), float(values.max())


def nice_ticks(low: float, high: float, *, whole: bool, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, some `count` of them; `whole` keeps fractions out."""
    rough = max((high - low) / count, 1e-12)
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * scale for factor in (1, 2, 2.5, 5, 10) if factor * scale >= rough * 0.999)
    if whole:
        step = max(1.0, math.ceil(step))
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _tick_label(mark: float, exponent: int, marks: Sequence[float]) -> str:
    step = marks[1] - marks[0] if len(marks) > 1 else abs(mark) or 1.0
    largest = max(abs(value) for value in marks) or 1.0
    digits = max(4, min(15, math.ceil(math.log10(largest / step)) + 2))
    return number(mark, digits, exponent)


def _decade_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    step = max(1, math.ceil((high - low) / 5))
    first = math.ceil(low / step) * step
    return tuple((float(e), power_of_ten(e)) for e in range(first, math.floor(high) + 1, step))


def _narrow_log_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    exponent = math.floor(low)  # ticks of the mantissas: 10**low itself may underflow
    bottom, top = 10 ** (low - exponent), 10 ** (high - exponent)
    marks = [mark for mark in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0) if bottom <= mark <= top]
    if len(marks) < 3:
        marks = nice_ticks(bottom, top, whole=False, count=4)
    return tuple((exponent + math.log10(mark), number(mark, 3, exponent)) for mark in marks if mark > 0)
