"""Recurrent cells with the reference's weights: gates in any order, fused or apart, with one bias or two."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn

from grader.checks import normal, same_module
from grader.checks.blocks.gates import gated
from grader.finding import Outcome


class Cell(nn.Module):
    """The reference: fused in PyTorch's order, one bias."""

    def __init__(self, inputs, units):
        super().__init__()
        self.wx, self.wh = nn.Linear(inputs, 4 * units), nn.Linear(units, 4 * units, bias=False)

    def gates(self, x, h):
        return (self.wx(x) + self.wh(h)).chunk(4, dim=1)

    def forward(self, x, h, c):
        i, f, g, o = self.gates(x, h)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


SIZES = [(2, 3, 5), (1, 4, 2)]
CASES = [{"inputs": d, "units": h, "x": normal(n, d), "h": normal(n, h), "c": normal(n, h)} for n, d, h in SIZES]
BLOCK = same_module("Cell(inputs, units)", "(x, h, c) -> h, c", reference={"Cell": Cell}, cases=CASES)


class OtherOrder(Cell):
    def gates(self, x, h):
        o, g, f, i = (self.wh(h) + self.wx(x)).chunk(4, dim=1)
        return i, f, g, o


class TwoBiases(Cell):
    def __init__(self, inputs, units):
        super().__init__(inputs, units)
        self.wh = nn.Linear(units, 4 * units)


class Apart(Cell):
    """A layer for each gate, on inputs and states together."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        self.forget, self.input, self.output, self.new = (nn.Linear(inputs + units, units) for _ in range(4))

    def gates(self, x, h):
        both = torch.cat([h, x], dim=1)
        return self.input(both), self.forget(both), self.new(both), self.output(both)


class ApartTwice(Cell):
    """Two layers for each gate, each with a bias, gate after gate."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        for gate in "ofig":
            setattr(self, f"x_{gate}", nn.Linear(inputs, units))
            setattr(self, f"h_{gate}", nn.Linear(units, units))

    def gates(self, x, h):
        return [getattr(self, f"x_{gate}")(x) + getattr(self, f"h_{gate}")(h) for gate in "ifgo"]


class Matrices(Cell):
    """Matrices from the right, as in Dive into Deep Learning."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        for gate in "ifog":
            setattr(self, f"W_x{gate}", nn.Parameter(torch.zeros(inputs, units)))
            setattr(self, f"W_h{gate}", nn.Parameter(torch.zeros(units, units)))
            setattr(self, f"b_{gate}", nn.Parameter(torch.zeros(units)))

    def gates(self, x, h):
        parts = [[getattr(self, f"{name}{gate}") for name in ("W_x", "W_h", "b_")] for gate in "ifgo"]
        return [x @ wx + h @ wh + b for wx, wh, b in parts]


class PyTorchs(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.cell = nn.LSTMCell(inputs, units)

    def forward(self, x, h, c):
        return self.cell(x, (h, c))


RIGHT = [Cell, OtherOrder, TwoBiases, Apart, ApartTwice, Matrices, PyTorchs]


@pytest.mark.parametrize("kind", RIGHT)
def test_a_cell_is_the_same_however_its_gates_lie(kind):
    assert found(BLOCK, Cell=kind).outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", RIGHT)
def test_and_whatever_form_the_reference_has(kind):
    block = same_module("Cell(inputs, units)", "(x, h, c) -> h, c", reference={"Cell": kind}, cases=CASES[:1])

    assert found(block, Cell=Apart).outcome is Outcome.PASSED


class NoForgetting(Apart):
    def gates(self, x, h):
        i, f, g, o = super().gates(x, h)
        return i, f + 20, g, o


class StatesForgotten(Matrices):
    def gates(self, x, h):
        return super().gates(x, 0 * h)


class TanhForTheOutput(OtherOrder):
    def forward(self, x, h, c):
        i, f, g, o = self.gates(x, h)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.tanh(o) * torch.tanh(c), c


class CutOff(TwoBiases):
    def gates(self, x, h):
        return (self.wx(x) + self.wh(h.detach())).chunk(4, dim=1)


class NoBias(Cell):
    def __init__(self, inputs, units):
        super().__init__(inputs, units)
        self.wx = nn.Linear(inputs, 4 * units, bias=False)


@pytest.mark.parametrize("kind", [NoForgetting, StatesForgotten, TanhForTheOutput, CutOff, NoBias])
def test_another_cell_is_another_function(kind):
    assert found(BLOCK, Cell=kind).outcome is Outcome.FAILED


def test_what_has_no_gates_is_left_alone():
    assert not list(gated([("a", (3, 4)), ("b", (7,))], [("a", (3, 4)), ("b", (3,))]))
