"""Criterion `discussion`, which a person grades: the numbers measured here that the report should agree with."""

from __future__ import annotations

from pathlib import PurePosixPath

from grader import Evidence, Finding, MissingEvidence, Table
from grader.checks import other_reports

from .. import diagnosis, restored

GUIDE = (
    "full: a hypothesis that the gradient vanishes on its way to the first layers, backed by the student's own "
    "gradient-flow figures; three of the papers in the student's words; experiments whose numbers agree with the "
    "files; half: the right hypothesis, but little of the student's own numbers or of the literature; none: no "
    "hypothesis, or no report"
)


def shows(evidence: Evidence) -> Finding:
    """Where the report is, and what was measured, a line each."""
    reports = [file.path for file in evidence.submission.files if PurePosixPath(file.path).suffix.lower() == ".pdf"]
    others = [f"{path} ({words})" for path, words in other_reports(evidence)]
    found = ", ".join((reports or others)[:3])
    details = [f"report: {found}" if found else "no PDF was handed in"]
    for part in (diagnosis, restored):
        try:
            measured = part.check(evidence)
        except MissingEvidence as missing:
            details.append(missing.reason)
            continue
        details.append(measured.message)
        details += [line for shown in measured.exhibits if isinstance(shown, Table) for line in _lines(shown)]
    return Finding.ungraded("", details=tuple(details))


def _lines(table: Table) -> list[str]:
    heads = [column.lower() for column in table.columns[1:]]
    return [
        f"{row[0]}: {'; '.join(f'{head} {cell}' for head, cell in zip(heads, row[1:], strict=True))}"
        for row in table.rows
    ]
