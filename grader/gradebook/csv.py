"""`grades.csv`: one row per student, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from grader.gradebook.atomic import write_atomically
from grader.grading import Grade
from grader.sandbox.protocol import UNPROTECTED

COLUMNS = ("student", "points", "points_possible", "late_penalty", "status")
# Only there when a grade was made without one: else every column after the first ones is a criterion's.
SANDBOX = "sandbox"
_FORMULA = tuple("=+-@＝＋－＠")
_TRIMMED = ("\t", "\r")


def write_csv(grades: Sequence[Grade], path: Path) -> None:
    """Write `COLUMNS` and one column per criterion id; points that are not given yet stay empty.

    Where a grade was made without a sandbox, a last column `sandbox` says so.
    """
    criteria = tuple(dict.fromkeys(mark.criterion for grade in grades for mark in grade.marks))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    marked = any(grade.execution.sandbox == UNPROTECTED for grade in grades)
    writer.writerow(map(_text, (*COLUMNS, *criteria, *([SANDBOX] if marked else []))))
    writer.writerows([*_row(grade, criteria), *([grade.execution.sandbox] if marked else [])] for grade in grades)
    write_atomically(path, table.getvalue().encode("utf-8", "backslashreplace"))


def _row(grade: Grade, criteria: Sequence[str]) -> list[str]:
    points = {mark.criterion: mark.points for mark in grade.marks}
    totals = (grade.points, grade.points_possible, grade.late_penalty)
    marks = (points.get(criterion) for criterion in criteria)
    return [_text(grade.student), *map(_number, totals), grade.status, *map(_number, marks)]


def _number(points: Decimal | None) -> str:
    """Plain decimal notation with at least one decimal place, as in `grade.json`."""
    if points is None:
        return ""
    whole, _, decimals = f"{points:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def _text(value: str) -> str:
    """Without control characters; what a spreadsheet would take for a formula gets a leading apostrophe."""
    clean = "".join(letter for letter in value if unicodedata.category(letter) != "Cc")
    formula = clean.lstrip().startswith(_FORMULA) or value.startswith(_TRIMMED)
    return f"'{clean}" if formula else clean
