"""Moodle's offline grading worksheet, by the rules of its `importgradeslib.php`.

Its headings are in the site's language, so the file that Moodle gave is filled in. A row is known by the number
in its first column, which is also in the names of the download.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from html import escape

from grader.gradebook.csv import plain_number, safe_cell
from grader.lms.export import Export, ExportError, Outgoing, Result, Target
from grader.lms.feedback_text import feedback_text
from grader.lms.lms_csv import LmsRow, LmsTable, read_table
from grader.lms.matched_rows import Wanted, match

FILE = "moodle-grades.csv"
_GRADE = ("Grade", "Bewertung", "Note", "Calificación", "Valutazione", "Cijfer", "Nota", "Qualificação")
_MAXIMUM = (
    "Maximum Grade",
    "Bestwertung",
    "Note maximale",
    "Calificación máxima",
    "Valutazione massima",
    "Maximumcijfer",
)
# "Grade can be changed" is the column after the maximum, whatever it is called, and says one of these.
_NO = frozenset(re.split(", ", "no, nein, non, não, nao, nee, nei, nej, ne, nie, nu, nem, hayır, нет, いいえ, 否"))
_YES = frozenset(re.split(", ", "yes, ja, oui, sí, si, sì, sim, ano, tak, da, igen, kyllä, evet, да, так, はい, 是"))
_NAME = ("Full name", "Vollständiger Name", "Nom complet", "Nombre completo", "Cognome e Nome", "Volledige naam")
_EMAIL = (
    "Email address",
    "E-Mail-Adresse",
    "Adresse de courriel",
    "Dirección de correo",
    "Indirizzo email",
    "E-mailadres",
)
_FEEDBACK = (
    "Feedback comments",
    "Feedback als Kommentar",
    "Kommentare als Feedback",
    "Commentaires de feedback",
    "Feedback par commentaires",
    "Comentarios de retroalimentación",
    "Commenti di feedback",
    "Feedbackcommentaar",
    "Comentários de feedback",
)
_ID_NUMBER = ("ID number", "ID-Nummer", "Numéro d'identification", "Número de ID", "Codice identificativo")


def moodle(outgoing: Outgoing, target: Target) -> Export:
    """The worksheet with the column of grades filled in. Raises ExportError if that column cannot be told."""
    if target.into is None:
        return _made(outgoing)
    table = read_table(target.into)
    at = table.column(target.column) if target.column else table.column(*_GRADE)
    if at is None:
        raise ExportError(
            f"{target.into}: expected a column of grades, found {', '.join(table.header.cells)}\n"
            "hint: name it with --column"
        )
    matched = match([_wanted(table, row) for row in table.rows], outgoing, "moodle")
    comma = any(re.search(r"\d,\d", row.at(column)) for row in table.rows for column in (at, table.column(*_MAXIMUM)))
    locked, unclear = _locked(table, at)
    values, problems = [], [*matched.problems, *unclear]
    for row, result in zip(table.rows, matched.results, strict=True):
        value = (
            None if result is None else _value(outgoing, result, _maximum(table, row), comma=comma, scale=target.scale)
        )
        if value is not None and row.at(locked).strip().casefold() in _NO:
            problems.append(f"{row.at(table.column(*_NAME)) or row.at(0)}: Moodle has locked this grade")
            value = None
        values.append(value)
    done = table.with_cells(values, at)
    if (column := table.column(*_FEEDBACK)) is not None:
        done = done.with_cells([*_feedback(table.rows, column, values, matched.results)], column)
    return Export({FILE: done.content()}, tuple(outgoing.waiting()), tuple(problems))


def _feedback(
    rows: Sequence[LmsRow], column: int, values: Sequence[str | None], results: Sequence[Result | None]
) -> Iterator[str | None]:
    """Beside points that are given: what was found. What somebody wrote in Moodle stays."""
    for row, value, result in zip(rows, values, results, strict=True):
        free = value is not None and result is not None and not row.at(column).strip()
        yield _comment(result) if free and result is not None else None


def _comment(result: Result) -> str:
    """Moodle takes the cell for HTML, in which a `<` would swallow what follows."""
    return safe_cell(escape(feedback_text(result.grade), quote=False))


def _locked(table: LmsTable, grade: int) -> tuple[int | None, list[str]]:
    """The column that tells whether a grade can be changed, and what a person has to know if nothing in it is known."""
    maximum = table.column(*_MAXIMUM)
    for at in (table.column("Grade can be changed"), (grade if maximum is None else maximum) + 1, grade + 2, grade + 1):
        words = {row.at(at).strip().casefold() for row in table.rows} - {""}
        if words and words <= {*_NO, *_YES}:
            return at, []
    words = {row.at(grade + 2).strip() for row in table.rows} - {""}
    numbers = [row.at(grade + 1).strip().replace(",", "").replace(".", "") for row in table.rows]
    if 0 < len(words) <= 2 and all(word.isalpha() for word in words) and all(map(str.isdecimal, numbers)):
        column, listed = table.header.at(grade + 2), " or ".join(sorted(words))
        problem = f"{column}: expected yes or no, found {listed}: so locked grades are unknown"
        return None, [f"{problem}; hint: look at them in Moodle"]
    return None, []


def _wanted(table: LmsTable, row: LmsRow) -> Wanted:
    number = re.search(r"(\d+)\s*$", row.at(0))
    ids = (number[1] if number else "", row.at(table.column(*_EMAIL)), row.at(table.column(*_ID_NUMBER)))
    return Wanted(ids, (row.at(table.column(*_NAME)),))


def _maximum(table: LmsTable, row: LmsRow) -> Decimal | None:
    """None for a scale, whose grades are words."""
    try:
        text = row.at(table.column(*_MAXIMUM)).replace(",", ".")
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _value(outgoing: Outgoing, result: Result, maximum: Decimal | None, *, comma: bool, scale: bool) -> str | None:
    points = outgoing.points(result, maximum, scale=scale)
    if points is None:
        return None
    return plain_number(points).replace(".", ",") if comma else plain_number(points)


def _made(outgoing: Outgoing) -> Export:
    """What the importer needs at least; a grade that was never changed in Moodle has no time."""
    table = LmsTable(LmsRow((), ""), (), newline="\n")
    rows: list[Sequence[str]] = [("Identifier", "Full name", "Grade", "Last modified (grade)", _FEEDBACK[0])]
    problems = []
    for result in outgoing.results:
        origin, points = result.identity.origin, outgoing.points(result, None, scale=False)
        if origin is None or origin.lms != "moodle":
            problems.append(f"{result.student}: Moodle's participant number is not known; hint: give --into FILE")
            continue
        value, comment = ("", "") if points is None else (plain_number(points), _comment(result))
        rows.append((f"Participant {origin.user}", safe_cell(origin.name), value, "-", comment))
    content = "".join(table.row(row).raw for row in rows).encode()
    return Export({FILE: content}, tuple(outgoing.waiting()), tuple(problems))
