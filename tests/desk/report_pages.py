"""A student's report as the page before it becomes a PDF."""

from __future__ import annotations

from tiny_course import Course

from grader.collect import saved_evidence
from grader.gradebook.results import Results
from grader.report.gather import feedback_report
from grader.report.student.feedback import feedback_html


def page_of_report(course: Course, student: str) -> str:
    """Made from what is recorded now."""
    stored, folder = course.stored()[student], Results(course.out).student(student)
    found = saved_evidence.load(folder.evidence)
    report = feedback_report(
        course.assignment, folder.with_exhibits(stored.grade), found, folder, None, stored.comments
    )
    return feedback_html(report)[0]
