"""Evidence that an older grader saved without the digests of its numbers: what is drawn now may be other numbers."""

from __future__ import annotations

from collections.abc import Mapping

from grader.assignment import Assignment
from grader.collect.drawn import ASK_AGAIN
from grader.evidence import Evidence
from grader.finding import Finding, Outcome
from grader.grading import Grade, Mark

FEWER = "this would get fewer points now than were recorded, and the evidence is too old to tell why"


def without_losses(
    assignment: Assignment, evidence: Evidence, findings: Mapping[str, Finding], recorded: Grade
) -> dict[str, Finding]:
    """Findings for old evidence, of which none takes off points that are recorded: a person is told instead."""
    if evidence.drawn is not None or not evidence.code_runs:
        return dict(findings)
    rows = {mark.criterion: mark for mark in recorded.marks}
    compared = {
        rule.id for rule in assignment.rubric if rule.check is not None and rule.id not in assignment.report_rules
    }
    return {
        name: _left_open(finding) if name in compared and _loses(finding, rows.get(name)) else finding
        for name, finding in findings.items()
    }


def _loses(finding: Finding, row: Mark | None) -> bool:
    if finding.outcome not in (Outcome.FAILED, Outcome.PARTIAL):
        return False
    return row is None or row.points is None or finding.credit < row.finding.credit


def _left_open(finding: Finding) -> Finding:
    details = (finding.message, *finding.details)
    return Finding.ungraded(FEWER, ASK_AGAIN, details=details, exhibits=finding.exhibits)
