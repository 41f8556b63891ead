"""Tables for people: safe to open, whole, with those who handed in nothing."""

from __future__ import annotations

import csv

import openpyxl

NAMES = {"=1+1/hw.py": "2 * x", "bob/hw.py": "1  # no box", "cyd/hw.py": "-3"}
ROSTER = "name,id,section\nBob Roe,bob,A\n@Eve,77,B\n"


def rows(path):
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_the_csv_has_everybody_and_no_formula(sent):
    sent.graded(NAMES)

    said = sent.export("csv", "--roster", sent.file("r.csv", ROSTER), status=1)

    found = rows(sent.path("grades.csv"))
    assert [(row["student"], row["name"], row["points"], row["status"]) for row in found] == [
        ("'=1+1", "", "6.0", "graded"),
        ("bob", "Bob Roe", "", "ungraded"),
        ("cyd", "", "0.67", "graded"),
        ("", "'@Eve", "", "nothing handed in"),
    ]
    assert said == "ungraded, left blank: bob\n"
    assert not sent.path("csv-feedback.zip").exists()


def test_the_sheet_holds_numbers_as_numbers_and_text_as_text(sent):
    sent.graded(NAMES)

    sent.export("xlsx", "--roster", sent.file("r.csv", ROSTER), status=1)

    sheet = openpyxl.load_workbook(sent.path("grades.xlsx"))["grades"]
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert table[0][:5] == ["student", "name", "ids", "section", "points"]
    assert [row[4] for row in table[1:]] == [6, None, 0.67, None]
    assert table[1][0] == "'=1+1"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {
        "s",
        "n",
        "inlineStr",
    }  # and no "f", a formula


def test_the_feedback_of_each_student_stands_in_its_column_of_both_tables(sent):
    sent.graded({"ada/hw.py": "2 * x", "bob/hw.py": "1  # no box", "cyd/hw.py": "-3"})
    roster = sent.file("r.csv", ROSTER)

    sent.export("csv", "--roster", roster, status=1)
    sent.export("xlsx", "--roster", roster, status=1)

    found = {row["student"]: row["feedback"] for row in rows(sent.path("grades.csv"))}
    assert found["ada"] == "All criteria are met."
    assert found["cyd"] == (
        "Doubles: 0 of 4. double(7): expected 14, found -3 (hint: return 2 * x)"
        " • Has the right sign: 0.67 of 2. expected above 0, found -3"
    )
    assert found["bob"] == found[""] == ""  # not graded, nothing handed in
    sheet = openpyxl.load_workbook(sent.path("grades.xlsx"))["grades"]
    heading, *table = sheet.iter_rows(values_only=True)
    at = heading.index("feedback")
    assert {row[0] or "": row[at] or "" for row in table} == found


def test_results_are_needed_and_a_folder_to_write_to(sent):
    sent.course.out.mkdir()
    assert "hint: `grader grade` makes one" in sent.export("csv", status=2)

    sent.graded({"ada/hw.py": "1"})
    (sent.course.out / "export").write_text("a file")
    assert "hint: give another one with --out" in sent.export("csv", status=2)


def test_a_missing_pdf_is_told(sent):
    sent.graded({"doejane_12345_67890_hw.py": "1"})
    (sent.course.out / "doejane_12345" / "feedback.pdf").unlink()

    said = sent.export("canvas", "--column", "Doubling (502)", status=1)

    assert "needs a person: doejane_12345: no feedback.pdf; hint: `grader report" in said
