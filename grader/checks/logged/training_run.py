"""The one type that all logs become: a training run, with curves by what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from grader.sandbox.protocol import Array

STEPS, UPDATES, EPOCHS, EPISODES, ROWS = "steps", "updates", "epochs", "episodes", "rows"
UNITS = (STEPS, UPDATES, EPOCHS, EPISODES, ROWS)  # what a curve is drawn over, the best first
RESTARTS = 5  # more steps back than that are no restarts
Fact = str | float | bool


@dataclass(frozen=True)
class RunCurve:
    """One quantity of a run: `values` at `positions`, counted in `unit`; `times` in seconds where they are logged.

    All have one number a point. Rows without a value are left out. `also` counts the same points in other units.
    """

    name: str
    unit: str
    positions: Array
    values: Array
    times: Array | None = None
    file: str = ""
    also: Mapping[str, Array] = field(default_factory=dict)

    def counted_in(self, unit: str) -> RunCurve | None:
        """The same over another count of its points, if they have one."""
        if unit == self.unit:
            return self
        return replace(self, unit=unit, positions=self.also[unit]) if unit in self.also else None

    @property
    def last(self) -> float:
        """The last epoch or step that the run logged."""
        return float(self.positions[-1])

    @property
    def interval(self) -> float:
        """How far its points lie apart, mostly."""
        gaps = np.diff(self.positions)
        forward = gaps[gaps > 0]
        return float(np.median(forward)) if len(forward) else 0.0

    @property
    def goes_back(self) -> int:
        """How often its positions go back, where that is more than restarts explain."""
        back = int((np.diff(self.positions) < 0).sum())
        return back if back > max(RESTARTS, 0.01 * len(self.positions)) else 0

    @property
    def resumed(self) -> RunCurve:
        """Without what was logged again after a restart: of two values at a place the later one counts. Positions that
        go back more often than a run is restarted are none, and nothing is left out.
        """
        if self.goes_back:
            return self
        ahead = np.minimum.accumulate(self.positions[::-1])[::-1]
        kept = np.append(self.positions[:-1] <= ahead[1:], True) if len(ahead) > 1 else np.ones(len(ahead), bool)
        times = None if self.times is None else self.times[kept]
        also = {unit: places[kept] for unit, places in self.also.items()}
        return replace(self, positions=self.positions[kept], values=self.values[kept], times=times, also=also)

    def tail(self, share: float = 0.1) -> Array:
        """The finite values of its last part: a share of the points, at least five where there are."""
        values = self.values[np.isfinite(self.values)]
        return values[-max(min(5, len(values)), round(share * len(values))) :] if len(values) else values


@dataclass(frozen=True)
class TrainingRun:
    """One run: curves by what they mean (`return`, `loss`, `evaluation return`, …; others by their own names), and the
    single facts that were written down with it. `seed` is None where nothing tells it.
    """

    name: str
    seed: int | None = None
    curves: Mapping[str, RunCurve] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    extents: Mapping[str, float] = field(default_factory=dict)

    def gap(self, unit: str) -> float:
        """How far apart points lie, at most, of the curves that are counted in `unit`."""
        return max((curve.interval for curve in self.curves.values() if curve.unit == unit), default=0.0)

    def reached(self, unit: str) -> float | None:
        """How far it went, counted in `unit`: by its positions, or for steps by the sum of its episodes' lengths."""
        found = [curve.last for curve in self.curves.values() if curve.unit == unit and len(curve.positions)]
        if unit in self.extents:
            found.append(self.extents[unit])
        if not found and unit == STEPS and (lengths := self.curves.get("length")) is not None:
            return float(np.nansum(lengths.values)) if "mean" not in lengths.name.lower() else None
        if not found and unit == EPISODES and (lengths := self.curves.get("length")) is not None:
            return float(len(lengths.values))
        return max(found, default=None)
