"""`same_module`: a student's module with the reference's weights, whatever they are called and however they lie."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from asking import found
from torch import nn

from grader.checks import drawn, normal, same_module
from grader.errors import AssignmentError
from grader.finding import Outcome


class Gate(nn.Module):
    """The reference: one layer gates the other; batch normalisation behind."""

    def __init__(self, width, hidden):
        super().__init__()
        self.value, self.gate = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.norm = nn.BatchNorm1d(hidden)

    def forward(self, x):
        return self.norm(self.value(x) * torch.sigmoid(self.gate(x)))


CASES = [{"width": 3, "hidden": 6, "x": normal(5, 3)}, {"width": 4, "hidden": 2, "x": normal(3, 4)}]
BLOCK = same_module("Gate(width, hidden)", "(x) -> out", reference={"Gate": Gate}, cases=CASES)


class Fused(nn.Module):
    """Both layers in one, other names, other order of arguments."""

    def __init__(self, hidden, width):
        super().__init__()
        self.bn = nn.BatchNorm1d(hidden)
        self.both = nn.Linear(width, 2 * hidden)

    def forward(self, inputs):
        gate, value = self.both(inputs).chunk(2, dim=-1)
        return self.bn(gate.sigmoid() * value)


class Alternating(Fused):
    def forward(self, inputs):
        pairs = self.both(inputs).unflatten(-1, (-1, 2))
        return self.bn(pairs[..., 0] * pairs[..., 1].sigmoid())


class Matrices(nn.Module):
    """Plain matrices from the right, normalised by hand, and a parameter that nothing uses."""

    def __init__(self, width, hidden):
        super().__init__()
        for name in "vg":
            setattr(self, f"W{name}", nn.Parameter(torch.zeros(width, hidden)))
            setattr(self, f"b{name}", nn.Parameter(torch.zeros(hidden)))
        self.norm = nn.BatchNorm1d(hidden)
        self.unused = nn.Parameter(torch.zeros(7))

    def forward(self, x):
        return self.norm((x @ self.Wv + self.bv) * torch.sigmoid(x @ self.Wg + self.bg))


@pytest.mark.parametrize("kind", [Gate, Fused, Alternating, Matrices])
def test_other_ways_to_build_it_pass(kind):
    assert found(BLOCK, Gate=kind).outcome is Outcome.PASSED


class Coder(nn.Module):
    """Two methods, and a forward pass of both."""

    def __init__(self, width, hidden):
        super().__init__()
        self.down, self.up = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def encode(self, x):
        return self.down(x).relu()

    def decode(self, z):
        return self.up(z)

    def forward(self, x):
        return self.decode(self.encode(x))


class OtherCoder(nn.Module):
    """Other names, and no forward pass."""

    def __init__(self, width, hidden):
        super().__init__()
        self.backward_layer, self.layer = nn.Linear(hidden, width), nn.Linear(width, hidden)

    def encode(self, batch):
        return torch.relu(self.layer(batch))

    def decode(self, codes):
        return self.backward_layer(codes)


class NoRelu(Coder):
    def encode(self, x):
        return self.down(x)


class NoEncode(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.down = nn.Linear(width, hidden)

    def forward(self, x):
        return self.down(x).relu()


CODES = [{"width": 3, "hidden": 6, "x": normal(5, 3), "z": normal(5, 6)}]
ENCODE, DECODE = (
    same_module("Coder(width, hidden)", call, reference={"Coder": Coder}, cases=CODES)
    for call in ("encode(x) -> z", "decode(z) -> x")
)


def test_a_method_may_be_asked_in_place_of_the_forward_pass():
    for block in (ENCODE, DECODE):
        assert found(block, Coder=Coder).outcome is found(block, Coder=OtherCoder).outcome is Outcome.PASSED
    assert found(ENCODE, Coder=NoRelu).outcome is Outcome.FAILED
    assert found(DECODE, Coder=NoRelu).outcome is Outcome.PASSED


def test_a_method_that_is_not_there_is_said():
    finding = found(ENCODE, Coder=NoEncode)

    assert finding.outcome is Outcome.FAILED
    assert "it has no method encode" in finding.message


class Tanh(Gate):
    def forward(self, x):
        return self.norm(self.value(x) * torch.tanh(self.gate(x)))


class Detached(Gate):
    def forward(self, x):
        return self.norm(self.value(x) * torch.sigmoid(self.gate(x).detach()))


class NeverNormalises(Gate):
    def forward(self, x):
        self.norm.eval()
        return super().forward(x)


class AlwaysByTheBatch(Gate):
    def forward(self, x):
        y = self.value(x) * torch.sigmoid(self.gate(x))
        return nn.functional.batch_norm(y, None, None, self.norm.weight, self.norm.bias, training=True)


class Extra(Gate):
    def __init__(self, width, hidden):
        super().__init__(width, hidden)
        self.last = nn.Linear(hidden, hidden)

    def forward(self, x):
        return self.last(super().forward(x))


class OnlySome(Gate):
    def forward(self, x):
        if x.shape[1] == 4:
            raise ValueError("no")
        return super().forward(x)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Tanh, "in evaluation mode, out differs"),
        (Detached, "no gradient reaches the weights in the place of gate.weight|shapes"),
        (NeverNormalises, "in training mode, out differs"),
        (AlwaysByTheBatch, "in evaluation mode, out differs"),
        (Extra, "it has besides 1 of 6 and 1 of 6 × 6: its parameters have the shapes .* expected value.weight 6 × 3"),
    ],
)
def test_another_function_fails_and_it_is_said_how(kind, words):
    import re

    finding = found(BLOCK, Gate=kind)

    assert finding.outcome is Outcome.FAILED
    assert re.search(words, " ".join((finding.message, *finding.details)))


def test_a_size_that_does_not_run_costs_that_case():
    finding = found(BLOCK, Gate=OnlySome)

    assert finding.credit == Fraction(1, 2)
    assert "ValueError: no" in finding.message


def test_a_bias_may_be_optional():
    class Plain(Gate):
        def __init__(self, width, hidden):
            super().__init__(width, hidden)
            self.value = nn.Linear(width, hidden, bias=False)

    free = same_module("Gate(width, hidden)", "(x) -> out", reference={"Gate": Gate}, cases=CASES, optional=("*.bias",))

    assert found(BLOCK, Gate=Plain).outcome is Outcome.FAILED
    assert found(free, Gate=Plain).outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", [lambda width, hidden: 3, lambda width: Gate(width, 6)])
def test_what_is_no_module_or_cannot_be_made_is_the_students(kind):
    assert found(BLOCK, Gate=kind).outcome is Outcome.FAILED


def test_a_missing_class_is_said_once():
    assert found(BLOCK).message == "expected Gate, found no such definition"


class Normalisation(nn.Module):
    """The reference: a batch normalisation of one's own."""

    def __init__(self, channels):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        return nn.functional.batch_norm(
            x, self.running_mean, self.running_var, self.gamma, self.beta, training=self.training
        )


