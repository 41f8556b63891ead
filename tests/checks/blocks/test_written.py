"""Written answers: forms that are right pass, whatever they look like; what is typed is never run."""

from __future__ import annotations

import json

import pytest
from asking import found

from grader.checks import cell_output, choice, expression, notebook_text, number_near, words
from grader.finding import Outcome

FORMULA = expression("q", "2*x*exp(-x**2) + log(y)", ["x", "y"])


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (choice("q", "b"), "B"),
        (choice("q", "b"), "(b)"),
        (number_near("q", 12544), "12,544 parameters"),
        (number_near("q", 12544), 12544),
        (number_near("q", 0.37, tolerance=0.005), "37 %"),
        (number_near("q", 1e-3, relative=0.01), "1.005e-3"),
        (number_near("q", -2.5), "-2.5"),
        (FORMULA, "2*x/exp(x*x) + ln(y)"),
        (FORMULA, "dL/dx = log(y) + x*exp(-x^2)*2"),
        (expression("q", "s*(1-s)", ["s"]), "s - s**2"),
    ],
)
def test_right_answers_pass(block, said):
    finding = found(block, q=said)
    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize(
    ("block", "said", "told"),
    [
        (choice("q", "b"), "a", "a is not right"),
        (choice("q", "b"), "a or b", "expected one letter"),
        (number_near("q", 12544), "12545", "12545 is not right"),
        (number_near("q", 12544), "12 or 12544", "expected one number"),
        (FORMULA, "2*x*exp(x**2) + log(y)", "is not right: at x ="),
        (FORMULA, "2*x*exp(-x**2) + log(z)", "'z' is none of the variables (x, y)"),
        (FORMULA, "2 x exp", "write it as in Python|cannot be read"),
        (FORMULA, "__import__('os').system('true')", "is no formula"),
        (FORMULA, "9**9**9**9", "no value"),
        (FORMULA, "(" * 90 + "x" + ")" * 90, "is not right|cannot be read"),
        (FORMULA, "-" * 300 + "x", "nested too deeply|cannot be read"),
    ],
)
def test_wrong_answers_fail_with_a_reason(block, said, told):
    finding = found(block, q=said)

    assert finding.outcome is Outcome.FAILED
    assert any(part in f"{finding.message} {finding.hint}" for part in told.split("|"))


def test_no_answer_is_not_attempted():
    assert found(choice("q", "b")).message.startswith("Not attempted: there is no answer q")


def notebook(*cells):
    listed = [{"cell_type": kind, "source": [source], "outputs": outputs} for kind, source, outputs in cells]
    return json.dumps({"cells": listed})


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A notebook with an answer, a discussion and a saved output, where the session looks for it."""
    told = [{"output_type": "stream", "text": ["accuracy: 0.91\n"]}]
    text = notebook(
        ("markdown", "# Questions\n**Q1**: c", []),
        ("markdown", "## Discussion\nShirts and coats are alike, $a + b$ too.", []),
        ("code", "print(1)", told),
    )
    (tmp_path / "work.ipynb").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("asking.ENTRY", "work.ipynb")


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("block", "outcome"),
    [
        (choice("Q1", "c"), Outcome.PASSED),
        (words("discussion", least=5, most=8), Outcome.PASSED),
        (words("discussion", least=20), Outcome.FAILED),
        (words("conclusion", least=1), Outcome.FAILED),
        (cell_output(r"accuracy: 0\.\d+", "an accuracy"), Outcome.PASSED),
        (cell_output("loss", "a loss"), Outcome.FAILED),
        (notebook_text("discussion"), Outcome.PASSED),
    ],
)
def test_what_stands_in_a_notebook_is_read(block, outcome):
    assert found(block).outcome is outcome
