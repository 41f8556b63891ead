"""How long networks are trained here, at which learning rates, and what the reference reaches in that time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from grader.checks.spread import Accuracies, measured
from grader.inside.budget import Budget

LEAST_RUNS = 10


@dataclass(frozen=True, kw_only=True)
class HeldOutBudget(Budget):
    """How networks are trained here, in units that are the same on every machine.

    `steps` of `batch` images at each learning rate, up to `patience` times as many where the loss falls slowly; a large
    network gets as many steps as `work` multiply-adds allow. What it has learned is measured outside on as many
    held-out images as `held_out_work` multiply-adds allow, `replayed` at a time. The seconds of CPU time are a backstop
    for what would never end: the usual network of twenty skip blocks needs half a second for a step, and a minute in
    all, on the machine of docs/benchmarks.md.
    """

    steps: int = 60
    batch: int = 12
    work: float = 3e12
    patience: int = 5
    step_cpu_s: float = 60.0
    cpu_s: float = 600.0
    average_batches: int = 6
    replayed: int = 5
    held_out_work: float = 1.5e11


def case_id(rate: float) -> str:
    """`lr=0.001`."""
    return f"lr={rate:g}"


@dataclass(frozen=True)
class ReferenceReached:
    """The reference over seeds, widths and depths on one data set (a JSON file, made by `measured_at_rates`)."""

    data: str
    ranges: Mapping[str, tuple[Accuracies, ...]]  # by case, in order of steps
    losses: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]  # by case: lowest and highest, step by step

    def at(self, case: str, steps: int) -> Accuracies | None:
        """The range after at most so many steps; None if nothing was measured that early.

        Where only a few of the reference's networks were trained for longer, the range of all of them counts.
        """
        reached = [one for one in self.ranges.get(case, ()) if one.steps <= steps and one.runs >= LEAST_RUNS]
        return replace(reached[-1], steps=steps) if reached else None


@cache
def reference_reached(path: Path) -> ReferenceReached:
    """The measured distribution of the reference; nothing where the file is hidden, as in a student's kit."""
    found = measured(path)
    cases = found.get("cases", {})
    return ReferenceReached(
        found.get("data", ""),
        {
            name: tuple(
                Accuracies(int(steps), min(shares), max(shares), len(shares))
                for steps, shares in case["accuracy"].items()
            )
            for name, case in cases.items()
        },
        {name: (tuple(case["lowest_loss"]), tuple(case["highest_loss"])) for name, case in cases.items()},
    )
