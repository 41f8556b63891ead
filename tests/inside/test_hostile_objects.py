"""Objects of a submission that do harm when they are looked at: one answer is lost, never all of them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from answering import NET, STATS, Answer, Submission, answers
from hostile_objects import BEFORE, CLASSES, END, FUNCTIONS, STATS_TEXT


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    before = {name: dedent(text) + END + STATS_TEXT for name, text in BEFORE.items()}
    functions = {name: END + dedent(text) for name, text in FUNCTIONS.items()}
    classes = {name: END + dedent(text) + "\n" + STATS_TEXT for name, text in CLASSES.items()}
    made = before | functions | classes
    return answers({name: Submission(text, probes=(STATS, NET)) for name, text in made.items()})


@pytest.mark.parametrize("name", [*BEFORE, *FUNCTIONS, *CLASSES])
def test_the_program_ends_by_itself(asked: dict[str, Answer], name: str):
    assert asked[name].end == "exited"


@pytest.mark.parametrize("name", BEFORE)
def test_whatever_lies_about_everything_asked_for_is_answered(asked: dict[str, Answer], name: str):
    build = asked[name].build()

    assert asked[name].errors == []
    assert (build.header["class"], build.header.get("error")) == ("Net", None)
    assert build.arrays["output"].shape == (2, 4)
    assert asked[name].calls("direct")[0].arrays["result"].shape == (2, 4)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_does_harm_costs_its_own_answer_only(asked: dict[str, Answer], name: str):
    assert asked[name].errors == []
    assert len(asked[name].of_kind("call")) >= 1
    assert asked[name].build().arrays["output"].shape == (2, 4)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unprintable exception", "Unprintable"),
        ("system exit", "SystemExit: bye"),
        ("endless recursion", "RecursionError"),
        ("parameters that refuse", "SystemExit: 8"),
    ],
)
def test_what_a_function_raises_is_told(asked: dict[str, Answer], name: str, said: str):
    assert said in asked[name].calls("direct")[0].header["error"]


@pytest.mark.parametrize("name", ["array that raises", "generator", "tensor that refuses"])
def test_a_result_that_is_no_numbers_is_none(asked: dict[str, Answer], name: str):
    (call,) = asked[name].calls("direct")

    assert call.header["result_kind"] in {"Exits", "count", "Refuses"}
    assert "result" not in call.arrays


def test_a_list_without_an_end_ends(asked: dict[str, Answer]):
    assert asked["list without an end"].calls("direct")[0].arrays["result"].tolist() == [1]


def test_arguments_that_lie_are_noted_as_plain_values(asked: dict[str, Answer]):
    noted = [call.header["arguments"]["skip"] for call in asked["arguments that lie"].calls("run")]

    assert noted == [1, {"type": "int"}, "nan", {"type": "Tensor"}, {"type": "Unbool"}, {"type": "count"}, "\ufffd"]


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_does_harm_costs_its_own_answer_only(asked: dict[str, Answer], name: str):
    build = asked[name].build()

    assert asked[name].errors == []
    assert build.header.get("error") or build.header.get("left_out") or build.header["trace"]["output"] is None
    assert asked[name].calls("direct")
