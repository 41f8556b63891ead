"""`gradient_check`: a student's gradients are those of the student's own function."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from asking import found

from grader.checks import gradient_check, integers, normal
from grader.errors import AssignmentError
from grader.finding import Outcome

CASES = [{"x": normal(4, 3), "w": normal(3, 3), "b": normal(3)}, {"x": normal(2, 5), "w": normal(5, 2), "b": normal(2)}]
PAIR = gradient_check("affine(x, w, b) -> out, cache", "back(dout, cache) -> dx, dw, db", cases=CASES)
BENT = gradient_check("relu(x) -> out, cache", "relu_back(dout, cache) -> dx", cases=[{"x": normal(6, 5)}])
LOSS = gradient_check("loss(x, y) -> loss, dx", cases=[{"x": normal(5, 3), "y": integers(5, below=3)}])
TENSORS = gradient_check("Swish(x, k) -> out", torch=True, cases=[{"x": normal(4, 3), "k": normal(3)}])


def affine(x, w, b):
    return x @ w + b, (x, w)


def back(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


def loss(x, y):
    shifted = np.exp(x - x.max(1, keepdims=True))
    p = shifted / shifted.sum(1, keepdims=True)
    gradient = p.copy()
    gradient[np.arange(len(y)), y] -= 1
    return -np.log(p[np.arange(len(y)), y]).mean(), gradient / len(y)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k):
        ctx.save_for_backward(x, k)
        return x * torch.sigmoid(k * x)

    @staticmethod
    def backward(ctx, grad):
        x, k = ctx.saved_tensors
        s = torch.sigmoid(k * x)
        return grad * (s + x * k * s * (1 - s)), (grad * x * x * s * (1 - s)).sum(0)


class Half(Swish):
    @staticmethod
    def backward(ctx, grad):
        one, other = Swish.backward(ctx, grad)
        return one / 2, other


def rough(x, w, b):
    return (x.astype(np.float32) @ w.astype(np.float32) + b.astype(np.float32)), (x, w)


def relu(x):
    return np.maximum(x, 0), x


def single(x, y, factor=1.0):
    value, gradient = loss(x.astype(np.float32), y)
    return np.float32(value), gradient.astype(np.float32) * np.float32(factor)


def summed(x, y):
    value, gradient = loss(x, y)
    return value, gradient * len(y)


@pytest.mark.parametrize(
    ("block", "work"),
    [
        (PAIR, {"affine": affine, "back": back}),
        (PAIR, {"affine": rough, "back": lambda dout, cache: [part.tolist() for part in back(dout, cache)]}),
        (PAIR, {"affine": lambda x, w, b: (2 * (x @ w) + b, (2 * x, 2 * w)), "back": back}),
        (BENT, {"relu": relu, "relu_back": lambda dout, cache: dout * (cache > 0)}),
        (LOSS, {"loss": loss}),
        (TENSORS, {"Swish": Swish}),
        (TENSORS, {"Swish": lambda x, k: x * torch.sigmoid(k * x)}),
    ],
)
def test_gradients_of_the_students_own_function_pass(block, work):
    finding = found(block, **work)
    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize(
    ("block", "work", "words"),
    [
        (PAIR, {"affine": affine, "back": lambda d, c: (-(d @ c[1].T), *back(d, c)[1:])}, "wrong way round"),
        (PAIR, {"affine": affine, "back": lambda d, c: (*back(d, c)[:2], d.mean(0))}, "every number is 0.25 times"),
        (PAIR, {"affine": affine, "back": lambda d, c: (*back(d, c)[:2], d)}, "db has shape 4 × 3, expected 3"),
        (PAIR, {"affine": affine, "back": lambda d, c: back(np.ones_like(d), c)}, "dout is not used"),
        (PAIR, {"affine": affine, "back": lambda d, c: back(d, c)[:2]}, "db is missing"),
        (PAIR, {"affine": lambda x, w, b: (x @ w, (x, w)), "back": back}, "affine does not depend on b"),
        (PAIR, {"affine": lambda x, w, b: x @ w + b, "back": back}, "expected 2 results"),
        (PAIR, {"affine": affine, "back": lambda d, c: 1 / 0}, "back raised ZeroDivisionError"),
        (BENT, {"relu": relu, "relu_back": lambda dout, cache: dout}, "the largest relative error is 1 at"),
        (LOSS, {"loss": summed}, "every number is 5 times"),
        (TENSORS, {"Swish": Half}, "the gradient by x differs in 12 of 12"),
        (TENSORS, {"Swish": lambda x, k: x * torch.sigmoid(k.detach() * x)}, "no gradient reaches k"),
        (TENSORS, {"Swish": lambda x, k: (x * k).detach()}, "no gradient reaches x"),
    ],
)
def test_other_gradients_fail_and_what_they_look_like_is_said(block, work, words):
    finding = found(block, **work)
    assert finding.outcome is not Outcome.PASSED
    assert words in finding.message + " ".join(finding.details)


@pytest.mark.parametrize("seed", range(12))
def test_work_in_float32_passes_and_its_mistakes_are_seen(seed):
    assert found(LOSS, seed, loss=single).outcome is Outcome.PASSED
    assert found(LOSS, seed, loss=lambda x, y: single(x, y, 1.03)).outcome is Outcome.FAILED


def test_one_case_costs_that_case():
    finding = found(PAIR, affine=affine, back=lambda d, c: back(d if len(d) == 4 else 2 * d, c))

    assert finding.credit == Fraction(1, 2)


def test_a_function_that_jumps_everywhere_is_a_persons():
    finding = found(BENT, relu=lambda x: (x + 0.1 * np.sin(1e5 * x), x), relu_back=lambda dout, cache: dout)

    assert finding.outcome is Outcome.UNGRADED
    assert "do not settle" in finding.message


def test_random_numbers_without_a_seed_are_said():
    rng = np.random.default_rng(1)

    finding = found(BENT, relu=lambda x: (x * rng.random(x.shape), x), relu_back=lambda dout, cache: dout)

    assert "gives other numbers when it is called again" in finding.message


def test_a_missing_function_is_said_once():
    assert found(PAIR, affine=affine).message == "expected back, found no such definition"


@pytest.mark.parametrize(
    ("forward", "backward", "case", "words"),
    [
        ("f(x) -> out", None, {"x": normal(3)}, "expected results such as dx"),
        ("f(x) -> out", "g(dout, cache) -> dx", {"x": normal(3)}, "gives no cache"),
        ("f(x) -> out, dx", None, {"z": normal(3)}, "a case gives no x"),
        ("f(x) -> out, dx", None, {"x": normal(30, 30)}, "at most 400 numbers"),
    ],
)
def test_slips_are_said(forward, backward, case, words):
    with pytest.raises(AssignmentError, match=words):
        gradient_check(forward, backward, cases=[case])
