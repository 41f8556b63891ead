"""What is asked of a student's training loop: what it is called, what it is given, what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from grader.checks.loops.loop_hints import hints
from grader.errors import AssignmentError
from grader.probes import Ask
from grader.sandbox.protocol import Array

ROLES: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "net"),
    "optimizer": ("opt",),
    "scheduler": ("sched",),
    "criterion": ("crit", "loss"),
    "train_loader": ("load", "data"),
    "epoch": ("epoch",),
    "device": ("dev",),
}
CASES = ("adam", "sgd")
WORDS = {"loss": "loss", "accuracy": "accuracy", "rate": "learning rate"}
SEVERAL = {"loss": "losses", "accuracy": "accuracies", "rate": "rates"}


@dataclass(frozen=True)
class History:
    """One result of a training loop: its name in the handout, and what it holds, a number for each batch.

    An accuracy is a share. A `mean` is a single number for the whole epoch.
    """

    name: str
    holds: Literal["loss", "accuracy", "rate"]
    mean: bool = False


@dataclass(frozen=True, kw_only=True)
class LoopTask:
    """A function that trains a network for one epoch, in the order of `results`.

    `roles` are the arguments that it gets, by their names in the handout, with patterns (regular expressions) of other
    names: of `model`, `optimizer`, `scheduler`, `criterion`, `train_loader`, `epoch` and `device` those that the
    handout has. `patterns` are those of the function's own name. An exception with one of `holes` in it comes from the
    template's gap. The samples are drawn here, or `served` gives them: its arrays named `images` and `labels`.
    """

    function: str
    results: tuple[History, ...]
    patterns: tuple[str, ...] = ("^train_?(one_?)?epoch$", "train.*epoch", "epoch.*train")
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: ROLES)
    holes: tuple[str, ...] = ()
    served: Callable[[int], Mapping[str, Array]] | None = None
    images: str = "training_loop.images"
    labels: str = "training_loop.labels"
    seconds: float = 6.0

    def __post_init__(self) -> None:
        """Raises AssignmentError for arguments that there are none of."""
        if odd := sorted(set(self.roles) - set(ROLES)):
            raise AssignmentError(f"{self.function}: expected roles of {', '.join(ROLES)}, found {', '.join(odd)}")

    @property
    def probe(self) -> Ask:
        """What goes into the sandbox."""
        asked: dict[str, Any] = {
            "function": self.function,
            "patterns": list(self.patterns),
            "roles": {name: list(patterns) for name, patterns in self.roles.items()},
            "results": len(self.results),
            "images": self.images,
            "labels": self.labels,
        }
        cases = [{"id": case, **asked} for case in CASES]
        return Ask(self.function, "training_loop", cases, self.seconds, library=True)

    def data(self, seed: int) -> Mapping[str, Array]:
        """The samples to train on, where the assignment serves none of its own."""
        return {} if self.served else self.samples(seed)

    def samples(self, seed: int) -> Mapping[str, Array]:
        """Images and labels by name."""
        if self.served:
            return self.served(seed)
        from grader.inside import loop_setting

        images, labels = loop_setting.samples(np.random.default_rng([seed, loop_setting.COUNT]))
        return {self.images: images, self.labels: labels}

    @property
    def is_scheduled(self) -> bool:
        """Whether the loop steps a scheduler."""
        return "scheduler" in self.roles

    @property
    def is_moved(self) -> bool:
        """Whether batches have to go to a device."""
        return "device" in self.roles

    @property
    def listed(self) -> str:
        """The results as one returns them."""
        return ", ".join(result.name for result in self.results)

    def holding(self, what: str) -> int | None:
        """The place of the first result that holds `loss`, `accuracy` or `rate`."""
        return next((place for place, result in enumerate(self.results) if result.holds == what), None)

    @cached_property
    def hints(self) -> tuple[tuple[str, str], ...]:
        """What to do about each problem, those first that explain others."""
        return hints({result.name: result.holds for result in self.results if not result.mean}, self.listed)
