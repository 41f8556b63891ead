"""Evidence becomes one finding per criterion, and no failure of ours costs a student points."""

from __future__ import annotations

import logging

import pytest
from core_examples import assignment, evidence

from grader.assess import assess, assess_one, execution_summary, grade_evidence
from grader.assess.criteria import OUT_OF_MEMORY
from grader.evidence import MissingEvidence
from grader.finding import Finding, Outcome, Table
from grader.rubric import Criterion
from grader.sandbox.protocol import Frame, Status

RIGHT = Finding.passed("right")


def raising(error):
    def check(_):
        raise error

    return Criterion("a", "A", 2, check)


def test_a_check_s_finding_is_kept_as_it_is():
    assert assess_one(Criterion("a", "A", 1, lambda _: RIGHT), evidence()) is RIGHT


def test_evidence_that_is_missing_by_our_fault_is_ungraded():
    found = assess_one(raising(MissingEvidence("the sandbox failed", ours=True)), evidence())

    assert (found.outcome, found.message) == (Outcome.UNGRADED, "the sandbox failed")
    assert found.hint == "a person has to look at this submission"


def test_a_hint_for_the_person_is_kept():
    assert assess_one(raising(MissingEvidence("x", ours=True, hint="look there")), evidence()).hint == "look there"


def test_evidence_that_is_missing_by_the_students_fault_is_failed_with_its_reason():
    found = assess_one(raising(MissingEvidence("no get_stats", hint="write it")), evidence())

    assert (found.outcome, found.message, found.hint, found.credit) == (Outcome.FAILED, "no get_stats", "write it", 0)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")]
)
def test_memory_that_runs_out_is_no_mistake_of_a_check_and_needs_a_person(error, caplog):
    found = assess_one(raising(error), evidence())

    assert (found.outcome, found.message) == (Outcome.UNGRADED, OUT_OF_MEMORY)
    assert caplog.messages == []


@pytest.mark.parametrize(
    "error",
    [ValueError("odd"), KeyError("a"), ZeroDivisionError(), RecursionError(), AssertionError("x")],
)
def test_a_mistake_in_a_check_is_ungraded_and_logged(error, caplog):
    with caplog.at_level(logging.ERROR, "grader"):
        found = assess_one(raising(error), evidence())

    assert found.outcome is Outcome.UNGRADED
    assert found.message.startswith(f"the grader failed at this criterion: {type(error).__name__}")
    assert "not the student's fault" in (found.hint or "")
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("ERROR", "ada: criterion a could not be assessed")
    ]
    assert caplog.records[0].exc_info is not None


def test_missing_evidence_is_no_mistake_and_not_logged(caplog):
    assess_one(raising(MissingEvidence("no get_stats")), evidence())

    assert caplog.records == []


def test_stopping_the_grader_stops_it():
    with pytest.raises(KeyboardInterrupt):
        assess_one(raising(KeyboardInterrupt()), evidence())


def test_a_manual_criterion_waits_for_a_person():
    assert assess_one(Criterion("a", "A", 1), evidence()) == Finding.ungraded("a person grades this")


def test_a_mistake_in_one_check_leaves_the_others_alone():
    rubric = [raising(ValueError()), Criterion("b", "B", 3, lambda _: RIGHT), Criterion("c", "C", 1)]

    found = assess(assignment(*rubric), evidence())

    assert {name: finding.outcome.value for name, finding in found.items()} == {
        "a": "ungraded",
        "b": "passed",
        "c": "ungraded",
    }


def test_a_grade_follows_from_the_evidence():
    made = grade_evidence(assignment(Criterion("b", "B", 3, lambda _: RIGHT)), evidence(attempt=4), {"b": RIGHT})

    assert (made.assignment, made.student, made.attempt, made.points, made.status) == ("small", "ada", 4, 3, "graded")


def test_the_first_execution_is_the_one_that_is_told():
    found = execution_summary(evidence(statuses=(Status.TIMED_OUT, Status.EXITED)))

    assert (found.status, found.reason, found.wall_s, found.device) == ("timed_out", "it timed_out", 1.5, "cpu")


def test_a_file_that_stops_with_an_error_has_raised():
    error = {"where": "main.py", "kind": "NameError", "message": "no x", "line": 3}

    found = execution_summary(evidence(Frame({"kind": "loaded", "errors": [error]})))

    assert (found.status, found.reason) == ("raised", "main.py, line 3, NameError: no x")


