"""`grades.csv` and `grade.json` hold what other tools expect, whatever a student wrote."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pandas as pd
import pytest
from grades import HALF, MARKS, PASSED, UNGRADED, grade, mark, with_message

from grader.gradebook import grade_dict, write_atomically, write_csv, write_grade_json


def table(path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def test_the_csv_has_the_agreed_columns_and_plain_numbers(tmp_path):
    late = grade("bob", late_penalty="0.50")

    write_csv([grade(), late], tmp_path / "grades.csv")

    assert (tmp_path / "grades.csv").read_bytes() == (
        b"student,points,points_possible,late_penalty,status,shape,loss\n"
        b"ada,3.75,5.0,0.0,graded,2.5,1.25\n"
        b"bob,3.25,5.0,0.5,graded,2.5,1.25\n"
    )


def test_ungraded_points_are_empty_and_never_zero(tmp_path):
    write_csv([grade(marks=(MARKS[0], mark("style", UNGRADED)))], tmp_path / "grades.csv")

    [row] = table(tmp_path / "grades.csv")
    assert (row["points"], row["style"], row["shape"]) == ("", "", "2.5")
    assert row["status"] == "ungraded"
    assert pd.read_csv(tmp_path / "grades.csv")["points"].isna().all()


def test_a_criterion_that_only_some_grades_have_is_a_column_for_all(tmp_path):
    write_csv([grade(), grade("bob", (mark("new", HALF),))], tmp_path / "grades.csv")

    ada, bob = table(tmp_path / "grades.csv")
    assert (ada["new"], bob["new"], bob["shape"]) == ("", "1.25", "")


def test_without_grades_there_is_a_head_line(tmp_path):
    write_csv([], tmp_path / "grades.csv")

    expected = "student,points,points_possible,late_penalty,status\n"
    assert (tmp_path / "grades.csv").read_text() == expected


@pytest.mark.parametrize(
    ("student", "cell"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\rx", "'x"),
        ("\x00=1", "'=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ('a,"b"\nc', 'a,"b"c'),
        ("\x1b[31mred\x07", "[31mred"),
        ("lone \udcff", "lone \\udcff"),
        ("zoë 李", "zoë 李"),
    ],
)
def test_a_student_name_is_no_formula_and_breaks_no_line(tmp_path, student, cell):
    write_csv([grade(student)], tmp_path / "grades.csv")

    [row] = table(tmp_path / "grades.csv")
    assert row["student"] == cell
    assert len((tmp_path / "grades.csv").read_bytes().splitlines()) == 2


def test_the_json_is_the_agreed_one():
    style = mark("style", PASSED, "1", manual=True)

    assert grade_dict(grade(marks=(MARKS[1], style), late_penalty="0.25")) == {
        "schema": 1,
        "assignment": "hw5",
        "student": "ada",
        "attempt": 1,
        "submitted_at": "2026-11-01T22:10:00Z",
        "points": 2.0,
        "points_possible": 3.5,
        "late_penalty": 0.25,
        "status": "graded",
        "execution": {
            "status": "exited",
            "wall_s": 7.1,
            "cpu_s": 6.9,
            "peak_mib": 412,
            "device": "cpu",
            "sandbox": "bubblewrap",
        },
        "marks": [
            {
                "criterion": "loss",
                "title": "loss",
                "outcome": "partial",
                "points": 1.25,
                "points_possible": 2.5,
                "manual": False,
                "message": "expected 10, found 5",
                "hint": "count again",
            },
            {
                "criterion": "style",
                "title": "style",
                "outcome": "passed",
                "points": 1.0,
                "points_possible": 1.0,
                "manual": True,
                "message": "17 of 20 (85.0 %)",
                "hint": None,
            },
        ],
    }


def test_points_are_null_while_a_mark_is_ungraded_and_the_points_so_far_are_given():
    found = grade_dict(grade(marks=(MARKS[0], mark("style", UNGRADED))))

    assert (found["points"], found["points_so_far"], found["status"]) == (None, 2.5, "ungraded")
    assert found["marks"][1]["points"] is None
    assert "points_so_far" not in grade_dict(grade())


def test_times_are_given_in_utc_and_a_time_without_zone_is_an_error():
    zurich = timezone(timedelta(hours=1))
    moved = replace(grade(), submitted_at=datetime(2026, 11, 1, 23, 10, 0, 999_999, zurich))

    assert grade_dict(moved)["submitted_at"] == "2026-11-01T22:10:00Z"
    with pytest.raises(ValueError, match="time zone"):
        grade_dict(replace(grade(), submitted_at=datetime(2026, 11, 1)))  # noqa: DTZ001


def test_a_time_that_nobody_knows_is_null():
    assert grade_dict(replace(grade(), submitted_at=None))["submitted_at"] is None


def test_the_same_grade_gives_the_same_bytes_and_any_text_is_valid_json(tmp_path):
    odd = with_message(grade("zoë\n\x1b"), 'a "quote", <script>, lone \ud800')

    write_grade_json(odd, tmp_path / "one.json")
    write_grade_json(odd, tmp_path / "two.json")

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert json.loads((tmp_path / "one.json").read_bytes()) == grade_dict(odd)
    assert "zoë" in (tmp_path / "one.json").read_text()


def test_a_number_that_json_lacks_is_an_error_and_not_a_broken_file(tmp_path):
    broken = replace(grade(), execution=replace(grade().execution, wall_s=float("nan")))

    with pytest.raises(ValueError):
        write_grade_json(broken, tmp_path / "grade.json")

    assert list(tmp_path.iterdir()) == []


def test_points_are_numbers_with_the_decimals_they_have():
    found = grade_dict(grade(marks=(replace(MARKS[0], points=Decimal("0.10")),)))

    assert json.dumps(found["marks"][0]["points"]) == "0.1"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "grades.csv").write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "grades.csv", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]
    assert (tmp_path / "grades.csv").read_text() == "old"


def test_a_link_in_the_output_folder_is_replaced_and_not_written_through(tmp_path):
    (tmp_path / "precious").write_text("old")
    (tmp_path / "grades.csv").symlink_to(tmp_path / "precious")

    write_atomically(tmp_path / "grades.csv", b"new")

    assert (tmp_path / "precious").read_text() == "old"
    assert (tmp_path / "grades.csv").read_bytes() == b"new"
