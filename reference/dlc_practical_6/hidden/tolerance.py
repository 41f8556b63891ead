"""How far apart two right norms may lie: measured, not guessed."""

from __future__ import annotations

from pathlib import Path

from grader.checks import Tolerance, measured

from ..cases import Configuration

FLOOR = Tolerance(worst=0.1, median=1e-3, underflow=1e-17)


def tolerance(case: Configuration) -> Tolerance:
    """The measured spread of the reference (`tolerances.json`, made by `measure.py`) times the safety factor.

    The spread has a long tail: where rounding flips the sign of what enters a ReLU, a few entries move by
    more than a hundred times the median. So no tolerance is narrower than `FLOOR`; every usual mistake moves
    the entries by far more.
    """
    found = measured(Path(__file__).with_name("tolerances.json"))["measured"][case.id]
    return FLOOR.widened(found["worst"], found["median"])
