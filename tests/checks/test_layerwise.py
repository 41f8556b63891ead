"""A network of any assignment is compared with its reference, and where it differs the layer is named."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
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
