"""Evidence of an older grader: what it shows now takes off no points that are recorded, and a person is told."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from core_examples import assignment, evidence
from tiny_course import FakeSandbox

from grader.assignment import Criterion
from grader.batch.older_evidence import FEWER, without_losses
from grader.batch.regrade import regrade_one
from grader.finding import Finding, Outcome
from grader.grading import grade_evidence

RIGHT, WRONG = Finding.passed("right"), Finding.failed("wrong numbers")
HALF, THIRD = Finding.partial(Fraction(1, 2), "half"), Finding.partial(Fraction(1, 3), "a third")
OPEN = Finding.ungraded("the sandbox failed")
GIVEN = assignment(Criterion("value", "Value", 4, lambda _: RIGHT))
OLD = replace(evidence(), drawn=None)


def now(before, found, of=OLD, given=GIVEN):
    recorded = grade_evidence(GIVEN, of, {"value": before})
    return without_losses(given, of, {"value": found}, recorded)["value"]


@pytest.mark.parametrize(("before", "found"), [(RIGHT, WRONG), (RIGHT, HALF), (HALF, THIRD), (HALF, WRONG)])
def test_fewer_points_than_recorded_are_a_persons(before, found):
    finding = now(before, found)

    assert (finding.outcome, finding.message) == (Outcome.UNGRADED, FEWER)
    assert finding.details[0] == found.message
    assert "grader grade" in (finding.hint or "")


def test_what_was_open_stays_open_however_often_it_is_regraded():
    assert now(OPEN, WRONG).outcome is Outcome.UNGRADED


@pytest.mark.parametrize(
    ("before", "found"), [(WRONG, WRONG), (WRONG, HALF), (HALF, RIGHT), (HALF, HALF), (OPEN, RIGHT)]
)
def test_as_many_points_and_more_are_given(before, found):
    assert now(before, found) is found


def test_evidence_that_tells_its_numbers_is_judged_as_it_is():
    assert now(RIGHT, WRONG, of=evidence()) is WRONG


def test_where_no_program_was_asked_no_numbers_count():
    assert now(RIGHT, WRONG, of=replace(OLD, executions=())) is WRONG


def test_a_report_is_judged_as_it_is():
    assert now(RIGHT, WRONG, given=replace(GIVEN, report_rules=("value",))) is WRONG


def test_a_criterion_that_is_new_in_the_rubric_is_left_open_where_it_fails():
    recorded = replace(grade_evidence(GIVEN, OLD, {"value": RIGHT}), marks=())

    assert without_losses(GIVEN, OLD, {"value": WRONG}, recorded)["value"].outcome is Outcome.UNGRADED
    assert without_losses(GIVEN, OLD, {"value": RIGHT}, recorded)["value"] is RIGHT


def test_a_regrade_of_an_old_folder_leaves_to_a_person_what_would_lose_points(course):
    course.submit(ada="2 * x", bob="3")
    course.grade(FakeSandbox())
    for file in course.out.glob("*/evidence/evidence.json"):
        file.write_text(file.read_text().replace(', "drawn": {', ', "something_else": {'))
    checks = course.reference / "tiny" / "assignment.py"
    checks.write_text(checks.read_text().replace("found == 14", "found == 15"))

    outcome = course.rewrite(regrade_one)

    assert outcome.needs_a_person
    assert course.json("ada")["points"] is None
    assert course.message("ada") == f"ungraded: {FEWER}"
    assert course.json("bob")["points"] == 2
