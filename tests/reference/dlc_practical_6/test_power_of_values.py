"""Norms that agree count only if zeros, constants and tables would have been seen: honest initialisers pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import SEED, evidence
from practical_6 import ROOT, answered, part
from recorded_calls import SAMPLES, Answer, Init, measured, recorded, right
from torch import Tensor, nn
from torch.nn import functional as F

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.finding import Finding, Outcome
from grader.probes import weights_seed
from grader.sandbox.protocol import Array, Frame

pytestmark = pytest.mark.costly


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def assignment():
    return load_assignment("dlc_practical_6", ROOT)


@pytest.fixture(scope="module")
def built(assignment):
    return answered(assignment, weights_seed(SEED))


def layers(network: nn.Module) -> list[Any]:
    return [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.Linear)]


def weights(function: Callable[[Tensor], Any], zero_bias: bool = False) -> Init:
    def init(network: nn.Module) -> None:
        for layer in layers(network):
            function(layer.weight)
            if zero_bias:
                nn.init.zeros_(layer.bias)

    return init


def last_norm_at_zero(network: Any) -> None:
    for block in network.resnet_blocks:
        if isinstance(block.bn2, nn.BatchNorm2d):
            nn.init.zeros_(block.bn2.weight)


def small_scales(network: Any) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.constant_(layer.weight, 0.1)


HONEST: dict[str, Init] = {
    "default": lambda network: None,
    "Kaiming": weights(lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"), zero_bias=True),
    "Xavier": weights(nn.init.xavier_uniform_),
    "orthogonal": weights(nn.init.orthogonal_),
    "small normal": weights(lambda w: nn.init.normal_(w, 0.0, 0.01), zero_bias=True),
    "smaller normal": weights(lambda w: nn.init.normal_(w, 0.0, 0.001)),
    "truncated normal": weights(lambda w: nn.init.trunc_normal_(w, std=0.02), zero_bias=True),
    "last batch norm at zero": last_norm_at_zero,
    "small batch norms": small_scales,
}


def zeros(norms: Array, labels: Array) -> Array:
    return np.zeros_like(norms)


def one_number_a_block(norms: Array, labels: Array) -> Array:
    return np.repeat(np.median(norms, axis=1, keepdims=True), SAMPLES, axis=1)


def one_number(norms: Array, labels: Array) -> Array:
    return np.full_like(norms, np.median(norms))


def by_label(norms: Array, labels: Array) -> Array:
    return np.stack([np.median(norms[:, labels == label], axis=1) for label in labels], axis=1)


def judged(assignment: Any, built: list[Frame], init: Init, answer: Answer = right, scale: float = 1.0) -> Finding:
    calls = [recorded(case, init, answer, scale) for case in part("cases").CASES]
    return assess_one(assignment.rubric[2], evidence(*built, *calls))


@pytest.mark.parametrize("name", HONEST)
def test_right_norms_pass_with_any_honest_initialiser(name, assignment, built):
    found = judged(assignment, built, HONEST[name])

    assert found.outcome is Outcome.PASSED, found
    assert "would have shown" in found.message
    assert any("is caught" in line for line in found.details)


def test_norms_of_a_network_with_another_number_of_classes_are_not_what_is_asked_for(assignment, built):
    calls = [recorded(case, HONEST["default"], right, classes=11) for case in part("cases").CASES]
    found = assess_one(assignment.rubric[2], evidence(*built, *calls))

    assert found.outcome is Outcome.FAILED
    assert "expected a network with 10 classes, found one that gives 11 numbers for an image" in str(found)


def test_a_result_for_a_sample_that_is_not_there_says_nothing_of_the_classes(assignment, built):
    calls = [recorded(case, HONEST["default"], right, classes=11) for case in part("cases").CASES]
    forged = [Frame({**call.header, "outputs": [SAMPLES + 1]}, call.arrays) for call in calls]
    found = assess_one(assignment.rubric[2], evidence(*built, *forged))

    assert found.outcome is not Outcome.UNGRADED, found


def scaled_output(factor: float) -> Init:
    def init(network: Any) -> None:
        network.fc.weight.mul_(factor)

    return init


def every_layer(factor: float) -> Init:
    def init(network: Any) -> None:
        for layer in layers(network):
            layer.weight.mul_(factor)

    return init


def blind_stem(factor: float) -> Init:
    """The image does not get past the first convolution: norms hang on the label alone."""

    def init(network: Any) -> None:
        network.conv.weight.mul_(factor)
        network.conv.bias.fill_(0.5)
        network.bn.weight.fill_(0.0)
        network.bn.bias.fill_(0.5)

    return init


def saturated(network: Any) -> None:
    """One class is certain: its samples have no gradient, the others' hang on the label alone."""
    network.fc.weight.mul_(1e-12)
    network.fc.bias[0] = 90.0


BUILT = {
    "last layer": scaled_output(1e-25),
    "last layer at 1e-18": scaled_output(1e-18),
    "every layer": every_layer(1e-6),
    "blind stem": blind_stem(1e-20),
    "saturated": saturated,
}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("last layer", zeros),
        ("last layer", right),
        ("last layer at 1e-18", right),
        ("every layer", zeros),
        ("blind stem", by_label),
        ("saturated", right),
    ],
)
def test_networks_built_to_hide_wrong_answers_earn_nothing(name, answer, assignment, built):
    found = judged(assignment, built, BUILT[name], answer)

    assert found.outcome is Outcome.FAILED, found


