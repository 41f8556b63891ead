"""`same_steps`: optimizers step by step; the first step that differs is said, and what it looks like."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from asking import found

from grader.checks import same_steps
from grader.errors import AssignmentError
from grader.finding import Outcome


class Adam:
    """Written by hand, with a switch for each mistake."""

    correct, inside, decoupled, precision = True, False, False, torch.float64

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), weight_decay=0.0):
        self.params, self.lr, self.betas, self.decay = list(params), lr, betas, weight_decay
        self.m = [torch.zeros_like(p, dtype=self.precision) for p in self.params]
        self.v = [torch.zeros_like(p, dtype=self.precision) for p in self.params]
        self.t = 0

    @torch.no_grad()
    def step(self):
        self.t += 1
        one, two = self.betas
        for p, m, v in zip(self.params, self.m, self.v, strict=True):
            g = p.grad if self.decoupled else p.grad + self.decay * p
            m.mul_(one).add_((1 - one) * g)
            v.mul_(two).add_((1 - two) * g * g)
            top = m / (1 - one**self.t) if self.correct else m
            low = v / (1 - two**self.t) if self.correct else v
            root = (low + 1e-8).sqrt() if self.inside else low.sqrt() + 1e-8
            p.mul_(1 - self.lr * self.decay * self.decoupled).sub_(self.lr * top / root)


def variant(**switches):
    return type("Variant", (Adam,), switches)


CASES = [{"lr": 0.01, "betas": [0.9, 0.99], "weight_decay": 0.1}, {"lr": 0.1, "betas": [0.5, 0.9], "weight_decay": 0}]
CLASS = "Adam(params, lr, betas, weight_decay)"
BLOCK = same_steps(CLASS, reference={"Adam": torch.optim.Adam}, torch=True, cases=CASES)
WEIGHTED = same_steps(CLASS, reference={"Adam": torch.optim.AdamW}, torch=True, cases=CASES)


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        (BLOCK, Adam),
        (BLOCK, torch.optim.Adam),
        (BLOCK, variant(precision=torch.float32)),
        (WEIGHTED, variant(decoupled=True)),
        (WEIGHTED, torch.optim.AdamW),
    ],
)
def test_other_ways_to_write_it_pass(block, kind):
    finding = found(block, Adam=kind)
    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize(
    ("block", "kind", "words"),
    [
        (BLOCK, variant(correct=False), "bias correction is missing"),
        (BLOCK, variant(inside=True), "epsilon stands inside the root"),
        (BLOCK, variant(decoupled=True), "weight decay is decoupled, not added"),
        (WEIGHTED, Adam, "weight decay is added to the gradient, not decoupled"),
        (BLOCK, torch.optim.SGD, "no parameter for betas"),
        (BLOCK, variant(step=lambda self: None), "after step 1, parameter 1 differs"),
        (BLOCK, variant(step=lambda self: 1 / 0), "ZeroDivisionError"),
    ],
)
def test_mistakes_are_named(block, kind, words):
    finding = found(block, Adam=kind)
    assert finding.outcome is not Outcome.PASSED
    assert words in finding.message


def test_a_mistake_that_shows_in_one_case_costs_that_case():
    assert found(BLOCK, Adam=variant(decoupled=True)).credit == Fraction(1, 2)


def momentum(w, dw, config):
    v = config["momentum"] * config.get("velocity", np.zeros_like(w)) - config["learning_rate"] * dw
    return w + v, {**config, "velocity": v}


def dampened(w, dw, config):
    v = config["momentum"] * config.get("velocity", 0) + (1 - config["momentum"]) * dw
    return w - config["learning_rate"] * v, {**config, "velocity": v}


def forgets(w, dw, config):
    return momentum(w, dw, config)[0], config


def in_place(w, dw, config):
    other, new = momentum(w, dw, config)
    w[...] = other
    config.update(new)
    return w, config


FUNCTION = same_steps(
    "momentum(w, dw, config) -> next_w, config",
    reference={"momentum": momentum},
    cases=[{"config": {"learning_rate": 0.1, "momentum": 0.8}}],
)


def test_a_function_with_its_memory_in_a_dictionary_passes():
    assert found(FUNCTION, momentum=in_place).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (dampened, "the gradient is dampened by 1 - momentum"),
        (forgets, "after step 2, parameter 1 differs"),
        (forgets, "momentum is missing"),
        (lambda w, dw, config: (w + config["learning_rate"] * dw, config), "after step 1"),
        (lambda w, dw, config: w, "raised"),
        (lambda w, dw, config: (w.sum(), config), "expected (3, 4) numbers"),
    ],
)
def test_functions_go_wrong_in_the_same_ways(other, words):
    finding = found(FUNCTION, momentum=other)
    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


def test_a_missing_optimizer_is_said_once():
    assert found(BLOCK).message == "expected Adam, found no such definition"


def test_a_reference_that_does_not_move_leaves_it_to_a_person():
    still = same_steps("A(params, lr)", reference={"A": torch.optim.SGD}, torch=True, cases=[{"lr": 0.0}])

    assert found(still, A=torch.optim.SGD).outcome is Outcome.UNGRADED


@pytest.mark.parametrize(
    ("made", "cases", "words"),
    [
        ("Adam(params, lr)", [{}], "expected lr in a case"),
        ("Adam(params, lr)", [], "at least one case"),
        ("Other(params, lr)", [{"lr": 1}], "has no Other"),
    ],
)
def test_slips_are_said(made, cases, words):
    with pytest.raises(AssignmentError, match=words):
        same_steps(made, reference={"Adam": torch.optim.Adam}, torch=True, cases=cases)


def test_a_class_without_torch_is_a_slip():
    with pytest.raises(AssignmentError, match="or torch=True and a class"):
        same_steps("Adam(params, lr)", reference={"Adam": torch.optim.Adam}, cases=[{"lr": 1}])


REMEMBERED = same_steps(
    "momentum(w, dw, config) -> next_w, config",
    reference={"momentum": lambda w, dw, config: _moved(w, dw, config, "velocity")},
    state=("velocity",),
    cases=[{"config": {"lr": 0.1}}],
)


def _moved(w, dw, config, name, sign=1):
    speed = 0.9 * sign * config.get(name, 0) - config["lr"] * dw
    return w + speed, {**config, name: sign * speed}


def test_what_an_optimizer_remembers_is_compared_where_the_handout_names_it():
    right = found(REMEMBERED, momentum=lambda w, dw, config: _moved(w, dw, config, "velocity"))
    turned = found(REMEMBERED, momentum=lambda w, dw, config: _moved(w, dw, config, "velocity", -1))
    other = found(REMEMBERED, momentum=lambda w, dw, config: _moved(w, dw, config, "v"))

    assert right.outcome is Outcome.PASSED, right.message
    assert turned.outcome is Outcome.FAILED
    assert "after step 1, velocity of parameter 1" in turned.message
    assert "velocity of parameter 1 is not there after each step" in other.message


@pytest.mark.parametrize("kind", [Adam, variant(precision=torch.float32)])
def test_attributes_and_states_of_parameters_are_both_what_is_remembered(kind):
    named = {"Adam": Adam}
    block = same_steps(CLASS, reference=named, torch=True, state=("m", "v", "t"), cases=CASES[:1])

    assert found(block, Adam=kind).outcome is Outcome.PASSED
