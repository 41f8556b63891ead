"""The commonest real mistakes in problems 2 and 3: message and hint name each, and right answers in any form pass."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from core_examples import SEED, evidence
from exercise import exercise, part, said

from grader.assess import assess_one
from grader.inside.asked import answer_functions
from grader.sandbox.protocol import Frame

THEORY = part("hidden.theory")
OPTIMIZERS, WIDTHS = part("theory_calls").OPTIMIZER_FUNCTIONS, part("theory_calls").WIDTH_FUNCTIONS


def finding_of(**changed):
    """What the criterion of these functions comes to, when all the others are right."""
    criterion_id = "optimizer_state" if set(changed) & set(OPTIMIZERS) else "receptive_field"
    functions = OPTIMIZERS if criterion_id == "optimizer_state" else WIDTHS
    called = answer_functions._called
    frames = []
    for name in functions:
        function = changed.get(name, getattr(THEORY, name))
        answers = [called(function, call) for call in part("theory_calls").calls(SEED)[name]]
        header = {"kind": "ask", "probe": "theory", "case": name, "where": "theory.py", "answers": answers}
        frames.append(Frame(json.loads(json.dumps(header))))
    criterion = next(one for one in exercise().rubric if one.id == criterion_id)
    return assess_one(criterion, evidence(*frames))


def sgdm(change):
    return lambda c, t, eta, beta: change(c, t, eta, beta, *THEORY.sgdm_constant_gradient(c, t, eta, beta))


def adam(change):
    return lambda c, t, eta, b1, b2: change(c, t, eta, b1, b2, *THEORY.adam_constant_gradient(c, t, eta, b1, b2))


def receptive(last):
    def field(kernels, paddings, strides):
        found, jump = 1, 1
        for kernel, padding, stride in zip(kernels, paddings, strides, strict=True):
            found, jump = last(found, jump, kernel, padding, stride)
        return found

    return field


def nothing(*_):
    return None


MISTAKES = {
    "Adam with t": ({"adam_values_per_parameter": lambda: 3}, "expected 2, found 3", "t is shared"),
    "Adam with w": ({"adam_values_per_parameter": lambda: 4}, "expected 2, found 4", "from one step to the next"),
    "Adam with m only": ({"adam_values_per_parameter": lambda: 1}, "expected 2, found 1", "m and v"),
    "SGDM with w": ({"sgdm_values_per_parameter": lambda: 2}, "expected 1, found 2", "from one step to the next: m"),
    "SGDM as SGD": ({"sgdm_values_per_parameter": lambda: 0}, "expected 1, found 0", "from one step to the next: m"),
    "the wrong sign": ({"sgdm_constant_gradient": sgdm(lambda c, t, e, b, w, m: (-w, m))}, "w", "sign is negative"),
    "an average of gradients": (
        {"sgdm_constant_gradient": sgdm(lambda c, t, e, b, w, m: ((1 - b) * w, (1 - b) * m))},
        "sgdm_constant_gradient(",
        "without a factor 1 − β",
    ),
    "the last step alone": (
        {"sgdm_constant_gradient": sgdm(lambda c, t, e, b, w, m: (-e * m, m))},
        "sgdm_constant_gradient(",
        "w is the sum of all steps",
    ),
    "no momentum": (
        {"sgdm_constant_gradient": lambda c, t, e, b: (-e * t * c, c)},
        "sgdm_constant_gradient(",
        "m keeps β of itself",
    ),
    "its limit": (
        {"sgdm_constant_gradient": sgdm(lambda c, t, e, b, w, m: (w, c / (1 - b)))},
        "sgdm_constant_gradient(",
        "after infinitely many steps",
    ),
    "w and m swapped": (
        {"sgdm_constant_gradient": sgdm(lambda c, t, e, b, w, m: (m, w))},
        "sgdm_constant_gradient(",
        "in this order: w, m",
    ),
    "m alone": ({"sgdm_constant_gradient": sgdm(lambda c, t, e, b, w, m: m)}, "expected", "(w, m)"),
    "no return": ({"sgdm_constant_gradient": nothing}, "found None", "return"),
    "no bias correction": (
        {"adam_constant_gradient": adam(lambda c, t, e, p, q, w, m, v, mh, vh: (w, m, v, m, v))},
        "adam_constant_gradient(",
        "m̂ = m / (1 − β₁ᵗ)",
    ),
    "v of the gradient": (
        {"adam_constant_gradient": adam(lambda c, t, e, p, q, w, m, v, mh, vh: (w, m, v / c, mh, vh / c))},
        "adam_constant_gradient(",
        "square of the gradient",
    ),
    "betas swapped": (
        {
            "adam_constant_gradient": lambda c, t, e, p, q: THEORY.adam_constant_gradient(c, t, e, q, p),
        },
        "adam_constant_gradient(",
        "β₁ belongs to m and β₂ to v",
    ),
    "scaled by the gradient": (
        {"adam_constant_gradient": adam(lambda c, t, e, p, q, w, m, v, mh, vh: (c * w, m, v, mh, vh))},
        "adam_constant_gradient(",
        "w does not depend on c",
    ),
    "rounded up": ({"conv1d_output_width": lambda w, k, p, s: -(-(w + 2 * p - k) // s) + 1}, "conv1d", "round down"),
    "one padding": ({"conv1d_output_width": lambda w, k, p, s: (w + p - k) // s + 1}, "conv1d", "both sides: 2P"),
    "no + 1": ({"conv1d_output_width": lambda w, k, p, s: (w + 2 * p - k) // s}, "conv1d", "the first window counts"),
    "true division": ({"conv1d_output_width": lambda w, k, p, s: (w + 2 * p - k) / s + 1}, "conv1d", "//"),
    "no padding": ({"conv1d_output_width": lambda w, k, p, s: (w - k) // s + 1}, "conv1d", "2P"),
    "no stride": ({"conv1d_output_width": lambda w, k, p, s: w + 2 * p - k + 1}, "conv1d", "divided by the stride"),
    "no gaps": ({"conv1d_min_input_width": lambda w, k, p, s: w * s + k - 2 * p}, "conv1d_min", "W_out − 1 gaps"),
    "the largest": (
        {"conv1d_min_input_width": lambda w, k, p, s: (w - 1) * s + k - 2 * p + s - 1},
        "conv1d_min_input_width(",
        "the largest input",
    ),
    "kernels added": (
        {"receptive_field": receptive(lambda f, j, k, p, s: (f + k - 1, j))},
        "receptive",
        "strides widen",
    ),
    "the kernels' sum": ({"receptive_field": lambda k, p, s: sum(k)}, "receptive_field(", "each layer adds K − 1"),
    "the kernels' product": (
        {"receptive_field": lambda k, p, s: int(np.prod(k))},
        "receptive_field(",
        "do not multiply",
    ),
    "its own stride": (
        {"receptive_field": receptive(lambda f, j, k, p, s: (f + (k - 1) * j * s, j * s))},
        "receptive_field(",
        "not on itself",
    ),
    "the padding": (
        {"receptive_field": receptive(lambda f, j, k, p, s: (f + (k - 1 - 2 * p) * j, j * s))},
        "receptive_field(",
        "padding does not change",
    ),
    "raises": (
        {"receptive_field": lambda k, p, s: k + 1},
        "raised TypeError",
        "kernels, paddings and strides are lists",
    ),
    "an array": ({"receptive_field": lambda k, p, s: np.array(k)}, "expected", "return one number"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_usual_mistake_in_the_theory_is_named(kind):
    changed, message, hint = MISTAKES[kind]

    found = finding_of(**changed)

    assert found.outcome.value == "partial", said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


RIGHT = {
    "arrays": {"sgdm_constant_gradient": lambda *call: np.array(THEORY.sgdm_constant_gradient(*call))},
    "tensors": {
        "adam_constant_gradient": lambda *call: torch.tensor(THEORY.adam_constant_gradient(*call), dtype=torch.float64)
    },
    "a list": {"adam_constant_gradient": lambda *call: list(THEORY.adam_constant_gradient(*call))},
    "numpy's numbers": {
        "adam_constant_gradient": lambda *call: tuple(map(np.float64, THEORY.adam_constant_gradient(*call)))
    },
    "fractions": {"conv1d_output_width": lambda *call: Fraction(THEORY.conv1d_output_width(*call))},
    "floats that are whole": {"receptive_field": lambda *call: float(THEORY.receptive_field(*call))},
    "numpy's whole numbers": {"receptive_field": lambda *call: np.int64(THEORY.receptive_field(*call))},
    "a tensor with one number": {
        "conv1d_min_input_width": lambda *call: torch.tensor(THEORY.conv1d_min_input_width(*call))
    },
    "counts as floats": {"adam_values_per_parameter": lambda: 2.0},
    "forwards": {"receptive_field": receptive(lambda f, j, k, p, s: (f + (k - 1) * j, j * s))},
}


@pytest.mark.parametrize("kind", RIGHT)
def test_right_answers_pass_in_any_form(kind):
    assert finding_of(**RIGHT[kind]).outcome.value == "passed", said(finding_of(**RIGHT[kind]))
