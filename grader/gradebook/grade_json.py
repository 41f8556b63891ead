"""`grade.json`: one student's grade for other programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.files import write_atomically
from grader.grading import Grade, HandMark, Mark

SCHEMA = 1


def grade_dict(grade: Grade) -> dict[str, Any]:
    """The grade as JSON values. `points_so_far` is there only while `points` is null, `late_reason` if late."""
    total: dict[str, float | None] = {"points": _number(grade.points)}
    if grade.points is None:
        total["points_so_far"] = float(grade.points_so_far)
    return {
        "schema": SCHEMA,
        "assignment": grade.assignment,
        "student": grade.student,
        "attempt": grade.attempt,
        "submitted_at": None if grade.submitted_at is None else iso_utc(grade.submitted_at),
        **total,
        "points_possible": float(grade.points_possible),
        "late_penalty": float(grade.late_penalty),
        **({"late_reason": grade.late_reason} if grade.late_reason else {}),
        "status": grade.status,
        "execution": _execution(grade),
        "marks": [_mark(mark) for mark in grade.marks],
    }


def grade_json(grade: Grade) -> bytes:
    """`grade_dict(grade)` as a file's bytes; the same grade gives the same ones."""
    text = json.dumps(grade_dict(grade), ensure_ascii=False, allow_nan=False, indent=1)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def write_grade_json(grade: Grade, path: Path) -> None:
    """Write `grade_json(grade)`, whole or not at all."""
    write_atomically(path, grade_json(grade))


def iso_utc(moment: datetime) -> str:
    """A moment in whole seconds, as `2026-11-01T22:10:00Z`. Raises ValueError if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with a time zone, found {moment}")
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def _number(points: Decimal | None) -> float | None:
    return None if points is None else float(points)


def _execution(grade: Grade) -> dict[str, Any]:
    execution = grade.execution
    return {
        "status": execution.status,
        "wall_s": execution.wall_s,
        "cpu_s": execution.cpu_s,
        "peak_mib": execution.peak_mib,
        "device": execution.device,
        "sandbox": execution.sandbox,
    }


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "criterion": mark.criterion,
        "title": mark.title,
        "outcome": mark.finding.outcome.value,
        "points": _number(mark.points),
        "points_possible": float(mark.points_possible),
        "manual": mark.manual,
        "message": mark.finding.message,
        "hint": mark.finding.hint,
        **({"extra": True} if mark.extra else {}),
        **({} if mark.by_hand is None else {"by_hand": _by_hand(mark.by_hand)}),
    }


def _by_hand(given: HandMark) -> dict[str, Any]:
    """Who gave the points, when and why, and what stood there before."""
    return {
        "author": given.author,
        "at": given.at,
        "reason": given.reason,
        "previous_points": _number(given.previous),
        "previous_author": given.previous_author,
    }
