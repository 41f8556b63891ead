"""`activated`: a non-linearity between each convolution or linear layer and the next."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn
from torch.nn import functional as F

from grader.checks import activated, normal
from grader.finding import Outcome

BLOCK = activated("Net()", "(x) -> y", cases=[{"x": normal(2, 1, 8, 8)}])


class Net(nn.Module):
    """Behind each layer but the last."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.hidden, self.last = nn.BatchNorm2d(4), nn.Linear(64, 5), nn.Linear(5, 3)

    def forward(self, x):
        x = F.max_pool2d(self.norm(self.first(x)), 2).relu()
        x = F.leaky_relu(self.second(x)).flatten(1)
        return self.last(torch.tanh(self.hidden(x)))


class Residual(Net):
    def forward(self, x):
        y = F.relu(self.first(x))
        y = F.gelu(y + self.second(y))
        return self.last(F.silu(self.hidden(F.avg_pool2d(y, 2).flatten(1))))


class ByHand(Net):
    def forward(self, x):
        x = self.first(x)
        x = F.max_pool2d(torch.where(x > 0, x, 0.1 * x), 2)
        x = self.second(x)
        x = (x * torch.sigmoid(x)).flatten(1)
        return self.last(self.hidden(x).clamp(min=0))


class PoolingAlone(Net):
    def forward(self, x):
        x = F.relu(self.second(F.max_pool2d(self.first(x), 2)))
        return self.last(torch.tanh(self.hidden(x.flatten(1))))


class TooEarly(Net):
    def forward(self, x):
        x = F.max_pool2d(self.norm(self.first(F.relu(x))), 2)
        return self.last(F.relu(self.hidden(F.relu(self.second(x)).flatten(1))))


class NoHidden(Net):
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        return self.last(self.hidden(F.relu(self.second(x)).flatten(1)))


class AroundOne(Net):
    """A leaky ReLU in another form."""

    def forward(self, x):
        x = self.first(x)
        x = F.max_pool2d(F.relu(x) + 0.5 * x, 2)
        return self.last(F.relu(self.hidden(F.relu(self.second(x)).flatten(1))))


@pytest.mark.parametrize("kind", [Net, Residual, ByHand, AroundOne])
def test_any_non_linearity_will_do(kind):
    said = found(BLOCK, Net=kind)

    assert said.outcome is Outcome.PASSED, said.message


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PoolingAlone, "convolution 2 follows convolution 1 without"),
        (TooEarly, "convolution 2 follows convolution 1 without"),
        (NoHidden, "linear 2 follows linear 1 without"),
    ],
)
def test_two_layers_in_a_row_are_one(kind, words):
    said = found(BLOCK, Net=kind)

    assert said.outcome is Outcome.FAILED
    assert words in said.message


class Graph(nn.Module):
    """What neighbours have is added up, by a matrix that is given, behind one's own weights."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Parameter(torch.zeros(5, 6)), nn.Parameter(torch.zeros(6, 3))

    def forward(self, x, a):
        return a @ (a @ x @ self.first).relu() @ self.last


class Straight(Graph):
    def forward(self, x, a):
        return x @ self.first @ self.last


@pytest.mark.parametrize(("kind", "outcome"), [(Graph, Outcome.PASSED), (Straight, Outcome.FAILED)])
def test_products_with_weights_that_are_written_out_are_layers(kind, outcome):
    block = activated("Net()", "(x, a) -> y", cases=[{"x": normal(4, 5), "a": normal(4, 4)}])

    assert found(block, Net=kind).outcome is outcome
