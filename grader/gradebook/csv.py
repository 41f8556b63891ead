"""`grades.csv`: one row per student, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from grader.files import write_atomically
from grader.grading import Grade
from grader.sandbox.protocol import UNPROTECTED

COLUMNS = ("student", "points", "points_possible", "late_penalty", "status")
# Only there when a grade was made without one: else every column after the first ones is a criterion's.
SANDBOX = "sandbox"
BY_HAND = "by_hand"
_FORMULA = tuple("=+-@＝＋－＠")
_TRIMMED = ("\t", "\r")


def write_csv(grades: Sequence[Grade], path: Path) -> None:
    """Write `COLUMNS` and one column per criterion id; points that are not given yet stay empty.

    Where a grade was made without a sandbox, a column `sandbox` after them says so; where a person gave marks, a
    column `by_hand` names the criteria and who it was.
    """
    criteria = tuple(dict.fromkeys(mark.criterion for grade in grades for mark in grade.marks))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    marked = any(grade.execution.sandbox == UNPROTECTED for grade in grades)
    extra: dict[str, Callable[[Grade], str]] = {}
    if marked:
        extra[SANDBOX] = lambda grade: grade.execution.sandbox
    if any(mark.by_hand for grade in grades for mark in grade.marks):
        extra[BY_HAND] = _by_hand
    writer.writerow(map(safe_cell, (*COLUMNS, *criteria, *extra)))
    writer.writerows([*_row(grade, criteria), *(tell(grade) for tell in extra.values())] for grade in grades)
    write_atomically(path, table.getvalue().encode("utf-8", "backslashreplace"))


def _row(grade: Grade, criteria: Sequence[str]) -> list[str]:
    points = {mark.criterion: mark.points for mark in grade.marks}
    totals = (grade.points, grade.points_possible, grade.late_penalty)
    marks = (points.get(criterion) for criterion in criteria)
    return [safe_cell(grade.student), *map(_number, totals), grade.status, *map(_number, marks)]


def _by_hand(grade: Grade) -> str:
    return safe_cell("; ".join(f"{mark.criterion}: {mark.by_hand.author}" for mark in grade.marks if mark.by_hand))


def _number(points: Decimal | None) -> str:
    return "" if points is None else plain_number(points)


def plain_number(points: Decimal) -> str:
    """Plain decimal notation with at least one decimal place, as in `grade.json`."""
    whole, _, decimals = f"{points:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def safe_cell(value: str) -> str:
    """Without control characters; what a spreadsheet would take for a formula gets a leading apostrophe."""
    clean = "".join(letter for letter in value if unicodedata.category(letter) != "Cc")
    formula = clean.lstrip().startswith(_FORMULA) or value.startswith(_TRIMMED)
    return f"'{clean}" if formula else clean


def without_apostrophe(cell: str) -> str:
    """What `safe_cell` made the cell from, as far as it can be told."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(_FORMULA) else cell
