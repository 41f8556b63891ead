"""An instructor's slips: refused when the assignment is loaded, or said to be the grader's, never a student's fault."""

from __future__ import annotations

import sys
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from core_examples import assignment, data, evidence

from grader import Criterion, Finding, Limits, LineFigure, Panel, Series, Table
from grader.assess import assess, assess_one
from grader.catalog import load_assignment
from grader.errors import AssignmentError
from grader.finding import Outcome
from grader.gradebook.kept_exhibits import as_json
from grader.probes import Argument, Ask, BuildNetwork, CallFunction, Case, MakeNetwork, NetworkCase
from grader.rubric import HandIn
from grader.slips import check_data, data_slips


def passes(_evidence):
    return Finding.passed("right")


def make(**changes):
    values = {"id": "default", "asked": "get_mlp", "patterns": ("mlp",), "inputs": ("images",)}
    return MakeNetwork("net", [NetworkCase(**(values | changes))])


def build(**changes):
    values = {"id": "net", "patterns": ("net",), "cases": [Case("default", ())], "inputs": ("images",)}
    return BuildNetwork(**(values | changes))


def ask(*cases, module="layers", **changes):
    return Ask("own", module, list(cases) or [{"id": "one"}], **changes)


FIRST = Criterion("first", "First", 2, passes)
SLIPS = {
    "entry={}": ({"entry": {}}, "entry: expected patterns that recognise the file"),
    "entry with a pattern that is none": (
        {"entry": {"def (": 1}},
        r"entry: expected a regular expression, found 'def \('",
    ),
    "entry that counts nothing": ({"entry": {"def": 0}}, "points above 0"),
    "entry as a text": ({"entry": "class Net"}, "found 'class Net'"),
    "documents as a text": ({"documents": "*.pdf"}, r"documents: expected a list of texts, found the text '\*.pdf'"),
    "long_running as a text": ({"long_running": "train"}, "long_running: expected a list of texts"),
    "warm as a text": ({"warm": "torch"}, "warm: expected a list"),
    "one criterion without a list": ({"rubric": FIRST}, "rubric: expected a list of Criterion"),
    "an empty rubric": ({"rubric": []}, "rubric: expected a list of Criterion"),
    "criteria of one id": ({"rubric": [FIRST, FIRST]}, "found twice: first"),
    "a check that is no function": (
        {"rubric": [Criterion("first", "First", 2, True)]},
        "criterion first: check: expected a function",
    ),
    "a check that was called": ({"rubric": [Criterion("first", "First", 2, passes(None))]}, "criterion first: check"),
    "a check of two arguments": (
        {"rubric": [Criterion("a", "A", 2, lambda seed, evidence: None)]},
        "cannot be called with",
    ),
    "a title that is no text": ({"rubric": [Criterion("first", 2, 2, passes)]}, "criterion first: title"),
    "a report rule for no criterion": ({"report_rules": ["figures"]}, "report_rules: .*'figures'"),
    "probes of one id": ({"probes": [build(), build()]}, "found twice: net"),
    "a probe that is none": ({"probes": ["net"]}, "probes: expected a list of BuildNetwork"),
    "patterns as a text": ({"probes": [build(patterns="^net$")]}, "probe 'net': patterns: .* found the text"),
    "no patterns": ({"probes": [build(patterns=())]}, "probe 'net': patterns: expected at least 1"),
    "a pattern that is none": (
        {"probes": [build(patterns=["net("])]},
        "probe 'net': patterns: expected a regular expression",
    ),
    "inputs as a text": ({"probes": [build(inputs="images")]}, "probe 'net': inputs"),
    "no cases": ({"probes": [build(cases=[])]}, "probe 'net': cases"),
    "cases of one id": (
        {"probes": [CallFunction("f", ["f"], [Case("a", ()), Case("a", ())])]},
        "probe 'f': .*found twice: a",
    ),
    "an argument without a tuple": ({"probes": [build(cases=[Case("a", Argument("n", 3))])]}, "case 'a': arguments"),
    "a number of NumPy in an argument": (
        {"probes": [build(cases=[Case("a", (Argument("n", np.int64(3)),))])]},
        r"case 'a', argument 'n': value: .* write int\(...\)",
    ),
    "a number of NumPy in a case": (
        {"probes": [ask({"id": "one", "sizes": [np.int64(3)]})]},
        r"case 'one': sizes\[0\]: .*int64",
    ),
    "an array in a case": ({"probes": [ask({"id": "one", "x": np.zeros(3)})]}, "case 'one': x: .*tolist"),
    "a set in a case": ({"probes": [ask({"id": "one", "x": {1, 2}})]}, "case 'one': x: .*set"),
    "NaN in a case": ({"probes": [ask({"id": "one", "x": float("nan")})]}, "finite"),
    "a case without an id": ({"probes": [ask({"id": "one"}, {"n": 3})]}, "none in number 2"),
    "two cases of one id": ({"probes": [ask({"id": "one"}, {"id": "one"})]}, "found twice: one"),
    "a module with its ending": ({"probes": [ask(module="layers.py")]}, "without .py"),
    "seconds that are none": ({"probes": [ask(seconds="5")]}, "probe 'own': seconds"),
    "patterns of one network as a text": ({"probes": [make(patterns="mlp")]}, "case 'default': patterns: .*the text"),
    "a network that runs on nothing": ({"probes": [make(inputs=())]}, "case 'default': inputs: expected at least 1"),
    "networks that are none": ({"probes": [MakeNetwork("net", [{"id": "a"}])]}, "probe 'net': cases: .*NetworkCase"),
    "limits as text": ({"limits": Limits(cpu_s="30")}, "limits: cpu_s"),  # type: ignore[arg-type]
    "a usual CPU time as text": ({"usual_cpu_s": "8"}, "usual_cpu_s: expected a number of seconds"),  # type: ignore[arg-type]
    "limits below zero": ({"limits": Limits(memory_mib=-1)}, "limits: memory_mib"),
    "due without a zone": ({"due": datetime(2026, 11, 1)}, "with a time zone"),  # noqa: DTZ001
    "due as a day": ({"due": date(2026, 11, 1)}, "due: expected a datetime"),
    "data that is no function": ({"data": data(3)}, "data: expected a function"),
    "given of one argument": ({"given": lambda path: None}, "given: "),
    "code of another kind": ({"code": "all"}, "code: expected run, definitions or none"),
    "patterns of what is handed in as a text": ({"hand_in": [HandIn("", "*.py")]}, "hand_in '': patterns"),  # type: ignore[arg-type]
    "hand_in without a list": ({"hand_in": HandIn("", ("*.py",))}, "hand_in: expected a list"),
    "documents that are no PDFs": ({"documents": ("*.pdf", "*.docx")}, r"documents: expected patterns of PDFs, .*docx"),
    "a title of nothing": ({"title": ""}, "title: expected a text"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_refused_and_named(name):
    changes, said = SLIPS[name]

    with pytest.raises(AssignmentError, match=said):
        assignment(**changes)


def test_all_slips_are_said_at_once():
    with pytest.raises(AssignmentError) as refused:
        assignment(entry={}, documents="*.pdf", probes=[build(patterns="net"), ask({"n": 1})])

    assert len(str(refused.value).splitlines()) == 4


@pytest.mark.parametrize("points", [None, True, "two", float("nan"), [2]])
def test_points_that_are_no_number_are_refused(points):
    with pytest.raises(AssignmentError, match="criterion first: points"):
        Criterion("first", "First", points)


@pytest.mark.parametrize("points", [2, 2.5, "2.5", np.float64(2.5), np.int64(2)])
def test_points_that_are_a_number_are_taken(points):
    assert Criterion("first", "First", points).points in (2, Criterion("b", "B", "2.5").points)


def one_figure(y):
    return LineFigure("f", "F", "caption", "alt", "x", "y", (Panel("p", (Series("s", (1.0,), (y,)),)),))


MISTAKES = {
    "returns True": lambda _: True,
    "returns nothing": lambda _: None,
    "returns a text": lambda _: "passed",
    "returns the class": lambda _: Finding,
    "gives half as a float": lambda _: Finding.partial(0.5, "half"),  # type: ignore[arg-type]
    "gives more than all": lambda _: Finding.partial(Fraction(3, 2), "more"),
    "says a number": lambda _: Finding.passed(3),  # type: ignore[arg-type]
    "has one text as details": lambda _: Finding.passed("right", details="one"),  # type: ignore[arg-type]
    "has one exhibit without a tuple": lambda _: Finding.passed("right", exhibits=one_figure(1.0)),  # type: ignore[arg-type]
    "has a text in a figure": lambda _: Finding.passed("right", exhibits=(one_figure("one"),)),
    "has a number in a table": lambda _: Finding.passed("right", exhibits=(Table("t", "T", "c", ("a",), ((3,),)),)),  # type: ignore[arg-type]
    "raises": lambda evidence: evidence.nothing,
    "leaves": lambda _: sys.exit(),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_of_a_check_is_the_graders_and_costs_no_other_criterion(name):
    rubric = (Criterion("first", "First", 2, MISTAKES[name]), Criterion("second", "Second", 2, passes))

    found = assess(assignment(*rubric), evidence())

    assert [found[key].outcome for key in ("first", "second")] == [Outcome.UNGRADED, Outcome.PASSED]
    assert found["first"].message.startswith("the grader failed at this criterion")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_what_helps_a_person_leaves_the_criterion_to_the_person(name):
    found = assess_one(Criterion("first", "First", 2, shows=MISTAKES[name]), evidence())

    assert (found.outcome, found.exhibits) == (Outcome.UNGRADED, ())
    assert found.message == "a person grades this"


def test_a_number_of_numpy_in_a_figure_is_as_good_as_one_of_pythons():
    for number in (np.float32(1), np.float64(1), np.int64(1)):
        check = Criterion("first", "First", 2, lambda _, y=number: Finding.passed("right", exhibits=(one_figure(y),)))
        found = assess_one(check, evidence())
        assert found.outcome is Outcome.PASSED
        assert b"1" in as_json({"first": found.exhibits})


def test_a_list_of_details_is_as_good_as_a_tuple():
    assert Finding.failed("wrong", details=["a", "b"]).details == ("a", "b")  # type: ignore[arg-type]


def raises(_seed):
    raise KeyError("images")


DATA = {
    "raises": (raises, r"data\(1\) raised an exception: .*test_slips.py, line \d+: KeyError"),
    "no dictionary": (lambda seed: [np.zeros(seed)], "data: expected a dictionary"),
    "no array": (lambda seed: {"images": [1, seed]}, "'images': expected a NumPy array, found list"),
    "half precision": (lambda seed: {"images": np.zeros(seed, np.float16)}, "'images': .*float16"),
    "texts": (lambda seed: {"images": np.array(["a"] * seed)}, "'images': "),
    "objects": (lambda seed: {"images": np.array([None] * seed)}, "'images': "),
    "an unknown input": (
        lambda seed: {"pictures": np.zeros(seed, np.float32)},
        "probe 'net': input 'images': .*pictures",
    ),
    "double precision for a network": (
        lambda seed: {"images": np.zeros(seed)},
        "probe 'net': input 'images': .*float32",
    ),
    "others each time": (lambda _: {"images": np.random.default_rng().random(3).astype(np.float32)}, "same seed"),
}


@pytest.mark.parametrize("name", DATA)
def test_data_that_cannot_be_served_is_refused_before_a_student_is_graded(name):
    make, said = DATA[name]

    with pytest.raises(AssignmentError, match=said):
        check_data(assignment(data=make, probes=[build()]), 1)


def test_an_input_that_is_not_served_is_refused_for_a_network_in_both_modes_too():
    with pytest.raises(AssignmentError, match="probe 'net': input 'images': "):
        check_data(assignment(data=lambda _: {}, probes=[make()]), 1)


def test_good_data_is_taken():
    served = {"images": np.zeros((1, 2), np.float32), "labels": np.zeros(1, np.int64)}

    assert list(data_slips(assignment(data=lambda _: served, probes=[build()]), 1)) == []


GOOD = """
from grader import Assignment, Criterion, Finding
from grader.probes import Ask

def check(evidence):
    return Finding.passed("right")

ASSIGNMENT = Assignment(title="T", course="C", rubric=[Criterion("first", "First", 2, check)],
    probes=[Ask("own", "layers", [{"id": "one"}])], entry={"def": 1}, data=lambda seed: {})
"""
ANSWER = "def answer(session, case):\n    return {}, {}\n"


def folder(root: Path, text: str = GOOD, inside: dict[str, str] | None = None) -> Path:
    made = root / "small"
    (made / "inside").mkdir(parents=True)
    (made / "assignment.py").write_text(text)
    for name, content in ({"layers.py": ANSWER} if inside is None else inside).items():
        (made / "inside" / name).write_text(content)
    return root


def test_a_folder_without_slips_is_loaded(tmp_path):
    assert load_assignment("small", folder(tmp_path)).id == "small"


INSIDE = {
    "no module": ({"others.py": ANSWER}, r"probe 'own': inside/layers.py: expected a file .*there: others.py"),
    "no answer": ({"layers.py": "def answers(session, case): pass\n"}, "expected a function answer"),
    "an answer of one argument": (
        {"layers.py": "def answer(case): pass\n"},
        r"line 1: expected answer\(session, case\)",
    ),
    "no Python": ({"layers.py": "def answer(\n"}, "inside/layers.py, line 1"),
}


@pytest.mark.parametrize("name", INSIDE)
def test_code_for_behind_the_wall_that_is_not_there_is_refused(tmp_path, name):
    inside, said = INSIDE[name]

    with pytest.raises(AssignmentError, match=said):
        load_assignment("small", folder(tmp_path, inside=inside))


BROKEN = {
    "no Python": ("def check(:\n", r"small/assignment.py, line 1: SyntaxError"),
    "a name that is not there": ("\nx = Assignmen()\n", r"small/assignment.py, line 2: NameError"),
    "a package that is not there": ("import nothing_of_this_name\n", "line 1: ModuleNotFoundError"),
    "no ASSIGNMENT": ("x = 3\n", "expected ASSIGNMENT"),
    "a slip": (GOOD.replace('{"def": 1}', "{}"), r"small/assignment.py, line \d+: entry: "),
    "an exit": ("raise SystemExit\n", "line 1: SystemExit"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_assignment_that_cannot_be_imported_names_file_and_line(tmp_path, name):
    text, said = BROKEN[name]

    with pytest.raises(AssignmentError, match=said):
        load_assignment("small", folder(tmp_path, text))
