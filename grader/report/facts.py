"""Plain facts of a feedback report: the total, how the code ran, what was handed in."""

from __future__ import annotations

from decimal import Decimal

from grader.grading import ExecutionSummary, Grade
from grader.report import text, wording
from grader.report.model import FeedbackReport

FILES, NOTES = 60, 10


def total_rows(grade: Grade) -> dict[str, object]:
    """The foot of the first table: sum, late penalty with its arithmetic, total."""
    earned = sum((mark.points for mark in grade.marks if mark.points is not None), Decimal(0))
    penalty, total = grade.late_penalty, grade.points_so_far
    arithmetic = f"{wording.points(earned)} − {wording.points(penalty)} = {wording.points(total)}"
    return {
        "earned": wording.points(earned),
        "possible": wording.points(grade.points_possible),
        "penalty": wording.points(penalty) if penalty else None,
        "arithmetic": arithmetic,
        "reason": text.lines(grade.late_reason, 600),
        "total": wording.points(total),
        "open": wording.waiting(grade),
    }


def run_rows(execution: ExecutionSummary) -> list[tuple[str, str]]:
    """(label, value) rows of how the code ran."""
    status = wording.STATUS.get(execution.status, text.line(execution.status))
    rows = [("Your code", status[0].upper() + status[1:] if status else "unknown")]
    if execution.reason:
        rows.append(("Reason", text.lines(execution.reason, 1000)))
    return [
        *rows,
        ("Wall time", f"{execution.wall_s:.1f} s"),
        ("CPU time", f"{execution.cpu_s:.1f} s"),
        ("Peak memory", f"{execution.peak_mib:,} MiB"),
        ("Device", text.line(execution.device)),
    ]


def file_rows(report: FeedbackReport) -> dict[str, object]:
    """The files as handed in, the first 60 of them."""
    facts = report.submission
    kept = facts.files[:FILES]
    return {
        "rows": [(text.line(path, 200, 28), f"{size:,}", text.line(digest, 64)) for path, size, digest in kept],
        "more": len(facts.files) - len(kept),
        "entry": text.line(facts.entry, 200, 28) if facts.entry else None,
        "digest": text.line(facts.sha256, 64),
        "notes": [text.lines(note, 400) for note in facts.notes[:NOTES]],
    }
