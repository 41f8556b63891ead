"""What becomes of a submission that the grader failed at: never a zero, always a person who has to look."""

from __future__ import annotations

from grader.finding import Finding

OUR_FAULT = "this is not the student's fault: a person has to look"


def failed(error: BaseException) -> Finding:
    """What becomes of a criterion whose check made a mistake."""
    words = f"{type(error).__name__}: {error}"[:1000]
    return Finding.ungraded(f"the grader failed at this criterion: {words}", OUR_FAULT)


def reason_of(error: Exception) -> str:
    """What is said of an error of the grader's."""
    return f"the grader failed: {type(error).__name__}: {error}"[:1000]
