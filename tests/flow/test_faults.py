"""Whose fault it is that something did not come back: one rule, whatever the assignment."""

from __future__ import annotations

import pytest
from core_examples import SEED, Script, assignment, ended, evidence, submission

from grader.collect.collect import collect
from grader.evidence import MissingEvidence
from grader.readings import answers, builds, recorded
from grader.readings.faults import fault, not_found
from grader.sandbox.protocol import Frame

# What the box says of an exception; whether it is ours.
RAISED = {
    "in a line of the student's": ({"error": "ValueError: no", "in_student_code": True}, False),
    "in the assignment's own code": ({"error": "KeyError: 'x'", "in_student_code": False}, True),
    "nobody says where": ({"error": "KeyError: 'x'"}, True),
    "out of time in PyTorch": ({"error": "TimeoutError: 3 s", "in_student_code": False, "cause": "time"}, False),
    "out of time, in older evidence": ({"error": "TimeoutError: 3 s", "in_student_code": False}, False),
    "a signature of another kind": (
        {"error": "TypeError: f() takes 2", "in_student_code": False, "cause": "call"},
        False,
    ),
    "a network of PyTorch's layers": ({"error": "RuntimeError: 3", "in_student_code": False, "cause": "object"}, False),
    "a package that is not here": ({"error": "NameError: x", "in_student_code": True, "cause": "package"}, True),
    "a part of a stand-in": ({"error": "AttributeError: x", "in_student_code": True, "cause": "stand-in"}, True),
    "an operation that cannot be replayed": ({"error": "x", "in_student_code": True, "cause": "operation"}, True),
    "an argument that nobody knows": ({"error": "x", "in_student_code": False, "cause": "unknown"}, True),
    "a name that two files define": (
        {"error": "inside.spread_out.Undecided: f is in a.py, b.py", "in_student_code": False, "cause": "unknown"},
        True,
    ),
    "a student's exception that is called so": ({"error": "work.Undecided: no", "in_student_code": True}, False),
    "words of its own": ({"error": "x", "in_student_code": False, "cause": {"odd": 3}}, True),
}


@pytest.mark.parametrize("name", RAISED)
def test_an_exception_is_the_students_or_ours(name):
    header, ours = RAISED[name]

    found = fault(header)

    assert found is not None
    assert found.ours is ours
    assert found.as_missing("the network").ours is ours


@pytest.mark.parametrize("name", RAISED)
@pytest.mark.parametrize(("kind", "read"), [("ask", answers), ("build", builds)])
def test_an_answer_raises_what_was_raised_in_its_place(name, kind, read):
    header, ours = RAISED[name]
    frame = Frame({"kind": kind, "probe": "net", "case": "a", "class": "Net", **header})
    found = read(evidence(frame), "net")
    ours = ours and not (kind == "build" and name == "nobody says where")  # older evidence of builds

    for take in (found.__getitem__, found.get):
        with pytest.raises(MissingEvidence) as missing:
            take("a")
        assert missing.value.ours is ours
    if ours:
        with pytest.raises(MissingEvidence):
            found.tried("a")
    else:
        assert isinstance(found.tried("a"), MissingEvidence)


def test_a_case_that_never_came_back_says_why():
    found = answers(evidence(), "net")

    assert found.get("a") is None
    with pytest.raises(MissingEvidence, match="ended without showing it"):
        found["a"]


def test_a_hole_of_the_template_is_not_attempted():
    found = fault({"error": "NotImplementedError", "in_student_code": True})

    assert found is not None
    assert found.as_missing("get_mlp").reason == "not attempted: get_mlp still raises NotImplementedError"


def test_a_recorded_call_tells_whose_fault_its_exception_is():
    lines = "Traceback\n  x\nModuleNotFoundError: No module named 'einops'\n"
    call = {"kind": "call", "case": "a", "error": lines, "in_student_code": True}

    ours, theirs = recorded(evidence(Frame(call | {"cause": "package"}), Frame(call)))

    assert ours.fault is not None
    assert theirs.fault is not None
    assert (ours.fault.ours, theirs.fault.ours) == (True, False)
    assert ours.fault.error == "ModuleNotFoundError: No module named 'einops'"


def stopped(*errors):
    return evidence(Frame({"kind": "loaded", "errors": list(errors)}))


BASE = {"where": "net.py", "kind": "TypeError", "message": "no", "line": 3, "lost": ["Base"]}
NET = {
    "where": "net.py",
    "kind": "NameError",
    "message": "name 'Base' is not defined",
    "line": 9,
    "lost": ["Net"],
    "undefined": "Base",
}


def test_a_name_that_an_earlier_error_took_away_says_that_error():
    missing = not_found(stopped(BASE), "Base")

    assert (
        "expected Base, which is not defined because of an earlier error: net.py, line 3: TypeError: no"
        in missing.reason
    )
    assert not missing.ours


def test_the_error_is_followed_back_to_where_it_began():
    assert "line 3: TypeError" in not_found(stopped(BASE, NET), "net").reason
    assert "line 9: NameError" in not_found(stopped(NET), "net").reason


def test_a_name_that_is_missing_for_want_of_a_package_is_ours():
    package = {**BASE, "kind": "ModuleNotFoundError", "message": "No module named 'einops'", "cause": "package"}

    assert not_found(stopped(package, NET), "a network", ("^net$",)).ours


def test_a_name_that_nobody_defined_is_the_students():
    missing = not_found(stopped(BASE), "get_stats")

    assert (missing.reason, missing.ours) == ("expected get_stats, found no such definition", False)
    assert missing.hint is not None
    assert "net.py, line 3" in missing.hint


@pytest.mark.parametrize(("others", "ours"), [(["Network"], True), ([], False)])
def test_patterns_that_nobody_saw_fit_are_doubted_where_something_else_is_there(others, ours):
    frame = {"kind": "build", "probe": "net", "case": "a", "missing": True, "patterns": ["^Nett$"], "others": others}

    with pytest.raises(MissingEvidence, match="expected Nett, ") as missing:
        builds(evidence(Frame(frame)), "net")["a"]

    assert missing.value.ours is ours


def test_the_only_script_is_graded_if_nobody_saw_a_pattern_fit():
    box = Script([ended()])

    found = collect(submission({"net.py": "x = 1"}), assignment(entry={"nothing like it": 1}), box, seed=SEED)

    assert found.submission.entry == "net.py"


def test_of_several_scripts_a_person_chooses_if_nobody_saw_a_pattern_fit():
    work = submission({"net.py": "x = 1", "train.py": "x = 2"})

    found = collect(work, assignment(entry={"nothing like it": 1}), Script([]), seed=SEED)

    assert found.submission.entry is None
    assert found.why_missing().ours


def test_a_pattern_that_fits_the_starter_is_believed(tmp_path):
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "hw.py").write_text("class Net:\n    pass\n")
    made = assignment(entry={r"class\s+Net": 1}, folder=tmp_path)

    found = collect(submission({"essay.py": "x = 1"}), made, Script([]), seed=SEED)

    assert found.submission.entry is None
    assert not found.why_missing().ours
