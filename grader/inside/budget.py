"""How long a network is trained, in units that are the same on every machine. Needs no PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Steps of `batch` samples each with Adam: in an order that follows from `shuffle`, or in their own if it is None.

    The rate stays, or falls to `lowest_rate` by cosine annealing. A large network gets as many steps as `work`
    multiply-adds allow, on any machine. One whose training loss has not fallen by half after them gets up to `patience`
    times as many: deep networks may learn nothing for long, and then fast. The CPU seconds of one step and of all are a
    backstop for what would never end, far above what a slow machine needs.
    """

    steps: int
    batch: int
    learning_rate: float = 1e-3
    lowest_rate: float | None = None
    shuffle: int | None = None
    work: float = 1e18
    patience: int = 1
    step_cpu_s: float = 60.0
    cpu_s: float = 1e9

    @classmethod
    def of(cls, case: Mapping[str, Any]) -> Budget:
        """From a case of a probe, which may hold more."""
        return cls(**{part.name: case[part.name] for part in fields(Budget) if part.name in case})

    def rate(self, step: int) -> float:
        """The learning rate at a step, from 0."""
        if self.lowest_rate is None:
            return self.learning_rate
        fall = (1 + math.cos(math.pi * step / self.steps)) / 2
        return self.lowest_rate + (self.learning_rate - self.lowest_rate) * fall
