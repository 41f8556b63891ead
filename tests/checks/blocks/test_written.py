"""Written answers: forms that are right pass, whatever they look like; what is typed is never run."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from asking import found
from core_examples import evidence, execution

from grader.assess import assess_one
from grader.checks import cell_output, choice, expression, figure_has, notebook_text, number_near, words
from grader.errors import AssignmentError
from grader.finding import Outcome
from grader.rubric import Criterion
from grader.sandbox.protocol import Frame

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
        (expression("q", "s*(1-s)"), "ds/dx = s(1-s)"),
        (choice("q", "b"), "b) because it is the largest"),
        (number_near("q", 12544), "12 544"),
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


def test_a_function_is_no_written_answer():
    finding = found(expression("q", "s*(1-s)"), q=lambda s: s * (1 - s))

    assert finding.outcome is Outcome.FAILED
    assert "q is of type function" in finding.message
    assert finding.hint == "write q as a number or a text"


def test_a_right_answer_that_is_no_formula_is_an_instructors_slip():
    with pytest.raises(AssignmentError, match="expression q: 'f\\(s\\)'"):
        expression("q", "f(s)", ["s"])


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


def drawn(block, *curves, panels=None, titles=None):
    """The finding on curves: figure, label, heights; all in one panel, or in `panels` with `titles`."""
    places = panels or [0] * len(curves)
    listed = [
        {"figure": figure, "panel": panel, "label": label, "title": titles[panel] if titles else ""}
        for (figure, label, _), panel in zip(curves, places, strict=True)
    ]
    arrays = {f"curve.{place}.y": np.array(heights, float) for place, (*_, heights) in enumerate(curves)}
    arrays |= {key.replace("y", "x"): np.arange(len(part), dtype=float) for key, part in arrays.items()}
    frames = [Frame({"kind": "figures", "curves": listed}, arrays)]
    return assess_one(Criterion("it", "It", 1, block), evidence(*frames))


TWO = figure_has(curves=2, labels=("train", "valid"), least_points=3)


@pytest.mark.parametrize(
    ("curves", "told"),
    [
        ([], "expected 2 curves in one figure, found 0"),
        ([(0, "train", [1, 2, 3])], "found 1"),
        ([(0, "train", [1, 2, 3]), (1, "valid", [1, 2, 3])], "found 1"),
        ([(0, "train", [1, 2, 3]), (0, "valid", [1])], "found 1"),
        ([(0, "train", [1, 2, 3]), (0, "valid", [np.nan] * 3)], "found 1"),
        ([(0, "train", [1, 2, 3]), (0, "", [1, 2, 3])], "expected curves with labels valid, found train"),
    ],
)
def test_a_figure_that_lacks_curves_or_labels_fails(curves, told):
    finding = drawn(TWO, *curves)

    assert finding.outcome is Outcome.FAILED
    assert told in finding.message


def test_a_figure_with_all_curves_passes_whatever_else_is_drawn():
    curves = [(0, "", [1]), (1, "Training loss", [3, 2, 1]), (1, "VALIDATION", [3, 2, 2]), (1, "chance", [3, 3, 3])]

    assert drawn(TWO, *curves).outcome is Outcome.PASSED


def test_panels_of_one_figure_are_one_figure_and_a_panels_title_names_its_only_curve():
    curves, titles = [(0, "_child0", [3, 2, 1]), (0, "_child0", [3, 2, 2])], ["Training loss", "Validation loss"]

    assert drawn(TWO, *curves, panels=[0, 1], titles=titles).outcome is Outcome.PASSED
    together = drawn(TWO, *curves, titles=["Training and validation loss"])
    assert "expected curves with labels train, valid, found none" in together.message
    assert "plt.legend()" in together.hint


def test_a_figure_with_more_curves_hides_none_that_has_the_labels():
    curves = [(0, "", [1, 2, 3])] * 3 + [(1, "train", [3, 2, 1]), (1, "valid", [3, 2, 2])]

    assert drawn(TWO, *curves).outcome is Outcome.PASSED


def test_no_program_that_draws_is_no_figure():
    finding = assess_one(Criterion("it", "It", 1, TWO), evidence())

    assert finding.credit == 0
    assert "without showing it" in finding.message


REPORT = """# Report

Q1: (c) because the sum is long

## Discussion

Shirts and coats are alike.

Conclusion
----------
None.
"""


def handed_in(block, **files):
    """The finding on texts that were handed in without a program."""
    header = [{"text": text, "code": "", "left_out": 0} for text in files.values()]
    paths = [f"{name}.md" for name in files]
    pairs = zip(paths, header, strict=True)
    frames = [
        frame
        for path, told in pairs
        for frame in (Frame({"kind": "begun", "path": path}), Frame({"kind": "file", "path": path, **told}))
    ]
    run = execution(mode="files", about=block.reads[0].id, frames=len(frames))
    found = replace(evidence(), executions=(run,), frames=tuple(frames))
    return assess_one(Criterion("it", "It", 1, block), found)


@pytest.mark.parametrize(
    ("block", "outcome"),
    [
        (choice("Q1", "c"), Outcome.PASSED),
        (choice("Q1", "b"), Outcome.FAILED),
        (words("discussion", least=5, most=5), Outcome.PASSED),
        (words("conclusion", most=1), Outcome.PASSED),
        (words("discussion", least=6), Outcome.FAILED),
        (notebook_text("discussion"), Outcome.PASSED),
    ],
)
def test_a_report_as_text_is_read_as_a_notebook_is(block, outcome):
    assert handed_in(block, report=REPORT).outcome is outcome


def test_what_the_course_wrote_is_no_report():
    assert handed_in(choice("Q1", "c"), README=REPORT).outcome is not Outcome.PASSED
    assert handed_in(choice("Q1", "c"), README=REPORT, answers=REPORT).outcome is Outcome.PASSED


def test_where_to_write_is_said_where_nothing_is_written():
    finding = handed_in(words("conclusions", least=5), report=REPORT)

    assert "found 0" in finding.message
    assert "report.md" in str(finding.hint)
