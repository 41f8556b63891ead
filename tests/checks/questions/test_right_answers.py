"""Answers in functions: right ones pass in any form, wrong ones are told with the mistake that explains them."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from core_examples import evidence

from grader.assess import assess_one
from grader.catalog import Hidden
from grader.checks import AnswerSheet, FunctionQuestion, right_answers
from grader.errors import AssignmentError
from grader.evidence import MissingEvidence
from grader.finding import Finding
from grader.inside.asked import answer_functions
from grader.rubric import Block, Criterion
from grader.sandbox.protocol import Frame

CALLS = {"area": [[2, 3], [4, 5], [7, 9]], "sides": [[6.0, 2.0], [5.0, 4.0]]}
SHEET = AnswerSheet(
    results={"area": (), "sides": ("half", "double")},
    calls=lambda _: CALLS,
    topics=("rectangle",),
    hint="answers stand in theory.py",
)
QUESTIONS = (
    FunctionQuestion(
        "area",
        lambda a, b: a * b,
        whole=True,
        mistakes=((lambda a, b: a + b, "an area is a product"),),
        hint="multiply both sides",
    ),
    FunctionQuestion("sides", lambda a, b: (a / 2, 2 * b), form="return both as a tuple"),
)
BLOCK = right_answers(SHEET, ("area", "sides"), QUESTIONS, key="rectangle", source="Measured with a ruler.")
ENTRIES = itertools.count()  # files of a box are read once
RIGHT = {"area": lambda a, b: a * b, "sides": lambda a, b: (a / 2, 2 * b)}


class Session:
    """As much of a box's session as the probe uses."""

    def __init__(self, namespace, *, files=None, errors=()):
        self.namespace = self.main_names = namespace
        self.files, self.errors = files or {}, errors
        self.arrays = SHEET.data(0)
        self.request = {"seed": 1, "entry": f"work{next(ENTRIES)}.py"}

    def load_file(self, path):
        return SimpleNamespace(namespace=self.files.get(path, {}), errors=self.errors)


def found(block: Block = BLOCK, session: Session | None = None, **changed) -> Finding:
    session = session or Session({**RIGHT, **changed})
    frames = []
    for case in json.loads(json.dumps(list(SHEET.probe.cases))):
        header, _ = answer_functions.answer(session, case)
        frames.append(Frame({"kind": "ask", "probe": "theory", "case": case["id"], **json.loads(json.dumps(header))}))
    return assess_one(Criterion("it", "It", 1, block), evidence(*frames))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", [float, Fraction, np.int64, torch.tensor, np.array])
def test_right_numbers_pass_in_any_form(form):
    finding = found(area=lambda a, b: form(a * b), sides=lambda a, b: np.array([a / 2, 2 * b]))

    assert finding.outcome.value == "passed", finding.message
    assert finding.message == "all 5 answers of 2 functions are right"
    assert "would have shown" in finding.details[0]
    assert finding.exhibits[0].caption.endswith("are right. Measured with a ruler.")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda a, b: a * b + 0.5, "expected the whole number 6, found 6.5"),
        (lambda a, b: float("nan"), "expected"),
        (lambda a, b: str(a * b), "found str (6)"),
        (lambda a, b: True, "found bool"),
        (lambda a, b: (a, b), "found a tuple of 2"),
        (lambda a, b: None, "found NoneType"),
        (lambda a, b: a / 0, "raised ZeroDivisionError"),
        (lambda a, b: 10**400, "found a number of far more digits"),
        (lambda a: a, "raised TypeError"),
    ],
)
def test_a_wrong_answer_is_told_in_words(answer, said):
    finding = found(area=answer)

    assert finding.outcome.value == "partial"
    assert finding.credit == Fraction(1, 2)
    assert said in finding.message
    assert "3 of 3 answers are wrong" in finding.message


def test_a_usual_mistake_that_explains_every_answer_is_the_hint():
    assert found(area=lambda a, b: a + b).hint == "an area is a product"
    assert found(area=lambda a, b: a + b + (a == 7)).hint == "multiply both sides"
    assert found(sides=lambda a, b: a).hint == "return both as a tuple"


def test_a_single_number_in_place_of_several_is_said_so():
    assert "expected (half, double), found a single float" in found(sides=lambda a, b: a).message


def test_a_file_of_its_own_comes_before_the_main_file(tmp_path):
    (tmp_path / "theory.py").write_text("def area(a, b): return a * b\n")
    session = Session({**RIGHT, "area": lambda a, b: 0}, files={"theory.py": {"area": RIGHT["area"]}})

    assert found(session=session).outcome.value == "passed"


