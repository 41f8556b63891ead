"""An assignment asks for all that the blocks of its rubric need; criteria may be extra, or need others."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from core_examples import QUICK, assignment

from grader.assignment import Assignment, Criterion
from grader.errors import AssignmentError
from grader.finding import Finding, Outcome
from grader.grading import HandMark, grade
from grader.probes import Ask
from grader.rubric import Block

PROBE = Ask("calls", "calls", [{"id": "one"}], library=True)


def block(name: str = "x") -> Block:
    return Block(
        lambda _: Finding.passed("right"), (PROBE,), lambda seed: {name: np.full(2, seed % 7)}, {rf"def\s+{name}": 2}
    )


def made(*criteria: Criterion) -> Assignment:
    return Assignment(title="T", course="C", rubric=criteria, code="definitions")


def test_probes_data_and_patterns_come_with_the_blocks():
    found = made(Criterion("a", "A", 1, block()), Criterion("b", "B", 1, block("y")))

    assert list(found.probes) == [PROBE]
    assert set(found.data(3)) == {"x", "y"}
    assert set(found.entry) == {r"def\s+x", r"def\s+y"}


def test_a_copy_asks_no_more():
    found = made(Criterion("a", "A", 1, block()))
    copy = replace(found, id="small")

    assert list(copy.probes) == [PROBE]
    assert copy.data is found.data


def test_what_is_written_down_stays():
    found = assignment(Criterion("a", "A", 1, block()))

    assert set(found.data(3)) == {"x", "cifar10.train.images"}
    assert r"class\s+Net\b" in found.entry


def marks(rubric, *, given=None, **outcomes):
    findings = {
        "first": {
            "passed": Finding.passed("p"),
            "partial": Finding.partial(Fraction(1, 2), "h"),
            "failed": Finding.failed("f"),
            "ungraded": Finding.ungraded("u"),
        }[outcomes["first"]],
        "second": Finding.passed("fine"),
    }
    return grade(
        assignment(*rubric), findings, student="ada", attempt=1, submitted_at=None, execution=QUICK, given=given or {}
    )


NEEDS = (Criterion("first", "First", 2), Criterion("second", "Second", 3, needs="first"))


def test_extra_points_count_but_are_not_among_the_possible():
    found = marks((Criterion("first", "First", 2), Criterion("second", "Second", 3, extra=True)), first="passed")

    assert (found.points, found.points_possible) == (5, 2)


@pytest.mark.parametrize(
    ("first", "outcome", "points"),
    [
        ("passed", Outcome.PASSED, 5),
        ("partial", Outcome.PASSED, 4),
        ("failed", Outcome.FAILED, 0),
        ("ungraded", Outcome.UNGRADED, None),
    ],
)
def test_a_criterion_counts_only_if_those_it_needs_earned_points(first, outcome, points):
    found = marks(NEEDS, first=first)

    assert found.marks[1].finding.outcome is outcome
    assert found.points == points
    told = "this counts only if these earn points: First" in found.marks[1].finding.message
    assert told is (outcome is not Outcome.PASSED)
    assert outcome is Outcome.PASSED or "fine" in found.marks[1].finding.details


def test_a_persons_mark_of_the_needed_one_counts():
    given = {"first": HandMark("first", NEEDS[0].points, "ta", "seen", "2026-11-02T00:00:00Z")}

    assert marks(NEEDS, given=given, first="ungraded").points == 5


@pytest.mark.parametrize("needs", ["nothing", "second"])
def test_needing_what_is_not_there_is_a_slip(needs):
    with pytest.raises(AssignmentError, match="needs: expected ids of other criteria"):
        assignment(Criterion("first", "First", 2), Criterion("second", "Second", 3, needs=needs))
