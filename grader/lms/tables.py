"""Tables for people: CSV and Excel, one row per student, those of the roster who handed in nothing included."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from grader.gradebook.csv import plain_number, safe_cell
from grader.lms.export import Export, Outgoing, Result, Target
from grader.lms.feedback_text import feedback_text
from grader.people.roster import Person

FEEDBACK = "feedback"
Cell = str | Decimal | None
HEADER = ("student", "name", "ids", "section", "points", "points_possible", "late_penalty", "late_reason", "status")


def people_csv(outgoing: Outgoing, _: Target) -> Export:
    """`grades.csv`, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_text(cell) for cell in row] for row in _rows(outgoing))
    return Export({"grades.csv": text.getvalue().encode("utf-8-sig", "backslashreplace")}, tuple(outgoing.waiting()))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return plain_number(cell) if isinstance(cell, Decimal) else safe_cell(cell)


def people_xlsx(outgoing: Outgoing, _: Target) -> Export:
    """`grades.xlsx`: numbers as numbers, text as text and never as a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    sheet = book.create_sheet("grades")
    sheet.freeze_panes = "B2"
    for number, row in enumerate(_rows(outgoing), start=1):
        for column, value in enumerate(row, start=1):
            text = isinstance(value, str)
            cell = sheet.cell(number, column, safe_cell(value) if isinstance(value, str) else value)
            if text:
                cell.data_type = "s"
            if number == 1:
                cell.font = Font(bold=True)
    for column, name in enumerate((*HEADER, *_criteria(outgoing), FEEDBACK), start=1):
        widest = 26 if name in ("student", "name", "late_reason", FEEDBACK) else max(10, len(name) + 2)
        sheet.column_dimensions[get_column_letter(column)].width = widest
    content = io.BytesIO()
    book.save(content)
    return Export({"grades.xlsx": content.getvalue()}, tuple(outgoing.waiting()))


def _criteria(outgoing: Outgoing) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mark.criterion for result in outgoing.results for mark in result.grade.marks))


def _rows(outgoing: Outgoing) -> list[Sequence[Cell]]:
    criteria = _criteria(outgoing)
    known = {result.student: outgoing.roster.find(result.identity) for result in outgoing.results}
    rows: list[Sequence[Cell]] = [(*HEADER, *criteria, FEEDBACK)]
    rows += [_row(result, known[result.student], criteria) for result in outgoing.results]
    present = {person for people in known.values() for person in people}
    rows += [_absent(person, len(criteria)) for person in outgoing.roster.people if person not in present]
    return rows


def _row(result: Result, people: Sequence[Person], criteria: Sequence[str]) -> Sequence[Cell]:
    grade, origin = result.grade, result.identity.origin
    person = people[0] if len(people) == 1 else None
    name = person.name if person else origin.name if origin else ""
    points = {mark.criterion: mark.points for mark in grade.marks}
    return (
        result.student,
        name,
        " ".join(person.ids) if person else "",
        person.section if person else "",
        None if result.excused else grade.points,
        grade.points_possible,
        grade.late_penalty,
        grade.late_reason,
        "excused" if result.excused else grade.status,
        *(points.get(criterion) for criterion in criteria),
        "" if grade.points is None or result.excused else feedback_text(grade),
    )


def _absent(person: Person, criteria: int) -> Sequence[Cell]:
    empty: Sequence[Cell] = [None] * (5 + criteria)
    return ("", person.name, " ".join(person.ids), person.section, *empty[:4], "nothing handed in", *empty[4:])