CHANNELS = [{"channels": 3, "x": normal(4, 3, 2, 2, scale=3, shift=2)}]
NORM = same_module("Normalisation(channels)", "(x) -> out", reference={"Normalisation": Normalisation}, cases=CHANNELS)


class ByHand(nn.Module):
    """With axes of length 1, the variance first, other names, and a buffer that has nothing to do with it."""

    share = 0.1

    def __init__(self, channels):
        super().__init__()
        shape = (1, channels, 1, 1)
        self.weight, self.bias = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.zeros(shape))
        self.register_buffer("unit", torch.ones(2))
        self.register_buffer("moving_variance", torch.ones(shape))
        self.register_buffer("moving_avg", torch.zeros(shape))

    def forward(self, x):
        mean, var = self.moving_avg, self.moving_variance
        if self.training:
            mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), unbiased=False, keepdim=True)
            count = x.numel() / x.shape[1]
            self.moving_avg = (1 - self.share) * self.moving_avg + self.share * mean.detach()
            unbiased = var.detach() * count / (count - 1)
            self.moving_variance = (1 - self.share) * self.moving_variance + self.share * unbiased
        return (x - mean) * torch.rsqrt(var + 1e-5) * self.weight + self.bias


class OtherShare(ByHand):
    share = 0.9