def no_last_layer(network: Any) -> None:
    nn.init.zeros_(network.fc.weight)


def no_second_convolutions(network: Any) -> None:
    for block in network.resnet_blocks:
        nn.init.zeros_(block.conv2.weight)


def no_image(network: Any) -> None:
    nn.init.zeros_(network.conv.weight)


def dead(network: Any) -> None:
    """No unit of the stem is ever active."""
    nn.init.constant_(network.bn.bias, -20.0)


@pytest.mark.parametrize(
    ("init", "answer"), [(no_last_layer, zeros), (no_second_convolutions, zeros), (no_image, by_label), (dead, right)]
)
def test_zeros_that_an_initialiser_gives_prove_nothing_either(init, answer, assignment, built):
    found = judged(assignment, built, init, answer)

    assert found.outcome is Outcome.UNGRADED, found


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("default", zeros),
        ("default", one_number_a_block),
        ("default", one_number),
        ("default", by_label),
        ("Kaiming", one_number_a_block),
        ("last batch norm at zero", zeros),
    ],
)
def test_answers_without_work_are_seen_in_an_honest_network(name, answer, assignment, built):
    found = judged(assignment, built, HONEST[name], answer)

    assert found.outcome is Outcome.FAILED, found


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_samples_scaled_until_nothing_is_left_prove_nothing(scale, assignment, built):
    found = judged(assignment, built, HONEST["default"], right, scale)

    assert found.outcome is not Outcome.UNGRADED, found


@pytest.mark.parametrize("scale", [0.01, 60.0])
def test_samples_may_have_any_usual_scale(scale, assignment, built):
    assert judged(assignment, built, HONEST["default"], right, scale).outcome is Outcome.PASSED


SCALED: dict[str, tuple[Answer, str]] = {
    "divided by the number of samples": (lambda norms, labels: norms / 100, "each is 0.01 times the norm"),
    "zeroed before they are read": (zeros, "all of them are zero"),
    "clipped": (lambda norms, labels: norms / (1 + norms.sum(axis=0)), "off by one factor of its own"),
}


@pytest.mark.parametrize("name", SCALED)
def test_norms_that_are_off_by_a_factor_are_called_so(name, assignment, built):
    answer, words = SCALED[name]

    found = judged(assignment, built, HONEST["default"], answer)

    assert found.outcome is Outcome.FAILED, found
    assert words in f"{found.message} {' '.join(found.details)}"


LOSSES: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str, str]] = {
    "softmax before": (
        lambda logits, target: F.cross_entropy(logits.softmax(1), target),
        "went through a softmax before the cross-entropy",
        "without softmax",
    ),
    "softmax without logarithm": (
        lambda logits, target: F.nll_loss(logits.softmax(1), target),
        "the loss is minus the probability of the label",
        "log_softmax",
    ),
    "no softmax": (F.nll_loss, "the loss is minus the network's output for the label", "log_softmax"),
}


def norms_for(loss: Callable[[Tensor, Tensor], Tensor], case: Any) -> Array:
    """Norms of another loss's gradients, of the network that `recorded` sends."""
    network, images, _, labels = measured(case.skip, case.batch, HONEST["default"], 1.0, 10)
    network, columns = copy.deepcopy(network), []
    for image, label in zip(images, torch.from_numpy(labels), strict=True):
        network.zero_grad()
        loss(network(image[None]), label[None]).backward()
        columns.append([float(block.conv1.weight.grad.norm()) for block in network.resnet_blocks])
    return np.array(columns).T


@pytest.mark.parametrize("name", LOSSES)
def test_norms_for_another_loss_are_called_so(name, assignment, built):
    loss, words, hint = LOSSES[name]
    answers = {case: norms_for(loss, case) for case in part("cases").CASES}
    calls = [recorded(case, HONEST["default"], lambda *_, case=case: answers[case]) for case in answers]

    found = assess_one(assignment.rubric[2], evidence(*built, *calls))

    assert found.outcome is Outcome.FAILED, found
    told = [detail for detail in found.details if words in detail]
    assert len(told) == len(found.details) == 4, found
    assert hint in (found.hint or "")


def no_relu_without_skip(block: Any, x: Tensor) -> Tensor:
    y = block.bn2(block.conv2(block.bn1(block.conv1(x)).relu()))
    return (y + x).relu() if block.skip_connections else y


def a_tenth_of_the_input(block: Any, x: Tensor) -> Tensor:
    y = block.bn2(block.conv2(block.bn1(block.conv1(x)).relu()))
    return (y + 0.1 * x).relu() if block.skip_connections else y.relu()


@pytest.mark.parametrize("forward", [no_relu_without_skip, a_tenth_of_the_input])
@pytest.mark.parametrize(("answer", "outcome"), [(right, Outcome.PASSED), (one_number_a_block, Outcome.FAILED)])
def test_blocks_that_do_other_things_than_asked_excuse_gradients_that_vanish(
    forward, answer, outcome, assignment, monkeypatch
):
    monkeypatch.setattr(part("hidden.solution").ResNetBlock, "forward", forward)
    frames = answered(assignment, weights_seed(SEED))
    found = judged(assignment, frames, lambda network: None, answer)

    assert found.outcome is outcome, found
