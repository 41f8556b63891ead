"""Plain facts of a feedback report: head and total, how the code ran, what was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.grading import Grade
from grader.report import wording
from grader.report.causes import causes_of
from grader.report.model import FeedbackReport, RunFacts
from grader.report.page import text

SCORE_MM = 46  # length of the bar in report.css
FILES, NOTES, RUNS = 8, 6, 6
TITLE_RUN = 20  # characters of the largest type that fit on a line beside the score


@dataclass(frozen=True)
class RunRow:
    """How one box ended, fit to print."""

    what: str
    ended: str
    reason: str
    wall: str
    cpu: str
    memory: str
    device: str


def head(report: FeedbackReport) -> dict[str, object]:
    """What the first page and the running heads say."""
    grade = report.grade
    student, heading = text.name(grade.student), text.line(report.assignment_title, 160, TITLE_RUN)
    earned, possible = grade.points_so_far, grade.points_possible
    return {
        "course": text.line(report.course, 120),
        "foot": text.label(report.course, 60),
        "assignment": text.line(report.assignment_id, 80),
        "title": heading,
        "student": student,
        "running": text.label(f"{report.assignment_id} · {report.assignment_title}", 70),
        "running_student": f"{_score(grade)} · {text.label(grade.student, 32)}",
        "earned": wording.points(earned),
        "possible": wording.points(possible),
        "judged": wording.judged(grade),
        "waiting": wording.waiting(grade),
        "bar_mm": f"{SCORE_MM * wording.share(earned, possible):.2f}",
        "median": None if report.batch_median is None else wording.points(report.batch_median),
        "submitted": wording.moment(grade.submitted_at),
        "lateness": wording.lateness(grade.submitted_at, report.due),
        "date": wording.w3c_date(grade.submitted_at),
        "attempt": grade.attempt,
        "entry": text.line(report.submission.entry or "none was found", 60, 40),
        "digest": text.line(report.submission.sha256[:16], 16),
        "unprotected": wording.unprotected([grade]),
        "summary": text.line(wording.summary(grade, causes_of(grade)), 900),
    }


def _score(grade: Grade) -> str:
    return f"{wording.points(grade.points_so_far)} {wording.judged(grade)}"


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


def run_rows(report: FeedbackReport) -> tuple[list[RunRow], int]:
    """How each box ended, and how many more there were."""
    summary = report.grade.execution
    facts: Sequence[RunFacts] = report.runs or (
        RunFacts(
            "Your code", summary.status, summary.reason, summary.wall_s, summary.cpu_s, summary.peak_mib, summary.device
        ),
    )
    return [_run(one) for one in facts[:RUNS]], max(0, len(facts) - RUNS)


def _run(run: RunFacts) -> RunRow:
    status = wording.STATUS.get(run.status, text.line(run.status))
    reason = text.lines(run.reason, 600)
    return RunRow(
        text.line(run.what, 80, 24),
        status[:1].upper() + status[1:] or "unknown",
        "" if reason == status else reason,
        f"{run.wall_s:.1f}",
        f"{run.cpu_s:.1f}",
        f"{run.peak_mib:,}",
        text.line(run.device, 20),
    )


def pairs(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(label, value) rows fit to print."""
    return [(text.line(label), text.line(value)) for label, value in rows]


def file_rows(report: FeedbackReport) -> dict[str, object]:
    """The files as handed in: the one that was graded and the first others; the digest above all covers every file."""
    facts = report.submission
    kept = sorted(facts.files, key=lambda file: file[0] != facts.entry)[:FILES]
    return {
        "rows": [
            (text.line(path, 200, 28), f"{size:,}", f"{text.line(digest[:16], 16)}…") for path, size, digest in kept
        ],
        "more": len(facts.files) - len(kept),
        "entry": text.line(facts.entry, 200, 28) if facts.entry else None,
        "digest": text.line(facts.sha256, 64),
        "notes": [text.lines(note, 400) for note in facts.notes[:NOTES]],
    }