@pytest.mark.parametrize("kind", [Normalisation, nn.BatchNorm2d, ByHand])
def test_running_statistics_are_told_apart_by_what_they_are(kind):
    assert found(NORM, Normalisation=kind).outcome is Outcome.PASSED


def test_running_statistics_are_compared():
    said = found(NORM, Normalisation=OtherShare)

    assert said.outcome is Outcome.FAILED
    assert "running_mean differs" in said.message


class Placed(nn.Module):
    """A constant is added: positions, kept in a buffer."""

    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(width, width)
        self.register_buffer("places", torch.arange(5.0)[:, None] * torch.ones(width))

    def forward(self, x):
        return self.layer(x + self.places)


class PlacedByParameter(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.places = nn.Parameter(torch.arange(5.0)[:, None].repeat(1, width), requires_grad=False)
        self.layer = nn.Linear(width, width)

    def forward(self, x):
        return self.layer(x + self.places)


class PlacedOtherwise(PlacedByParameter):
    def forward(self, x):
        return self.layer(x - self.places)


class Frozen(PlacedByParameter):
    def __init__(self, width):
        super().__init__(width)
        self.layer.weight.requires_grad_(False)


class Features(nn.Module):
    """Random features that do not learn, in the reference too."""

    def __init__(self, width):
        super().__init__()
        self.directions = nn.Parameter(torch.randn(7, width), requires_grad=False)
        self.out = nn.Linear(7, 2)

    def forward(self, x):
        return self.out(torch.cos(x @ self.directions.T))


class FeaturesByLayer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fixed = nn.Linear(width, 7, bias=False)
        self.fixed.requires_grad_(False)
        self.head = nn.Linear(7, 2)

    def forward(self, x):
        return self.head(self.fixed(x).cos())


class FeaturesOfSine(FeaturesByLayer):
    def forward(self, x):
        return self.head(self.fixed(x).sin())


WIDE = [{"width": 3, "x": normal(2, 5, 3)}]


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("kind", [Placed, PlacedByParameter])
def test_a_constant_may_be_a_parameter_that_does_not_learn(kind, gradients):
    block = same_module("Placed(width)", "(x) -> out", reference={"Placed": Placed}, cases=WIDE, gradients=gradients)

    finding = found(block, Placed=kind)

    assert finding.outcome is Outcome.PASSED, finding.message


class Table(nn.Module):
    """Nothing in it learns: a buffer in the reference."""

    def __init__(self, width):
        super().__init__()
        self.register_buffer("places", torch.arange(5.0)[:, None] * torch.ones(width))

    def forward(self, x):
        return x + self.places


class LookedUp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.table = nn.Embedding.from_pretrained(torch.arange(5.0)[:, None] * torch.ones(width), freeze=True)

    def forward(self, x):
        return x + self.table(torch.arange(x.shape[1]))


class Learned(LookedUp):
    def __init__(self, width):
        super().__init__(width)
        self.table.requires_grad_(True)


def test_a_module_in_which_nothing_learns_may_hold_frozen_parameters():
    block = same_module("Table(width)", "(x) -> out", reference={"Table": Table}, cases=WIDE)

    assert found(block, Table=LookedUp).outcome is Outcome.PASSED, found(block, Table=LookedUp).message
    assert found(block, Table=Learned).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("kind", "words", "gradients"),
    [
        (PlacedOtherwise, "differs", True),
        (PlacedOtherwise, "differs", False),
        (Frozen, "does not learn", True),
        (Frozen, "does not learn", False),
    ],
)
def test_what_has_to_learn_must_learn(kind, words, gradients):
    block = same_module("Placed(width)", "(x) -> out", reference={"Placed": Placed}, cases=WIDE, gradients=gradients)

    finding = found(block, Placed=kind)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message + " ".join(finding.details)