@pytest.mark.parametrize("other", ["old_theory.py", "backup/theory.py", "theory_1.py", "a/b/theory.py"])
def test_the_file_that_is_called_so_counts_and_no_draft_beside_it(tmp_path, other):
    (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
    for name in ("theory.py", other):
        (tmp_path / name).write_text("def area(a, b): return a * b\n")
    draft = {"area": lambda a, b: 0, "sides": lambda a, b: (0, 0)}
    session = Session({}, files={"theory.py": RIGHT, other: draft})

    assert found(session=session).outcome.value == "passed"
    swapped = Session({}, files={"theory.py": draft, other: RIGHT})
    assert found(session=swapped).outcome.value == "failed"


def test_of_files_with_numbers_the_highest_counts(tmp_path):
    for name in ("theory_2.py", "theory_10.py"):
        (tmp_path / name).write_text("def area(a, b): return a * b\n")
    session = Session({}, files={"theory_10.py": RIGHT, "theory_2.py": {"area": lambda a, b: 0}})

    assert found(session=session).outcome.value == "passed"


def test_the_very_name_counts_before_one_that_is_nearly_so():
    class Area:
        pass

    assert found(Area=Area, a_r_e_a=lambda a, b: 0).outcome.value == "passed"
    assert found(session=Session({"Area": RIGHT["area"], "sides": RIGHT["sides"]})).outcome.value == "passed"
    assert found(Area=RIGHT["area"], area=lambda a, b: 0).outcome.value == "partial"


def test_an_error_that_took_a_function_away_is_told(tmp_path):
    (tmp_path / "theory.py").write_text("def area(a, b) return a * b\n")
    error = {"where": "theory.py", "line": 1, "kind": "SyntaxError", "message": "expected ':'", "lost": ["area"]}

    students = found(session=Session({}, files={"theory.py": {"sides": RIGHT["sides"]}}, errors=[error]))
    ours = found(session=Session({}, errors=[{**error, "cause": "package"}]))

    assert students.outcome.value == "partial"
    assert "which is not defined because of an earlier error: theory.py, line 1: SyntaxError" in students.message
    assert ours.outcome.value == "ungraded"


def test_what_is_missing_here_is_no_wrong_answer_and_what_is_raised_gets_no_hint_on_form():
    def package(a, b):
        raise ModuleNotFoundError("No module named 'numba'", name="numba")

    def raises(a, b):
        return a / 0

    assert found(sides=package).outcome.value == "ungraded"
    assert (found(sides=raises).outcome.value, found(sides=raises).hint) == ("partial", None)
    assert "found a number of far more digits" in found(area=lambda a, b: 10**5000).message


def test_a_function_that_is_left_open_is_not_attempted_and_one_that_is_missing_is_told():
    def gap(a, b):
        raise NotImplementedError

    assert "not attempted: area still raises NotImplementedError" in found(area=gap).message
    assert "expected a function area in theory.py or in the notebook" in found(session=Session({})).message


def test_answers_on_paper_are_left_to_a_person(tmp_path):
    (tmp_path / "answers.pdf").write_bytes(b"%PDF")

    finding = found(session=Session({}))

    assert finding.outcome.value == "ungraded"
    assert "answers.pdf" in finding.message


def test_a_notebook_counts_as_paper_only_where_it_speaks_of_the_topic(tmp_path):
    cells = [{"cell_type": "markdown", "source": ["The rectangle's area"]}]
    (tmp_path / "mine.ipynb").write_text(json.dumps({"cells": cells}))
    assert answer_functions._written("rectangle|circle") == ["mine.ipynb"]
    assert answer_functions._written("circle") == []


def test_students_are_told_of_the_form_alone():
    assert BLOCK.preview is not None
    for changed, message in (({"area": lambda a, b: 0}, "return numbers"), ({"area": lambda a, b: "0"}, "found str")):
        assert message in found(Block(BLOCK.preview), Session({**RIGHT, **changed})).message


def test_hidden_questions_leave_the_form_to_be_checked():
    hidden = right_answers(SHEET, ("area", "sides"), Hidden("hidden.questions"))

    assert hidden.hidden
    assert hidden.probes == BLOCK.probes


def test_questions_have_to_be_those_of_the_functions():
    with pytest.raises(AssignmentError, match="expected questions for sides"):
        right_answers(SHEET, ("sides",), QUESTIONS)


def test_answers_that_are_not_all_there_raise():
    frame = Frame({"kind": "ask", "probe": "theory", "case": "area", "answers": [{}]})

    with pytest.raises(MissingEvidence, match="not all calls"):
        BLOCK.check(evidence(frame))


@pytest.mark.parametrize("part", ["garbage", {}, {"kind": "int", "length": 1, "parts": "x"}])
def test_what_no_box_sends_is_a_wrong_answer(part):
    frames = [
        Frame({"kind": "ask", "probe": "theory", "case": name, "answers": [part] * len(CALLS[name])}) for name in CALLS
    ]

    assert "expected" in assess_one(Criterion("it", "It", 1, BLOCK), evidence(*frames)).message
