"""The closed forms of problems 2 and 3 against brute force, and usual mistakes against them."""

from __future__ import annotations

import json

import pytest
from exercise import exercise, part

DRAWN = [part("theory_calls").calls(seed) for seed in range(3)]
BRUTE = {
    "sgdm_constant_gradient": "simulated_sgdm",
    "adam_constant_gradient": "simulated_adam",
    "conv1d_output_width": "measured_output_width",
    "conv1d_min_input_width": "searched_input_width",
    "receptive_field": "measured_receptive_field",
}


@pytest.mark.parametrize("name", BRUTE)
def test_closed_forms_agree_with_brute_force(name):
    theory = part("hidden.theory")

    for call in (call for calls in DRAWN for call in calls[name]):
        assert getattr(theory, name)(*call) == pytest.approx(getattr(theory, BRUTE[name])(*call), rel=1e-9), call


def test_calls_are_drawn_from_the_seed_and_cross_the_wall_as_numbers():
    calls = part("theory_calls").calls

    assert json.loads(exercise().data(7)["theory.calls"].tobytes()) == calls(7)
    assert calls(7) != calls(8)


def usual_mistakes():
    findings = part("hidden.theory_questions")
    for question in (*findings.OPTIMIZER_STATE, *findings.RECEPTIVE_FIELD):
        for number, (mistake, advice) in enumerate(question.mistakes):
            yield pytest.param(question, mistake, advice, id=f"{question.function}-{number}")


@pytest.mark.parametrize(("question", "mistake", "advice"), [*usual_mistakes()])
def test_every_usual_mistake_would_be_seen_whatever_the_seed(question, mistake, advice):
    for seed in range(20):
        asked = part("theory_calls").calls(seed)[question.function]
        right = getattr(part("hidden.theory"), question.function)
        differ = [call for call in asked if mistake(*call) != pytest.approx(right(*call), rel=1e-6)]

        assert len(differ) >= 2, f"seed {seed}: {advice}"


@pytest.mark.parametrize(
    "function",
    [
        "sgdm_constant_gradient",
        "adam_constant_gradient",
        "conv1d_output_width",
        "conv1d_min_input_width",
        "receptive_field",
    ],
)
def test_zeros_one_number_and_an_argument_would_be_seen_whatever_the_seed(function):
    theory = part("hidden.theory")
    for seed in range(20):
        asked = part("theory_calls").calls(seed)[function]
        right = [getattr(theory, function)(*call) for call in asked]

        assert len({str(value) for value in right}) > len(right) / 2
        for index in range(len(asked[0])):
            assert sum(value == call[index] for value, call in zip(right, asked, strict=True)) < len(right) / 2