def test_what_is_frozen_in_the_reference_may_be_frozen():
    block = same_module("Features(width)", "(x) -> out", reference={"Features": Features}, cases=WIDE)

    assert found(block, Features=Features).outcome is Outcome.PASSED
    assert found(block, Features=FeaturesByLayer).outcome is Outcome.PASSED
    assert found(block, Features=FeaturesOfSine).outcome is Outcome.FAILED


class Narrow(nn.Module):
    """Its two matrices have the same sizes, the other way round."""

    def __init__(self, width, hidden):
        super().__init__()
        self.inner, self.out = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.out(torch.relu(self.inner(x)))


class FromTheRight(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.first = nn.Parameter(torch.zeros(width, hidden))
        self.shift = nn.Parameter(torch.zeros(hidden))
        self.last = nn.Linear(hidden, width)

    def forward(self, x):
        return self.last((x @ self.first + self.shift).relu())


class FromTheRightWithoutActivation(FromTheRight):
    def forward(self, x):
        return self.last(x @ self.first + self.shift)


def test_one_of_two_matrices_of_the_same_sizes_may_lie_the_other_way_round():
    sizes = [{"width": 3, "hidden": 7, "x": normal(5, 3)}]
    block = same_module("Narrow(width, hidden)", "(x) -> out", reference={"Narrow": Narrow}, cases=sizes)

    assert found(block, Narrow=FromTheRight).outcome is Outcome.PASSED
    assert found(block, Narrow=FromTheRightWithoutActivation).outcome is Outcome.FAILED


class Optional(nn.Module):
    """The reference: a mask may be given."""

    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, x, mask=None):
        return self.layer(x) if mask is None else self.layer(x) * mask


class Unmasked(Optional):
    def forward(self, x):
        return self.layer(x)


def test_what_takes_no_mask_is_right_where_none_is_given():
    cases = [{"width": 3, "x": normal(4, 3), "mask": mask} for mask in (None, normal(4, 1))]
    block = same_module("Optional(width)", "(x, mask) -> out", reference={"Optional": Optional}, cases=cases)

    finding = found(block, Optional=Unmasked)

    assert found(block, Optional=Optional).outcome is Outcome.PASSED
    assert finding.credit == Fraction(1, 2)
    assert "positional arguments" in finding.message


def test_one_of_several_references_has_to_fit_all_cases():
    class Rough(nn.Module):
        """The reference, with another activation; `mixed` with either, as it comes."""

        act, mixed = "tanh", False

        def __init__(self, width):
            super().__init__()
            self.layer = nn.Linear(width, width)

        def forward(self, x):
            act = ["tanh", "none"][len(x) % 2] if self.mixed else self.act
            return nn.functional.gelu(self.layer(x), approximate=act)

    exact = type("Rough", (Rough,), {"act": "none"})
    cases = [{"width": 3, "x": normal(rows, 3)} for rows in (4, 5)]
    asked = ("Rough(width)", "(x) -> out")
    one = same_module(*asked, reference={"Rough": exact}, cases=cases)
    either = same_module(*asked, reference={"Rough": exact}, also=[{"Rough": Rough}], cases=cases)

    assert found(one, Rough=Rough).outcome is Outcome.FAILED
    assert found(either, Rough=Rough).outcome is Outcome.PASSED
    assert found(either, Rough=exact).outcome is Outcome.PASSED
    assert found(either, Rough=type("Rough", (Rough,), {"mixed": True})).credit == Fraction(1, 2)
    with pytest.raises(AssignmentError, match="the reference has no Rough"):
        same_module(*asked, reference={"Rough": exact}, also=[{}], cases=cases)


