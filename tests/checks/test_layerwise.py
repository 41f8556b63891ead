"""A network of any assignment is compared with its reference, and where it differs the layer is named."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from core_examples import SEED, evidence
from torch import nn

from grader.checks import (
    JudgedNetwork,
    NetworkTask,
    deviation_table,
    judge_network,
    made_network,
    network_causes,
    power_shown,
    wrong_network,
)
from grader.finding import Outcome
from grader.inside import made
from grader.probes import weights_seed
from grader.sandbox.protocol import Frame

X = np.random.default_rng(3).standard_normal((5, 6)).astype(np.float32)
CASE = {"id": "6", "asked": "Net", "patterns": ["^net$"], "roles": [], "inputs": ["x"]}


def reference() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))


class Right(nn.Module):
    def __init__(self):
        super().__init__()
        self.last, self.first = nn.Linear(4, 3), nn.Linear(6, 4)

    def forward(self, x):
        return self.last(self.first(x).tanh())


class NoTanh(Right):
    def forward(self, x):
        return self.last(self.first(x))


class OtherActivation(Right):
    def forward(self, x):
        return self.last(self.first(x).sigmoid())


def judged(kind: type[nn.Module]) -> JudgedNetwork:
    session = SimpleNamespace(namespace={"Net": kind}, arrays={"x": X}, request={"seed": weights_seed(SEED)})
    header, arrays = made.answer(session, CASE)
    answer = json.loads(json.dumps({"kind": "ask", "probe": "net", "case": "6", **header}))
    network = made_network(evidence(Frame(answer, arrays)), "net", "6", "Net()", 1)
    return judge_network(network, NetworkTask("Net()", {"": reference()}, [X], SEED, whole=True))


def test_layers_of_other_names_and_in_another_order_are_the_reference_s():
    found = judged(Right)

    assert found.right, found.problems
    assert power_shown([found]).enough()
    assert deviation_table([found], "net").rows[0][-1] == "equal"


@pytest.mark.parametrize(
    ("kind", "words"),
    [(NoTanh, "Tanh is missing after Linear 6 → 4"), (OtherActivation, "expected Tanh after Linear 6 → 4")],
)
def test_the_layer_that_differs_is_named(kind, words):
    found = judged(kind)

    assert not found.right
    assert network_causes(found)[0].startswith(words)


def test_a_finding_explains_the_nearest_network_and_names_the_others():
    finding = wrong_network([judged(NoTanh), judged(OtherActivation)], 3, "net", {"Tanh": "put a Tanh there"})

    assert finding.outcome is Outcome.FAILED
    assert "found 2 of 3 networks that differ; Net(): " in finding.message
    assert finding.hint == "put a Tanh there"
    assert [shown.key for shown in finding.exhibits] == ["net-layers", "net-depth"]


class ByHand(nn.Module):
    """Both layers as parameters: matrices as outputs × inputs, or turned."""

    turned = False

    def __init__(self):
        super().__init__()
        sizes = [(4, 6), (3, 4)]
        self.w = nn.ParameterList([torch.zeros(size[::-1] if self.turned else size) for size in sizes])
        self.b = nn.ParameterList([torch.zeros(size[0]) for size in sizes])

    def layer(self, x, at):
        return x @ self.w[at].T + self.b[at]

    def forward(self, x):
        return self.layer(self.layer(x, 0).tanh(), 1)


class Einsum(ByHand):
    def layer(self, x, at):
        return torch.einsum("bi,oi->bo", x, self.w[at]) + self.b[at]


class Turned(ByHand):
    turned = True

    def layer(self, x, at):
        return self.b[at] + x.matmul(self.w[at])


class TurnedEinsum(Turned):
    def layer(self, x, at):
        return torch.einsum("io,bi->bo", self.w[at], x) + self.b[at]


class AddedProduct(Turned):
    def layer(self, x, at):
        return torch.addmm(self.b[at], x, self.w[at])


class FromTheLeft(ByHand):
    def layer(self, x, at):
        return (self.w[at] @ x.T).T + self.b[at]


class TurnedLinear(Turned):
    def layer(self, x, at):
        return nn.functional.linear(x, self.w[at].t(), self.b[at])


class Contracted(Turned):
    def layer(self, x, at):
        return torch.tensordot(x, self.w[at], dims=1) + self.b[at]


@pytest.mark.parametrize(
    "kind", [ByHand, Einsum, Turned, TurnedEinsum, AddedProduct, FromTheLeft, TurnedLinear, Contracted]
)
def test_a_linear_layer_may_be_written_out(kind):
    found = judged(kind)

    assert found.right, network_causes(found)
    assert [row.student.words for row in found.rows] == ["Linear 6 → 4", "Tanh", "Linear 4 → 3"]


class TanhOfTheInput(Einsum):
    def forward(self, x):
        return self.layer(self.layer(x.tanh(), 0), 1)


class OneForAll(Turned):
    def forward(self, x):
        return super().forward(x).tanh()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (TanhOfTheInput, "Tanh comes after the input, expected after Linear 6 → 4"),
        (OneForAll, "Tanh is not asked for, after Linear 4 → 3"),
    ],
)
def test_what_is_wrong_in_a_layer_that_is_written_out_is_named(kind, words):
    found = judged(kind)

    assert not found.right
    assert network_causes(found)[0].startswith(words)
