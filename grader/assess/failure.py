"""What becomes of a submission that the grader failed at: never a zero, always a person who has to look."""

from __future__ import annotations

from decimal import Decimal

from grader.assignment import Assignment
from grader.evidence import SubmissionRecord
from grader.finding import Finding
from grader.grading import ExecutionSummary, Grade, mark
from grader.sandbox.protocol import Status

OUR_FAULT = "this is not the student's fault: a person has to look"


def failed(error: BaseException) -> Finding:
    """What becomes of a criterion whose check made a mistake."""
    words = f"{type(error).__name__}: {error}"[:1000]
    return Finding.ungraded(f"the grader failed at this criterion: {words}", OUR_FAULT)


def ungraded(assignment: Assignment, record: SubmissionRecord, reason: str, sandbox: str) -> Grade:
    """The grade of a submission that the grader failed at. Runs nothing of the assignment's own code."""
    finding = Finding.ungraded(reason, OUR_FAULT)
    marks = tuple(mark(criterion, finding) for criterion in assignment.rubric)
    execution = ExecutionSummary(Status.SANDBOX_FAILED, reason, 0.0, 0.0, 0, "none", sandbox)
    return Grade(assignment.id, record.student, record.attempt, record.told_at, marks, Decimal(0), execution)


def reason_of(error: Exception) -> str:
    """What is said of an error of ours."""
    return f"the grader failed: {type(error).__name__}: {error}"[:1000]
