"""Criterion `discussion`, which a person grades: the numbers measured here that the report should agree with."""

from __future__ import annotations

from pathlib import PurePosixPath

from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Exhibit
from grader.finding import Finding

from . import diagnosis, restored

GUIDE = (
    "full: a hypothesis that the gradient vanishes on its way to the first layers, backed by the student's own "
    "gradient-flow figures; three of the papers in the student's words; experiments whose numbers agree with the "
    "files; half: the right hypothesis, but little of the student's own numbers or of the literature; none: no "
    "hypothesis, or no report"
)


def shows(evidence: Evidence) -> Finding:
    """Where the report is, and what was measured."""
    reports = [file.path for file in evidence.submission.files if PurePosixPath(file.path).suffix.lower() == ".pdf"]
    details = [f"report: {', '.join(reports[:3])}" if reports else "no PDF was handed in"]
    exhibits: list[Exhibit] = []
    for part in (diagnosis, restored):
        try:
            found = part.check(evidence)
        except MissingEvidence as missing:
            details.append(missing.reason)
            continue
        details.append(found.message)
        exhibits += [shown for shown in found.exhibits if shown.kind == "table"]
    return Finding.ungraded("", details=tuple(details), exhibits=tuple(exhibits))
