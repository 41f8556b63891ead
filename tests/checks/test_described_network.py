"""A network that a handout describes: right ones pass however they are written, others are told by what differs."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from core_examples import evidence
from torch import nn

from grader.assess import assess_one
from grader.catalog import Hidden
from grader.checks import DescribedNetwork, network_as_described
from grader.finding import Finding
from grader.inside import made
from grader.probes import Argument, MakeNetwork, NetworkCase, weights_seed
from grader.rubric import Block, Criterion
from grader.sandbox.protocol import Frame

WIDTHS = (3, 5)


def served(seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng([seed, 7])
    return {f"x{width}": random.standard_normal((6, width)).astype(np.float32) for width in WIDTHS}


def _case(width: int) -> NetworkCase:
    argument = Argument("width", width, ("width",))
    return NetworkCase(
        id=str(width), asked="get_net", patterns=("^get_net$",), inputs=(f"x{width}",), arguments=(argument,)
    )


TASK = DescribedNetwork(
    kind="net",
    asked="get_net",
    probe=MakeNetwork("net", [_case(width) for width in WIDTHS]),
    arguments={str(width): (width,) for width in WIDTHS},
    batches=lambda seed, case: [served(seed)[f"x{case}"]],
    outputs={str(width): [(6, 2)] for width in WIDTHS},
    gives="get_net makes networks that give 2 numbers for each sample",
)


def get_net(width):
    return nn.Sequential(nn.Linear(width, 8), nn.ReLU(), nn.Linear(8, 2))


BLOCK = network_as_described(TASK, get_net, hints=(("Tanh", "use nn.ReLU"),), sizes="widths", counted=("5", "5 inputs"))


class Session:
    """As much of a box's session as the probe uses."""

    def __init__(self, factory, seed):
        self.namespace, self.arrays = {"get_net": factory}, served(seed)
        self.request = {"seed": weights_seed(seed)}


def found(factory, block: Block = BLOCK) -> Finding:
    frames, seed = [], evidence().seed
    for case in TASK.probe.cases:
        header, arrays = made.answer(Session(factory, seed), json.loads(json.dumps(case.request())))
        sent = {"kind": "ask", "probe": "net", "case": case.id, **json.loads(json.dumps(header))}
        frames.append(Frame(sent, arrays))
    return assess_one(Criterion("it", "It", 1, block), evidence(*frames))


class Own(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.last, self.first = nn.Linear(8, 2), nn.Linear(width, 8)

    def forward(self, x):
        return self.last(self.first(x).clamp(min=0))


@pytest.mark.parametrize("factory", [get_net, Own])
def test_a_right_network_passes_however_it_is_written(factory):
    finding = found(factory)

    assert finding.outcome.value == "passed", finding.message
    assert "for 2 widths, 66 parameters for 5 inputs" in finding.message


def test_another_layer_is_named_with_what_to_do():
    finding = found(lambda width: nn.Sequential(nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, 2)))

    assert finding.outcome.value == "failed"
    assert "get_net(" in finding.message
    assert "Tanh" in finding.message
    assert finding.hint == "use nn.ReLU"


class Doubled(Own):
    def forward(self, x):
        return 2 * super().forward(x)


class Idle(Own):
    def __init__(self, width):
        super().__init__(width)
        self.idle = nn.Linear(4, 4)


def test_layers_that_nothing_uses_cost_half():
    finding = found(Idle)

    assert finding.outcome.value == "partial"
    assert "expected 66 parameters, found 86: what is computed is right" in finding.message


class Shifted(Own):
    """Its mean is a parameter that does not learn; others keep it as a buffer."""

    def __init__(self, width):
        super().__init__(width)
        self.mean = nn.Parameter(torch.arange(width) / 4, requires_grad=False)

    def forward(self, x):
        return super().forward(x - self.mean)


class ShiftedByBuffer(Own):
    def __init__(self, width):
        super().__init__(width)
        self.register_buffer("mean", torch.arange(width) / 4)

    def forward(self, x):
        return super().forward(x - self.mean)


SHIFTED = network_as_described(TASK, ShiftedByBuffer, sizes="widths")


@pytest.mark.parametrize("factory", [Shifted, ShiftedByBuffer])
def test_a_constant_that_is_kept_as_a_frozen_parameter_is_no_layer_and_keeps_its_value(factory):
    finding = found(factory, SHIFTED)

    assert finding.outcome.value == "passed", finding.message
    assert found(Own, SHIFTED).outcome.value == "failed"


def frozen(width, names=("first",), base=Own):
    net = base(width)
    for name in names:
        net.get_submodule(name).requires_grad_(requires_grad=False)
    return net


class WithoutGradients(Own):
    def forward(self, x):
        with torch.no_grad():
            features = self.first(x).clamp(min=0)
        return self.last(features)


FROZEN = network_as_described(TASK, frozen, sizes="widths")


@pytest.mark.parametrize(
    "factory",
    [frozen, lambda width: frozen(width, ("0",), get_net), WithoutGradients],
    ids=["frozen", "in a sequence", "without gradients"],
)
def test_what_the_reference_freezes_may_be_frozen_in_any_way(factory):
    finding = found(factory, FROZEN)

    assert finding.outcome.value == "passed", finding.message


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        (Own, "first.weight, first.bias learn: expected requires_grad = False"),
        (lambda width: frozen(width, ("first", "last")), "last.weight, last.bias do not learn"),
        (lambda width: frozen(width, ("last",)), "last.weight, last.bias do not learn"),
        (lambda width: frozen(width, base=Doubled), "expected"),
    ],
    ids=["all learn", "none learns", "the other one", "another function"],
)
def test_layers_that_learn_and_should_not_are_named(factory, words):
    finding = found(factory, FROZEN)

    assert finding.outcome.value == "failed"
    assert words in finding.message


def test_a_layer_that_nothing_asked_to_freeze_has_to_learn():
    finding = found(frozen)

    assert finding.outcome.value == "failed"
    assert "first.weight, first.bias do not learn: expected requires_grad for all weights" in finding.message


def test_a_network_without_layers_is_not_attempted():
    assert "not attempted: get_net makes a network without layers" in found(lambda width: nn.Identity()).message.lower()


def test_students_are_told_of_shapes_alone():
    assert BLOCK.preview is not None
    shapes = Block(BLOCK.preview)

    assert found(lambda width: nn.Linear(width, 2), shapes).message == TASK.gives
    assert (
        "get_net(3): expected an output of 6 × 2, found 6 × 9"
        in found(lambda width: nn.Linear(width, 9), shapes).message
    )
    assert network_as_described(TASK, Hidden("hidden.solution")).hidden
