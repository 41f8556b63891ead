"""Extensions and excuses in a small CSV or TOML file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grader.deadlines.extensions import Calendar, ExtensionsError, calendar, read_extensions
from grader.people.identity import Identity
from grader.submission import Member, Origin

HOME = ZoneInfo("America/Indiana/Indianapolis")
DUE = datetime(2026, 10, 30, 23, 59, tzinfo=HOME)
JANE = Identity("doejane_12345", Origin("canvas", "12345", "doejane", "p"))
BOB = Identity(
    "Bob Roe_8", Origin("gradescope", "124", "Bob Roe", "p", members=(Member("Bob Roe", "8", "broe@x.edu"),))
)
ADA = Identity("ada")
CLASS = (JANE, BOB, ADA)


def read(tmp_path, text, name="e.csv", students=CLASS, due=DUE):
    (tmp_path / name).write_text(text)
    return calendar(due, read_extensions(tmp_path / name, HOME), students)


def test_a_csv_gives_each_student_their_terms(tmp_path):
    found = read(
        tmp_path,
        "\ufeffStudent, until ,days,hours,waive,excused,reason\n"
        "12345,2026-11-05 23:59,,,,,ill\n"
        "broe@x.edu,,2,,,,\n"
        "\n"
        "Ada,,,,yes,,flood\n",
    )

    assert found.terms(JANE.student).due == datetime(2026, 11, 5, 23, 59, tzinfo=HOME)
    assert found.terms(JANE.student).why == "extension until 2026-11-05 23:59 EST (ill)"
    assert found.terms(BOB.student).due == datetime(2026, 11, 1, 23, 59, tzinfo=HOME)
    assert found.terms("ada").waived
    assert found.terms("ada").why == "lateness excused (flood)"
    assert found.terms("somebody else").due == DUE


def test_days_go_by_the_clock_and_hours_as_they_pass(tmp_path):
    days = read(tmp_path, "student,days\nada,2\n").terms("ada").due
    hours = read(tmp_path, "student,hours\nada,48\n").terms("ada").due

    assert days - DUE == timedelta(days=2)  # times of one zone: by the clock
    assert days.astimezone(UTC) - hours.astimezone(UTC) == timedelta(hours=1)


def test_a_toml_says_the_same(tmp_path):
    text = '[12345]\nuntil = 2026-11-05T23:59:00\nreason = "ill"\n["Roe, Bob"]\nexcused = true\n'
    text += "[ada]\nuntil = 2026-11-02\n"

    found = read(tmp_path, text, "e.toml")

    assert found.terms(JANE.student).due == datetime(2026, 11, 5, 23, 59, tzinfo=HOME)
    assert found.terms(BOB.student).excused
    assert found.terms("ada").due == datetime(2026, 11, 2, 23, 59, 59, tzinfo=HOME)


def test_a_star_sets_the_deadline_of_all_others(tmp_path):
    found = read(tmp_path, "student,until,days\n*,2026-11-01 12:00 Europe/Zurich,\nada,,1\n", due=None)

    assert found.due == datetime(2026, 11, 1, 11, tzinfo=UTC)
    assert found.terms("ada").due == datetime(2026, 11, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ada,2026-11-01 1:30,,", r"2026-11-01 01:30 happens twice in .*: write 2026-11-01 01:30-0400 or .*-0500"),
        ("ada,2027-03-14 02:30,,", "does not exist .*: clocks skip it"),
        ("ada,tomorrow,,", "expected a time such as 2026-11-05 23:59"),
        ("ada,2026-13-01,,", "expected a time that exists"),
        ("ada,2026-11-05 12:00 Mars/Olympus,,", "expected a time that exists"),
        ("ada,2026-10-01,,", "until 2026-10-01 .* is before the deadline 2026-10-30"),
        ("ada,,two,", "days: expected a whole number, found 'two'"),
        ("ada,2026-11-05,2,", "expected `until`, or `days` and `hours`, found both"),
        ("ada,,,", "found an empty row"),
        (",2026-11-05,,", "expected a student"),
    ],
)
def test_a_row_that_cannot_be_meant_is_named_by_its_line(tmp_path, row, message):
    with pytest.raises(ExtensionsError, match=f"line 2: .*{message}"):
        read(tmp_path, f"student,until,days,hours\n{row}\n")


def test_an_offset_decides_between_two_readings(tmp_path):
    found = read(tmp_path, "student,until\nada,2026-11-01 01:30-05:00\n")

    assert found.terms("ada").due == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_all_problems_are_told_at_once(tmp_path):
    with pytest.raises(ExtensionsError, match=r"(?s)line 2: .*line 4: "):
        read(tmp_path, "student,until\nada,x\nbob,2026-11-05\neve,y\n")


@pytest.mark.parametrize(
    "text", ["name,until\nada,2026-11-05\n", "student,till\nada,2026-11-05\n", "", "student,until\n\xff\xfe\n"]
)
def test_a_file_that_is_something_else_is_refused(tmp_path, text):
    (tmp_path / "e.csv").write_bytes(text.encode("latin-1"))

    with pytest.raises(ExtensionsError, match="expected"):
        read_extensions(tmp_path / "e.csv", HOME)


def test_a_name_that_two_students_have_is_an_error_that_names_both(tmp_path):
    twins = (
        Identity("Li Wei_1", Origin("moodle", "1", "Li Wei", "p")),
        Identity("Li Wei_2", Origin("moodle", "2", "Li Wei", "p")),
    )

    with pytest.raises(ExtensionsError, match=r"line 2: 'Wei, Li' fits 2 students: Li Wei_1, Li Wei_2; hint:"):
        read(tmp_path, 'student,days\n"Wei, Li",1\n', students=twins)
    assert read(tmp_path, "student,days\n2,1\n", students=twins).terms("Li Wei_2").due > DUE


def test_two_rows_of_one_student_are_an_error(tmp_path):
    with pytest.raises(ExtensionsError, match=r"line 3: doejane_12345 has a row already \(line 2\)"):
        read(tmp_path, "student,days\n12345,1\nJane Doe,2\n")


def test_rows_of_nobody_are_kept_for_later(tmp_path):
    found = read(tmp_path, "student,days\nzoe,1\nada,1\n")

    assert [row.student for row in found.others] == ["zoe"]


def test_what_is_kept_is_read_back_the_same(tmp_path):
    found = read(
        tmp_path,
        "student,until,waive,excused,submitted,reason\n*,2026-11-01 12:00,,,,\n"
        "12345,2026-11-05 23:59,,,2026-11-05 10:00+01:00,=1+1\nada,,yes,,,\nzoe,,,yes,,\n",
    )
    (tmp_path / "kept.csv").write_bytes(found.content(DUE))

    again = calendar(DUE, read_extensions(tmp_path / "kept.csv", UTC), CLASS)

    assert "'=1+1" in (tmp_path / "kept.csv").read_text()
    assert [again.terms(one.student) for one in CLASS] == [found.terms(one.student) for one in CLASS]
    assert (again.due, again.submitted(JANE.student)) == (found.due, found.submitted(JANE.student))
    assert [row.student for row in again.others] == ["zoe"]
    assert Calendar(DUE).content(DUE).count(b"\n") == 1
