"""A loader with a budget of batches to train on, and a data set on which a loader of the student's own has the same.

Passes in which nothing is learned, as those that measure an accuracy after each epoch, are not taken off it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader, TensorDataset

LOOKED = 4  # times the budget: batches in all, with those that are looked at alone


class TooManySteps(BaseException):
    """More batches were asked for than the budget has. No `except Exception` of a student's catches it."""


@dataclass(eq=False)
class _Pass:
    """Once through the loader: what the parameters were before, and whether they have been changed since."""

    before: list[torch.Tensor]
    drawn: int = 0
    learned: bool = False
    left: bool = False


@dataclass(eq=False)
class _Budget:
    most: int
    network: nn.Module
    drawn: int = 0
    spent: int = 0  # in passes that nothing more is learned from
    passes: list[_Pass] = field(default_factory=list)  # that may still be learned from

    @property
    def trained(self) -> int:
        """Batches of passes in which parameters changed."""
        return self.spent + sum(one.drawn for one in self.passes if one.learned)

    def begin(self) -> _Pass:
        """Another pass."""
        self.look()
        self.passes.append(_Pass(parameters(self.network)))
        return self.passes[-1]

    def draw(self, by: _Pass) -> None:
        """Another batch. Raises TooManySteps."""
        self.look()
        trained = self.trained
        if trained > self.most or (by.learned and trained >= self.most):
            self.stop(by if trained - by.drawn >= self.most else None)
        if self.drawn >= (LOOKED if trained else 1) * self.most:
            self.stop()
        self.drawn += 1
        by.drawn += 1

    def stop(self, undone: _Pass | None = None) -> None:
        """Raises TooManySteps, after what a pass changed was taken back."""
        if undone is not None:
            with torch.no_grad():
                for part, was in zip(self.network.parameters(), undone.before, strict=False):
                    part.copy_(was)
        raise TooManySteps

    def gone_through(self, one: _Pass) -> None:
        """Its last batch came, and what was made of that."""
        self.look()
        self.settle(one)

    def settle(self, one: _Pass) -> None:
        """Nothing more is learned from a pass."""
        if one in self.passes:
            self.passes.remove(one)
            self.spent += one.drawn if one.learned else 0

    def look(self) -> None:
        """Note in which passes parameters have changed; those that were left have had their last step by now."""
        for one in self.passes:
            one.learned = one.learned or not same(one.before, self.network)
        for one in [one for one in self.passes if one.left]:
            self.settle(one)


class BudgetedSamples(TensorDataset):
    """The training data. What is taken of it by hand, or by another loader, counts as batches of the budget's size."""

    def __init__(self, *tensors: torch.Tensor) -> None:
        super().__init__(*tensors)
        self.budget: _Budget | None = None
        self.batch = 1
        self._pass: _Pass | None = None
        self._taken = self._counted = 0  # of one pass: samples, and those of them that make whole batches

    def __getitem__(self, index: Any) -> tuple[torch.Tensor, ...]:
        found: tuple[torch.Tensor, ...] = super().__getitem__(index)  # type: ignore[no-untyped-call]
        if self.budget is not None:
            self._take(self.budget, 1 if found[0].ndim < self.tensors[0].ndim else len(found[0]))
        return found

    def _take(self, budget: _Budget, count: int) -> None:
        """So many samples more. Raises TooManySteps."""
        self._taken += count
        while self._taken - self._counted >= self.batch or self._counted < len(self) <= self._taken:
            self._pass = self._pass or budget.begin()
            budget.draw(self._pass)
            self._counted = min(self._counted + self.batch, len(self))
            if self._counted == len(self):
                self._pass.left = True
                self._pass, self._taken, self._counted = None, self._taken - len(self), 0

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """In here the loader that has the budget takes them."""
        budget, self.budget = self.budget, None
        try:
            yield
        finally:
            self.budget = budget


class Budgeted(DataLoader[Any]):
    """Batches of the training data in an order of their own for each epoch."""

    budget: _Budget
    dataset: BudgetedSamples

    def limit(self, most: int, network: nn.Module) -> None:
        """At most so many batches in passes that change the network's parameters; as many in all until one does."""
        self.budget = self.dataset.budget = _Budget(most, network)
        self.dataset.batch = self.batch_size or 1

    @property
    def steps(self) -> int:
        """The batches that were trained on: all of them where no pass is known to have changed anything."""
        self.budget.look()
        return min(self.budget.trained, self.budget.most) or self.budget.drawn

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        """One epoch."""
        one, batches = self.budget.begin(), super().__iter__()
        try:
            while True:
                with self.dataset.uncounted():
                    batch = next(batches, None)
                if batch is None:
                    break
                self.budget.draw(one)
                yield batch
            self.budget.gone_through(one)
        finally:
            one.left = True


def parameters(network: nn.Module) -> list[torch.Tensor]:
    """What they are now."""
    return [part.detach().clone() for part in network.parameters() if not is_lazy(part)]


def same(before: list[torch.Tensor], network: nn.Module) -> bool:
    """Whether they still are what they were."""
    now = [part.detach() for part in network.parameters() if not is_lazy(part)]
    alike = len(before) == len(now) and all(one.shape == two.shape for one, two in zip(before, now, strict=True))
    return alike and all(torch.equal(one, two.to(one.device)) for one, two in zip(before, now, strict=True))
