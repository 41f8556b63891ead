"""Candidates run as one batch lie as far from a student's module as when each is run by itself."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from core_examples import SEED
from torch import nn

from grader.checks import normal
from grader.checks.blocks.carried import candidates
from grader.checks.blocks.compared_modules import ComparedModule
from grader.checks.blocks.runs import Run, runs_of
from grader.checks.blocks.seen_modules import SeenModule
from grader.checks.blocks.tried_at_once import at_once, tried


class Three(nn.Module):
    """Three layers of the same shape, of which each plays another role, and a running statistic."""

    def __init__(self, width):
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(width, width) for _ in range(3))
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return self.norm(self.a(x) * torch.tanh(self.b(x))) - self.c(x).relu()


class Looks(Three):
    """Whether it does one thing or another hangs on numbers: nothing that runs for many networks at once."""

    def forward(self, x):
        out = super().forward(x)
        return out if out.sum() > 0 else -out


class Recurrent(nn.Module):
    """PyTorch's LSTM has a list of its weights besides, which it goes by."""

    def __init__(self, width):
        super().__init__()
        self.cell = nn.LSTM(width, width)
        self.last = nn.Linear(width, width)

    def forward(self, x):
        return self.last(self.cell(x)[0])


class Remembers(Three):
    """Its weights are looked up in a list of its own."""

    def __init__(self, width):
        super().__init__(width)
        self.kept = [self.a.weight, self.b.weight]

    def forward(self, x):
        return super().forward(x) + x @ self.kept[0] + x @ self.kept[1].T


def compared(kind: type[nn.Module]) -> tuple[list[ComparedModule], SeenModule, dict[str, np.ndarray]]:
    """All candidates for the reference's own weights, and what the reference gives under the third of them."""
    asked = runs_of("Net(width)", "(x) -> out", [{"width": 4, "x": normal(5, 4)}], [Run("evaluation")])
    served, module = asked.data(SEED), kind(4)
    weights = {name: part.detach().numpy().copy() for name, part in module.named_parameters()}
    statistics = {name: np.full(4, 0.5, dtype=np.float32) for name, part in module.named_buffers() if part.ndim}
    shapes = [(name, array.shape) for name, array in weights.items()]
    found = [
        ComparedModule(asked, 0, module, takes, weights, statistics) for takes in islice(candidates(shapes, shapes), 20)
    ]
    return found, SeenModule(shapes, shapes, (), found[2].right(served), ()), served


@pytest.mark.parametrize("kind", [Three, Looks, Recurrent, Remembers])
def test_every_candidate_lies_as_far_away_as_by_itself(kind):
    torch.manual_seed(3)
    some, seen, served = compared(kind)

    found = list(tried(some, seen, served))

    assert [one for one, _ in found] == some
    assert len(some) > 2
    assert found[2][1] == (0, pytest.approx(0, abs=1e-5))
    for one, (count, far) in found:
        assert (count, far) == (
            one.distance(seen, served)[0],
            pytest.approx(one.distance(seen, served)[1], rel=1e-4, abs=1e-5),
        )


def test_networks_that_can_are_run_at_once_and_the_reference_is_left_as_it_was():
    some, seen, served = compared(Three)
    before = {name: part.clone() for name, part in some[0].module.state_dict().items()}

    found = at_once(some, seen, served)

    assert len(found) > 10
    assert None not in found
    assert all(torch.equal(part, before[name]) for name, part in some[0].module.state_dict().items())


@pytest.mark.parametrize("kind", [Looks, Recurrent, Remembers])
def test_networks_that_cannot_are_left_to_be_run_alone(kind):
    some, seen, served = compared(kind)

    assert set(at_once(some, seen, served)) == {None}
