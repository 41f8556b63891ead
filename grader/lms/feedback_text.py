"""A grade's feedback as one line of plain text, for an LMS's column of comments: their importers go by lines."""

from __future__ import annotations

from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.words import plain, shortened

LINE_CHARS = 400


def feedback_text(grade: Grade) -> str:
    """A part for each criterion that has not all its points, with the hint; one for being late."""
    lines = [_line(mark) for mark in grade.marks if mark.finding.outcome is not Outcome.PASSED]
    if grade.late_reason:
        lines.append(f"Late: {shortened(grade.late_reason, LINE_CHARS)}")
    return " • ".join(lines) or "All criteria are met."


def _line(mark: Mark) -> str:
    earned = "–" if mark.points is None else plain(mark.points)
    told = f"{mark.title}: {earned} of {plain(mark.points_possible)}. {shortened(mark.finding.message, LINE_CHARS)}"
    return f"{told} (hint: {shortened(mark.finding.hint, LINE_CHARS)})" if mark.finding.hint else told
