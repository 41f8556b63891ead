"""The course's rules for reports, checked on a PDF alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from grader.assignment import Assignment
from grader.collect.collect import collect
from grader.sandbox.unprotected import NoSandbox
from grader.students.checking import Checked, check_one, public_checks
from grader.submission import Submission, SubmittedFile


def check_report(assignment: Assignment, name: str, content: bytes) -> list[Checked]:
    """What the criteria of `report_rules` that students may run find in a report."""
    rules = [criterion for criterion in assignment.report_rules if criterion in public_checks(assignment)]
    if not rules:
        return []
    alone = Submission("you", "you", (SubmittedFile(name, content),), datetime.fromtimestamp(0, UTC))
    evidence = collect(alone, replace(assignment, code="none"), NoSandbox(warm=()), seed=assignment.public_seed)
    return [check_one(assignment, criterion, evidence) for criterion in rules]
