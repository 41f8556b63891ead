"""Recurrent cells with the reference's weights: gates in any order, fused or apart, with one bias or two."""

from __future__ import annotations

import numpy as np
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


def layers(*names, size=4):
    return [part for name in names for part in ((f"{name}.weight", (size, size)), (f"{name}.bias", (size,)))]


def test_layers_beside_a_normalization_are_no_gates():
    rows = [("norm.weight", (4,)), ("norm.bias", (4,))]

    assert list(gated(layers("a", "b"), layers("a", "b")))
    assert not list(gated(layers("a", "b") + rows, layers("a", "b") + rows))


def test_no_way_to_take_numbers_comes_twice():
    shapes = layers("a", "b")
    numbers = np.random.default_rng(0)
    given = {name: numbers.standard_normal(shape) for name, shape in shapes}

    made = [b"".join(np.asarray(takes[name](given)).tobytes() for name, _ in shapes) for takes in gated(shapes, shapes)]

    assert len(set(made)) == len(made)


class Gru(nn.Module):
    """The reference: as PyTorch's, where the last gate's two biases are no sum."""

    def __init__(self, inputs, units):
        super().__init__()
        self.x, self.h = nn.Linear(inputs, 3 * units), nn.Linear(units, 3 * units)

    def gates(self, x, h):
        (r, z, new), (own_r, own_z, own_new) = self.x(x).chunk(3, dim=1), self.h(h).chunk(3, dim=1)
        return r + own_r, z + own_z, new, own_new

    def forward(self, x, h):
        r, z, new, own = self.gates(x, h)
        return h + torch.sigmoid(-z) * (torch.tanh(new + torch.sigmoid(r) * own) - h)


class BothGatesInOne(Gru):
    """One layer for both gates, for states and inputs together; two for what is new."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        self.both, self.new_x = nn.Linear(units + inputs, 2 * units), nn.Linear(inputs, units)
        self.new_h = nn.Linear(units, units)

    def gates(self, x, h):
        z, r = self.both(torch.cat([h, x], dim=1)).chunk(2, dim=1)
        return r, z, self.new_x(x), self.new_h(h)


class Stacked(Gru):
    """The matrices of all gates in one array, for einsum."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        self.W, self.U = nn.Parameter(torch.zeros(3, inputs, units)), nn.Parameter(torch.zeros(3, units, units))
        self.b, self.c = nn.Parameter(torch.zeros(3, units)), nn.Parameter(torch.zeros(3, units))

    def gates(self, x, h):
        z, r, new = torch.einsum("nd,gdk->gnk", x, self.W) + self.b[:, None]
        own_z, own_r, own = torch.einsum("nj,gjk->gnk", h, self.U) + self.c[:, None]
        return r + own_r, z + own_z, new, own


class OneBiasForGates(Gru):
    """States first; a second bias only where it matters."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        for gate in "nrz":
            setattr(self, f"h2{gate}", nn.Linear(units, units, bias=gate == "n"))
            setattr(self, f"x2{gate}", nn.Linear(inputs, units))

    def gates(self, x, h):
        return self.x2r(x) + self.h2r(h), self.x2z(x) + self.h2z(h), self.x2n(x), self.h2n(h)


class NamedMatrices(Gru):
    """A matrix and a bias for each, gate after gate, multiplied from the right."""

    def __init__(self, inputs, units):
        nn.Module.__init__(self)
        for gate in "rzn":
            for part, width in (("i", inputs), ("h", units)):
                setattr(self, f"W_{part}{gate}", nn.Parameter(torch.zeros(width, units)))
                setattr(self, f"b_{part}{gate}", nn.Parameter(torch.zeros(units)))

    def of(self, part, gate, x):
        return x @ getattr(self, f"W_{part}{gate}") + getattr(self, f"b_{part}{gate}")

    def gates(self, x, h):
        r, z = (self.of("i", gate, x) + self.of("h", gate, h) for gate in "rz")
        return r, z, self.of("i", "n", x), self.of("h", "n", h)


class PyTorchsGru(nn.GRUCell):
    pass


GRU_CASES = [{"inputs": d, "units": h, "x": normal(n, d), "h": normal(n, h)} for n, d, h in ((4, 3, 5), (1, 6, 2))]
GRUS = [Gru, BothGatesInOne, Stacked, OneBiasForGates, NamedMatrices, PyTorchsGru]


@pytest.mark.parametrize("reference", [Gru, OneBiasForGates, PyTorchsGru])
@pytest.mark.parametrize("kind", GRUS)
def test_gates_may_have_one_bias_and_what_is_new_two(kind, reference):
    block = same_module("Gru(inputs, units)", "(x, h) -> next", reference={"Gru": reference}, cases=GRU_CASES)

    finding = found(block, Gru=kind)
    assert finding.outcome is Outcome.PASSED, finding.message


class ResetBefore(Stacked):
    def forward(self, x, h):
        r, z, new, _ = self.gates(x, h)
        own = (torch.sigmoid(r) * h) @ self.U[2] + self.c[2]
        return h + torch.sigmoid(-z) * (torch.tanh(new + own) - h)


class TurnedRound(BothGatesInOne):
    def forward(self, x, h):
        r, z, new, own = self.gates(x, h)
        return h + torch.sigmoid(-z) * (torch.tanh(own + torch.sigmoid(r) * new) - h)


class BiasForgotten(OneBiasForGates):
    def gates(self, x, h):
        r, z, new, own = super().gates(x, h)
        return r, z, new, own - self.h2n.bias


@pytest.mark.parametrize("kind", [ResetBefore, TurnedRound, BiasForgotten])
def test_another_gru_is_another_function(kind):
    block = same_module("Gru(inputs, units)", "(x, h) -> next", reference={"Gru": Gru}, cases=GRU_CASES)

    assert found(block, Gru=kind).outcome is Outcome.FAILED
