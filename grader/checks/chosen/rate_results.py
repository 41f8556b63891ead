"""What training at one learning rate came to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from grader.checks.learning import Knowledge
from grader.checks.spread import better_than_chance
from grader.checks.too_slow import too_slow
from grader.sandbox.protocol import Array

ENOUGH = 0.8  # of the steps that its operations allow, as they are counted here


@dataclass(frozen=True, kw_only=True)
class RateResult:
    """One learning rate. `losses` are what the box says; `before` and `after` were measured here on held-out images.

    `wanted` is the number of steps that the budget allows; `error` is the student's, `unmeasured` says why nothing
    could be measured. `unchanged` are parameters that are after training as they were before. A network that is `gated`
    may take longer to begin than all the steps there are.
    """

    rate: float
    losses: Array
    steps: int
    wanted: int
    out_of_time: bool
    seconds: float
    device: str
    in_place: bool
    error: str | None
    unmeasured: str | None
    before: Knowledge | None
    after: Knowledge | None
    unchanged: frozenset[str]
    classes: int
    gated: bool = False

    @property
    def images(self) -> int:
        """Held-out images that the network was asked about."""
        return self.after.images if self.after else 0

    @property
    def right(self) -> int:
        """Held-out images whose class was found."""
        return self.after.right if self.after else 0

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.after.accuracy if self.after else math.nan

    @property
    def beats_guessing(self) -> bool:
        """Whether more images are recognised than by guessing, and than before the training."""
        before = self.before.right if self.before else 0
        return bool(self.images) and better_than_chance(self.right, self.images, self.classes, before)

    @property
    def slow(self) -> str | None:
        """That this machine is too slow for the budget, with an estimate of what would be needed."""
        return too_slow(self.steps, self.wanted, self.seconds) if self.out_of_time else None

    @property
    def longer(self) -> bool:
        """Whether it was trained for longer than the budget's steps, as its loss fell slowly."""
        return self.steps > self.wanted

    @property
    def cut_short(self) -> bool:
        """Whether it ended long before the budget did, for no reason that can be seen from outside."""
        return self.error is None and not self.out_of_time and self.steps < ENOUGH * self.wanted

    def matrix(self) -> Array:
        """`confusion_matrix[actual, predicted]`, counts; answers outside of the classes are left out."""
        from sklearn.metrics import confusion_matrix

        if self.after is None:
            raise ValueError("there are no predictions")
        found: Array = confusion_matrix(self.after.labels, self.after.predictions, labels=list(range(self.classes)))
        return found
