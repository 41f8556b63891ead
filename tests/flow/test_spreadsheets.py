"""Tables are read as spreadsheets save them, and one message says what to do with the others."""

from __future__ import annotations

import zipfile
from datetime import UTC
from pathlib import Path

import pytest

from grader.deadlines.extensions import ExtensionsError, read_extensions
from grader.lms.lms_csv import read_table
from grader.people.roster import RosterError, read_roster
from grader.spreadsheets import SheetError, read_sheet

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]
BEFORE = ["", "sep={}\r\n", "SEP={}\n"]


def written(path: Path, text: str, encoding: str) -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("before", BEFORE, ids=["plain", "sep", "SEP"])
def test_rosters_extensions_and_lms_tables_are_read_alike(tmp_path, encoding, delimiter, before):
    start = before.format(delimiter)
    roster = start + delimiter.join(("Name", "ID")) + "\r\n" + delimiter.join(("Jörg Müller", "7")) + "\r\n"
    extensions = start + delimiter.join(("student", "days")) + "\n" + delimiter.join(("Jörg Müller", "2")) + "\n"

    [person] = read_roster(written(tmp_path / "r.csv", roster, encoding)).people
    [extension] = read_extensions(written(tmp_path / "e.csv", extensions, encoding), UTC)
    table = read_table(written(tmp_path / "t.csv", roster, encoding))

    assert (person.name, person.ids, person.line) == ("Jörg Müller", ("7",), 3 if start else 2)
    assert (extension.student, extension.days) == ("Jörg Müller", 2)
    assert [row.cells for row in (table.header, *table.rows)] == [("Name", "ID"), ("Jörg Müller", "7")]
    assert table.content() == (tmp_path / "t.csv").read_bytes()


def test_a_line_is_told_by_its_number_in_the_file(tmp_path):
    path = written(tmp_path / "e.csv", "sep=;\nstudent;days\nada;1\nbob;x\n", "utf-8")

    with pytest.raises(ExtensionsError, match=r"e.csv, line 4: days: expected a whole number, found 'x'"):
        read_extensions(path, UTC)


def excel(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/workbook.xml", "")


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (excel, "an Excel or OpenDocument file"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(40)), "an old Excel file"),
        (lambda path: path.write_bytes(b"%PDF-1.7"), "a PDF"),
        (lambda path: path.write_bytes(b"<!DOCTYPE html><html>log in"), "a web page"),
        (lambda path: path.write_bytes(b"name,id\n\x81\x8d\x8f,1"), "other bytes"),
    ],
)
@pytest.mark.parametrize("read", [read_roster, read_table, read_sheet, lambda path: read_extensions(path, UTC)])
def test_what_is_no_table_is_named_with_how_to_save_one(tmp_path, make, found, read):
    make(tmp_path / "table.csv")

    with pytest.raises(
        SheetError, match=rf"table.csv: expected a table .*, found {found}\nhint: save the table as “CSV"
    ):
        read(tmp_path / "table.csv")


def test_a_table_of_something_else_is_said_in_its_own_words(tmp_path):
    with pytest.raises(RosterError, match="expected columns such as name, id, username, email; found a;b"):
        read_roster(written(tmp_path / "r.csv", "a;b\n1;2\n", "utf-16"))
