"""Why something is not there, and whose fault that is."""

from __future__ import annotations

import pytest
from core_examples import evidence

from grader.evidence import FileRecord
from grader.sandbox.protocol import Frame, Status


def test_two_archives_of_one_student_are_ours_to_decide():
    missing = evidence(ambiguous="two archives", problem="and a bomb").why_missing()

    assert (missing.reason, missing.ours) == ("two archives", True)


def test_an_archive_that_cannot_be_read_is_the_students_problem():
    missing = evidence(problem="a zip bomb", entry=None).why_missing()

    assert (missing.reason, missing.ours) == ("a zip bomb", False)


def test_nothing_to_run_names_what_was_handed_in():
    missing = evidence(entry=None, files=(FileRecord("essay.pdf", 1, "ab"),)).why_missing()

    assert missing.reason == "expected a Python script or a notebook with the work asked for, found essay.pdf"
    assert not missing.ours
    assert evidence(entry=None).why_missing().reason.endswith("found nothing")


@pytest.mark.parametrize("statuses", [(), (Status.SANDBOX_FAILED,), (Status.TIMED_OUT, Status.SANDBOX_FAILED)])
def test_a_failure_of_the_sandbox_is_ours(statuses):
    assert evidence(statuses=statuses).why_missing().ours


@pytest.mark.parametrize("status", [status for status in Status if status not in ("exited", "sandbox_failed")])
def test_a_program_that_did_not_finish_is_told_why(status):
    missing = evidence(statuses=(status, Status.EXITED)).why_missing()

    assert (missing.reason, missing.ours) == (f"the program did not finish: it {status}", False)


def test_a_program_that_ended_well_just_did_not_show_it():
    missing = evidence().why_missing()

    assert (missing.reason, missing.ours) == ("the program ended without showing it", False)


PLAIN = {"first": None, "code": (), "lost": (), "undefined": None, "cause": None}
ERROR = {"where": "main.py", "kind": "NameError", "message": "name 'x'", "line": 3}


def first_error(*errors):
    return evidence(Frame({"kind": "loaded", "errors": list(errors)})).first_error()


def test_the_first_error_of_the_main_file_is_told():
    around = {"first": 2, "lines": ["two", "three"]}

    assert first_error({**ERROR, "traceback": "..."}, {"line": 9}) == {**ERROR, **PLAIN}
    assert first_error({**ERROR, "around": around}) == {**ERROR, **PLAIN, "first": 2, "code": ("two", "three")}


@pytest.mark.parametrize("errors", [[], None, 3, "text", {}, [None], [[]], ["x"]])
def test_no_list_of_errors_is_no_error(errors):
    assert evidence(Frame({"kind": "loaded", "errors": errors})).first_error() is None


@pytest.mark.parametrize("name", sorted(ERROR))
@pytest.mark.parametrize("value", [None, 7.5, -1, 2**80, True, [], {"a": []}, "x" * 10**6])
def test_what_an_error_says_is_short_text_and_a_line_number(name, value):
    found = first_error({**ERROR, name: value})

    assert all(isinstance(found[text], str) and len(found[text]) <= 2000 for text in ("where", "kind", "message"))
    assert found["line"] is None or (type(found["line"]) is int and found["line"] > 0)
