"""Evidence and findings → Grade: what the student's terms and a person's marks make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from grader.assignment import Assignment
from grader.deadlines.terms import Terms
from grader.evidence import Evidence
from grader.finding import Finding
from grader.grading import ExecutionSummary, Grade, HandMark, grade
from grader.policies import Charge
from grader.sandbox.protocol import Status

SHOWN_ERRORS = 4


def grade_evidence(
    assignment: Assignment,
    evidence: Evidence,
    findings: Mapping[str, Finding],
    terms: Terms | None = None,
    given: Mapping[str, HandMark] = MappingProxyType({}),
) -> Grade:
    """A submission's grade from the findings in its evidence, the student's terms and what a person gave: the same ones
    give the same grade.
    """
    record = evidence.submission
    holds = terms or Terms(assignment.due)

    def charge(earned: Decimal) -> Charge:
        return holds.charge(assignment.late_policy, record.told_at, record.origin, assignment.points, earned)

    return grade(
        assignment,
        findings,
        student=record.student,
        attempt=record.attempt,
        submitted_at=record.told_at,
        execution=execution_summary(evidence),
        charge=charge,
        given=given,
    )


def execution_summary(found: Evidence) -> ExecutionSummary:
    """The first execution of student code, or of a document if there is none: what a person wants to know of it."""
    runs = found.code_runs or found.executions
    if not runs:
        status = Status.SANDBOX_FAILED if found.submission.ambiguous else Status.NO_RESULT
        reason = found.submission.problem or found.submission.ambiguous or "nothing was run"
        return ExecutionSummary(status, reason, 0.0, 0.0, 0, "none", found.sandbox)
    first = runs[0]
    errors = found.errors() if first.status is Status.EXITED else []
    return ExecutionSummary(
        Status.RAISED if errors else first.status,
        _errors_words(errors) if errors else first.reason,
        first.wall_s,
        first.cpu_s,
        first.peak_mib,
        first.device,
        found.sandbox,
    )


def _errors_words(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first errors, and how many more there are: in a notebook each cell may fail on its own."""
    words = "; ".join(_error_words(error) for error in errors[:SHOWN_ERRORS])
    more = len(errors) - SHOWN_ERRORS
    return f"{words}; and {more} more" if more > 0 else words


def _error_words(error: Mapping[str, Any]) -> str:
    line = f" line {error['line']}," if error.get("line") else ""
    return f"{error.get('where')},{line} {error.get('kind')}: {error.get('message')}"[:500]