class Scaled(Gate):
    """The reference of a module with a branch: what comes out is halved, or not."""

    def forward(self, x, halved):
        return super().forward(x) / (2 if halved else 1)


class GatesTheOtherWayRound(Scaled):
    """In one branch the layers have changed places."""

    def forward(self, x, halved):
        if not halved:
            return super().forward(x, halved)
        return self.norm(self.gate(x) * torch.sigmoid(self.value(x))) / 2


class OtherNames(Fused):
    def forward(self, inputs, halved):
        out = super().forward(inputs)
        return out / 2 if halved else out


SIZED = {"width": 3, "hidden": 6, "x": normal(5, 3)}
BRANCHES = same_module(
    "Scaled(width, hidden)",
    "(x, halved) -> out",
    reference={"Scaled": Scaled},
    cases=[SIZED | {"halved": False}, SIZED | {"halved": True}, SIZED | {"hidden": 4, "halved": True}],
)


def test_layers_that_change_places_in_one_branch_fail_there():
    finding = found(BRANCHES, Scaled=GatesTheOtherWayRound)

    assert finding.credit == Fraction(2, 3)
    assert "it is right only if its layers have other roles than for" in finding.message


@pytest.mark.parametrize("kind", [Scaled, OtherNames])
def test_layers_that_keep_their_places_in_both_branches_pass(kind):
    assert found(BRANCHES, Scaled=kind).outcome is Outcome.PASSED


class Graph(nn.Module):
    """The reference: a layer of a graph network, with the adjacency matrix in one product."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x, adjacency):
        degree = adjacency.sum(dim=1) + 1
        return self.linear((adjacency @ x + x) / degree[:, None])


class Neighbours(Graph):
    """One node after the other: the adjacency matrix is only looked at."""

    def forward(self, x, adjacency):
        rows = []
        for node, row in enumerate(adjacency.tolist()):
            near = [x[other] for other, there in enumerate(row) if there]
            rows.append(sum(near, x[node]) / (len(near) + 1))
        return self.linear(torch.stack(rows))


class Cut(Neighbours):
    def forward(self, x, adjacency):
        return super().forward(x.detach(), adjacency)


class NotItself(Graph):
    def forward(self, x, adjacency):
        return self.linear(adjacency @ x / (adjacency.sum(dim=1) + 1)[:, None])


def undirected(rng):
    above = np.triu(rng.random((5, 5)) < 0.5, 1)
    return (above | above.T).astype(float)


def graphs(**others):
    cases = [{"inputs": 3, "outputs": 4, "x": normal(5, 3), "adjacency": drawn(undirected)}]
    return same_module(
        "Graph(inputs, outputs)", "(x, adjacency) -> h", reference={"Graph": Graph}, cases=cases, **others
    )


def test_gradients_may_be_asked_by_some_of_the_inputs():
    block = graphs(gradients=("x",))

    for other in (Graph, Neighbours):
        assert found(block, Graph=other).outcome is Outcome.PASSED, found(block, Graph=other).message
    assert "no gradient reaches x" in found(block, Graph=Cut).message
    assert found(block, Graph=NotItself).outcome is Outcome.FAILED
    assert "no gradient reaches adjacency" in found(graphs(), Graph=Neighbours).message


def test_gradients_by_no_input_are_those_by_parameters():
    class Frozen(Neighbours):
        def forward(self, x, adjacency):
            return super().forward(x, adjacency).detach() + 0 * self.linear.bias

    block = graphs(gradients=())

    assert found(block, Graph=Cut).outcome is Outcome.PASSED, found(block, Graph=Cut).message
    assert found(block, Graph=Frozen).outcome is Outcome.FAILED


def test_gradients_by_what_is_no_input_are_a_slip():
    with pytest.raises(AssignmentError, match="gradients: expected some of x, adjacency, found y"):
        graphs(gradients=("y",))
