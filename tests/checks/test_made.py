"""A network that a student's class or function makes: asked in the sandbox in both modes, and read here."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import SEED, evidence
from torch import nn

from grader.checks import made_network, replay
from grader.checks.hidden import hidden_statistics, hidden_weights
from grader.evidence import MissingEvidence
from grader.inside import made
from grader.probes import Argument, NetworkCase, weights_seed
from grader.sandbox.protocol import Frame

CASE = NetworkCase(
    id="3",
    asked="get_net",
    patterns=("^get_net$", "net"),
    inputs=("one", "two"),
    arguments=(Argument("width", 3, ("^w$",)),),
)
BATCHES = {
    "one": np.random.default_rng(1).standard_normal((4, 3)).astype(np.float32),
    "two": np.random.default_rng(2).standard_normal((7, 3)).astype(np.float32),
}


class Session:
    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace, self.arrays = namespace, BATCHES
        self.request = {"seed": weights_seed(SEED)}


def asked(**namespace: Any) -> Any:
    header, arrays = made.answer(Session(namespace), json.loads(json.dumps(CASE.request())))  # type: ignore[arg-type]
    frame = Frame({"kind": "ask", "probe": "net", "case": "3", **json.loads(json.dumps(header))}, arrays)
    return made_network(evidence(frame), "net", "3", "get_net(3)", 2)


def get_net(w: int) -> nn.Module:
    return nn.Sequential(nn.Linear(w, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


@pytest.mark.parametrize("mode", ["training", "evaluation"])
def test_its_operations_give_its_outputs_with_the_hidden_weights(mode):
    found = asked(get_net=get_net)

    done = found.passes[mode]
    assert done.network is not None
    hidden = hidden_weights(found.parameters, SEED) | hidden_statistics(found.buffers, SEED)
    again = replay.run(done.network, replay.weights(hidden | dict(done.constants)), torch.from_numpy(BATCHES["one"]))
    assert done.outputs[0] is not None
    assert np.allclose(again.numpy(), done.outputs[0], atol=1e-5)
    assert [None if output is None else output.shape for output in done.outputs] == [(4, 2), (7, 2)]


def test_a_class_and_another_name_do_as_well():
    class MyNet(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.layer = nn.Linear(width, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x)

    assert [name for name, _ in asked(MyNet=MyNet).parameters] == ["layer.weight", "layer.bias"]
    assert asked(make_net=get_net).remarks == ("w for width",)


def test_a_network_that_fails_in_one_mode_is_told_for_that_mode():
    class Fails(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.training:
                raise ValueError("no")
            return x

    found = asked(get_net=lambda width: Fails())

    assert found.passes["training"].error == "ValueError: no"
    assert found.passes["evaluation"].error is None


def test_nothing_of_that_name_is_the_students():
    with pytest.raises(MissingEvidence, match="expected get_net, found no such definition") as missing:
        asked(train=lambda: None)
    assert not missing.value.ours


class Ending(nn.Module):
    def __init__(self, end):
        super().__init__()
        self.layer, self.end = nn.Linear(3, 3), end

    def forward(self, x):
        return self.end(self.layer(x), x)


def cuts(end: Any, *, of_inputs: bool = True) -> bool:
    found = asked(get_net=lambda width: Ending(end))
    return found.cuts_gradients_off("training", BATCHES["one"], SEED, of_inputs=of_inputs)


def without_gradients(function: Any, *inputs: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return function(*inputs)


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        return ctx.factor * gradient, None


@pytest.mark.parametrize(
    "end",
    [
        lambda h, x: h + x,
        lambda h, x: torch.maximum(h, torch.zeros_like(h)),
        lambda h, x: torch.maximum(h, torch.zeros_like(h.detach())),
        lambda h, x: torch.where(h.detach() > 0, h, 0),
        lambda h, x: h * (h.data > 0),
        lambda h, x: h + torch.full_like(x, 0.5),
        lambda h, x: h * without_gradients(torch.gt, h, torch.zeros(3)).float(),
        lambda h, x: h + torch.tensor([1.0, 2.0, 3.0]),
        lambda h, x: (h - h.mean(0)) / (h.var(0) + 1e-5).sqrt(),
        lambda h, x: torch.where(h > 0, h, torch.zeros_like(h)) + x,
        lambda h, x: Doubled.apply(h, 2) + x,
    ],
)
def test_constants_and_masks_cut_no_gradients_off(end):
    assert not cuts(end)


@pytest.mark.parametrize(
    "end",
    [
        lambda h, x: h.detach(),
        lambda h, x: torch.relu(h.data) + x,
        lambda h, x: h + torch.relu(h).detach(),
        lambda h, x: torch.maximum(h.detach(), torch.zeros_like(h)),
        lambda h, x: h + without_gradients(torch.relu, h),
        lambda h, x: h - without_gradients(torch.mean, h),
        lambda h, x: without_gradients(torch.relu, h) + x,
        lambda h, x: Doubled.apply(h, 1) + x,
    ],
)
@pytest.mark.parametrize("of_inputs", [False, True])
def test_gradients_of_weights_that_are_cut_off_are_seen(end, of_inputs):
    assert cuts(end, of_inputs=of_inputs)


def test_gradients_of_inputs_that_are_cut_off_matter_in_a_part_of_a_network_alone():
    for end in (lambda h, x: h + x.detach(), lambda h, x: h + without_gradients(torch.relu, x)):
        assert cuts(end, of_inputs=True)
        assert not cuts(end, of_inputs=False)


def test_what_cannot_go_back_is_told_as_what_it_raises():
    def end(h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        bent = h.exp()
        product = bent * bent
        bent += 1
        return product

    assert "inplace operation" in (asked(get_net=lambda width: Ending(end)).passes["training"].error or "")


def test_an_input_that_is_taken_as_an_array_is_the_networks_own_business():
    found = asked(get_net=lambda width: Ending(lambda h, x: h + torch.from_numpy(x.numpy() / 2)))
    assert found.passes["training"].error is None
    assert not found.cuts_gradients_off("training", BATCHES["one"], SEED, of_inputs=False)
