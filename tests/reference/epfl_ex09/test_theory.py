"""The closed forms of problems 2 and 3 against brute force, and answers of all sorts against them."""

from __future__ import annotations

import json

import pytest
from core_examples import SEED, evidence
from exercise import part

from grader.evidence import MissingEvidence
from grader.sandbox.protocol import Frame

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
    data, calls = part("data"), part("theory_calls").calls

    assert json.loads(data.served(7)["hidden.calls"].tobytes()) == calls(7)
    assert calls(7) != calls(8)


def frame(function, answer):
    listed = [answer(*call) for call in part("theory_calls").calls(SEED)[function]]
    return Frame({"kind": "ask", "probe": "theory", "case": function, "where": "theory.py", "answers": listed})


def number(value, kind="int"):
    text = {"integer": str(value)} if isinstance(value, int) else {"number": repr(value)}
    return {"kind": kind, "length": 1, "parts": [{"kind": kind, **text}]}


def verdict(function, answer):
    theory = part("hidden.theory")
    found = part("theory_answers").answered(
        evidence(frame(function, answer)), function, getattr(theory, function), whole=True
    )
    return found.wrong[0].problem if found.wrong else None


def test_right_whole_numbers_pass_as_floats_too():
    right = part("hidden.theory").conv1d_output_width

    assert verdict("conv1d_output_width", lambda *call: number(right(*call))) is None
    assert verdict("conv1d_output_width", lambda *call: number(float(right(*call)), "float64")) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (number(4.5, "float"), "expected the whole number"),
        (number(float("nan"), "float"), "expected"),
        ({"kind": "str", "length": 1, "parts": [{"kind": "str", "text": "4"}]}, "found str (4)"),
        ({"kind": "bool", "length": 1, "parts": [{"kind": "bool", "integer": "1"}]}, "found bool"),
        ({"kind": "tuple", "length": 2, "parts": [{"kind": "int", "integer": "1"}] * 2}, "found a tuple of 2"),
        ({"error": "ZeroDivisionError: division by zero"}, "raised ZeroDivisionError"),
        ({"kind": "int", "length": 1, "parts": [{"kind": "int", "integer": "too large"}]}, "found int"),
        ("garbage", "expected"),
        ({}, "expected"),
    ],
)
def test_wrong_answers_get_a_clear_message(answer, said):
    assert said in verdict("conv1d_output_width", lambda *call: answer)


def test_answers_on_paper_are_left_to_a_person():
    missing = Frame(
        {"kind": "ask", "probe": "theory", "case": "receptive_field", "missing": True, "written": ["answers.pdf"]}
    )

    with pytest.raises(MissingEvidence, match=r"answers\.pdf") as error:
        part("theory_answers").answered(evidence(missing), "receptive_field", lambda *_: 1)

    assert error.value.ours


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