@pytest.mark.parametrize("error", [{}, {"line": []}, {"message": {"a": 1}, "kind": "x" * 10**6, "where": None}])
def test_an_error_of_any_form_is_told_in_few_words(error):
    found = execution_summary(evidence(Frame({"kind": "loaded", "errors": [error]})))

    assert found.status == "raised"
    assert len(found.reason) <= 500


def test_what_was_never_run_is_told_why():
    assert execution_summary(evidence(statuses=(), problem="a bomb")).reason == "a bomb"
    assert execution_summary(evidence(statuses=(), problem="a bomb")).status == "no_result"
    assert execution_summary(evidence(statuses=(), ambiguous="two archives")).status == "sandbox_failed"
    assert execution_summary(evidence(statuses=(), entry=None)).reason == "nothing was run"


def test_a_person_who_grades_is_shown_what_was_measured():
    table = Table("t", "T", "C", ("a",), (("1",),))

    def shows(_):
        return Finding.passed("3 of 4 runs", details=("one",), exhibits=(table,))

    found = assess_one(Criterion("talk", "Discussion", 2, shows=shows), evidence())

    assert (found.outcome, found.message) == (Outcome.UNGRADED, "a person grades this")
    assert (found.details, found.exhibits) == (("3 of 4 runs", "one"), (table,))


@pytest.mark.parametrize("error", [MissingEvidence("no report"), ValueError("a mistake")])
def test_a_person_grades_even_if_nothing_can_be_shown(error, caplog):
    def shows(_):
        raise error

    found = assess_one(Criterion("talk", "Discussion", 2, shows=shows), evidence())

    assert found.outcome is Outcome.UNGRADED
    assert found.details


def thoughtless(_):
    return Finding.failed("double(7): expected 14")


@pytest.mark.parametrize(
    "ours",
    [evidence(statuses=(Status.SANDBOX_FAILED,)), evidence(ambiguous="a web page, not a zip archive")],
)
def test_a_check_that_asks_for_no_reason_fails_nobody_where_nothing_came_back_by_our_fault(ours):
    found = assessed(ours, Criterion("a", "A", 2, thoughtless))["a"]

    assert found.outcome is Outcome.UNGRADED
    assert found.details == ("double(7): expected 14",)


@pytest.mark.parametrize(
    "theirs", [evidence(), evidence(statuses=(Status.TIMED_OUT,)), evidence(Frame({"kind": "call"}))]
)
def test_where_the_student_is_at_fault_such_a_check_fails(theirs):
    assert assessed(theirs, Criterion("a", "A", 2, thoughtless))["a"].outcome is Outcome.FAILED


def stopped(**changes):
    """A main file that stopped in line 7 of the lines 5 to 9."""
    around = {"first": 5, "lines": ["five", "six", "seven", "eight", "nine"]}
    error = {"where": "main.py", "kind": "NameError", "message": "no x", "line": 7, "around": around, **changes}
    return evidence(Frame({"kind": "loaded", "errors": [error]}))


def test_the_finding_that_blames_an_error_shows_the_lines_about_it():
    def blames(found):
        raise found.why_missing()

    made = assessed(
        stopped(),
        Criterion("a", "A", 2, lambda _: RIGHT),
        Criterion("b", "B", 2, blames),
        Criterion("c", "C", 2, blames),
    )

    (listing,) = made["b"].exhibits
    assert (listing.file, listing.first, listing.code) == ("main.py", 5, "five\nsix\nseven\neight\nnine")
    assert [(remark.line, remark.text) for remark in listing.remarks] == [(7, "NameError")]
    assert made["a"].exhibits == made["c"].exhibits == ()


@pytest.mark.parametrize(
    "around",
    [None, [], {"first": "5", "lines": ["x"]}, {"first": 5}, {"first": 5, "lines": "x"}, {"first": -1, "lines": [1]}],
)
def test_lines_that_are_none_are_not_shown(around):
    def blames(found):
        raise found.why_missing()

    assert assessed(stopped(around=around), Criterion("b", "B", 2, blames))["b"].exhibits == ()


def assessed(found, *criteria):
    return assess(assignment(*criteria), found)
