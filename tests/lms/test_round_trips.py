"""From each LMS's download to grades that its importer takes, and feedback that finds its student."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from html import unescape
from types import SimpleNamespace

import pytest
from importers import (
    brightspace_grades,
    canvas_feedback,
    canvas_grades,
    moodle_comments,
    moodle_feedback,
    moodle_grades,
)

from grader.finding import Finding
from grader.grading import Mark
from grader.lms import moodle

CANVAS = {
    "doejane_12345_67890_hw.py": "2 * x",
    "o_neil_LATE_12346_67891_my_hw_2.py": "1",
    "李雷_12347_67892_hw-1.py": "-3",
    "idle_12348_67893_hw.py": "1  # no box",
}
GRADEBOOK = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,HW4 (501),Doubling (502),Final Score\r\n"
    "    Points Possible,,,,,10,6,(read only)\r\n"
    '"Doe, Jane",12345,s1,jdoe,"A, B",7,,88\r\n'
    '"=""O\'Neil, P""",12346,s2,pon,A,,,1\r\n'
    "李雷,12347,s3,ll,A,,3.5,1\r\n"
    '"Idle, Ida",12348,s4,ida,A,,4,1\r\n'
    '"Gone, Gus",12349,s5,gus,A,,5,1\r\n'
)
MOODLE = {
    "Jane Doe_101_assignsubmission_file/hw.py": "2 * x",
    "Li Wei_102_assignsubmission_file_/hw.py": "1",
    "Li Wei_103_assignsubmission_file_my_hw.py": "-3",
}
WORKSHEET = (
    "Identifier,Full name,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments\n"
    'Participant 103,Li Wei,"Submitted, for grading",,6.00,Yes,-,"a, ""b"""\n'
    "Participant 102,Li Wei,Submitted,2.00,6.00,No,-,\n"
    "Participant 101,Jane Doe,Submitted,,6.00,Yes,-,\n"
    "Participant 104,Never Seen,No submission,,6.00,Yes,-,\n"
)
BRIGHTSPACE = {
    "1-9 - Jane Doe - Oct 19, 2026 900 AM/hw.py": "2 * x",
    "2-9 - Bob - Roe - Oct 19, 2026 900 AM - hw.py": "1",
    "3-9 - Li Wei - Oct 19, 2026 900 AM/hw.py": "-3",
}
GRADES = (
    "OrgDefinedId,Username,Last Name,First Name,HW4 Points Grade <Numeric MaxPoints:10>,"
    "Doubling Points Grade <Numeric MaxPoints:6>,End-of-Line Indicator\n"
    "#0100,#jdoe,Doe,Jane,5,,#\n#0101,#broe,Roe,Bob,5,,#\n#0102,#lwei,Wei,Li,5,1,#\n#0103,#gone,Gone,Gus,5,,#\n"
)


def test_canvas_gets_its_own_gradebook_back_with_our_column(sent):
    sent.graded(CANVAS)

    said = sent.export("canvas", "--into", sent.file("g.csv", GRADEBOOK), status=1)

    assert canvas_grades(sent.path("canvas-grades.csv")) == {
        "12345": "6.0",
        "12346": "2.0",
        "12347": "0.67",
        "12348": "4",
        "12349": "5",
    }
    assert said.splitlines() == [
        "ungraded, left blank: idle_12348",
        "not graded yet, feedback left out: idle_12348",
    ]
    given = list(csv.reader(GRADEBOOK.removeprefix("\ufeff").splitlines()))
    ours = list(csv.reader(sent.path("canvas-grades.csv").read_text("utf-8-sig").splitlines()))
    assert [row[:5] for row in ours] == [row[:5] for row in given]
    assert ours[0][5:] == ["Doubling (502)"]


def test_canvas_finds_the_submission_of_each_feedback_file(sent):
    sent.graded(CANVAS)

    sent.export("canvas", "--into", sent.file("g.csv", GRADEBOOK), status=1)

    assert canvas_feedback(sent.path("canvas-feedback.zip")) == {
        ("12345", "67890"): "hw.pdf",
        ("12346", "67891"): "2.pdf",
        ("12347", "67892"): "hw-1.pdf",
    }


def test_canvas_gets_a_file_of_our_own_only_with_the_assignments_id(sent):
    sent.graded(CANVAS | {"=cmd_12350_67894_hw.py": "1"})

    assert "without the assignment's id Canvas would make a new assignment" in sent.export("canvas", status=2)
    sent.export("canvas", "--column", "Doubling (502)", status=1)

    found = canvas_grades(sent.path("canvas-grades.csv"))
    assert found == {"12345": "6.0", "12346": "2.0", "12347": "0.67", "12350": "2.0"}  # a blank would take a score away
    assert "'=cmd" in sent.path("canvas-grades.csv").read_text()


def test_excused_students_are_excused_in_canvas_and_nowhere_else(sent):
    extensions = sent.file("e.csv", "student,excused\n12345,yes\n")
    from pathlib import Path

    from grader.deadlines.calendar import ExtensionsFile

    sent.graded(CANVAS, extensions=ExtensionsFile(Path(extensions)))

    said = sent.export("canvas", "--into", sent.file("g.csv", GRADEBOOK), status=1)

    assert canvas_grades(sent.path("canvas-grades.csv"))["12345"] == "EX"
    assert "excused: doejane_12345" in said


def test_moodle_gets_its_own_worksheet_back_and_only_changed_rows_differ(sent):
    sent.graded(MOODLE)

    said = sent.export("moodle", "--into", sent.file("w.csv", WORKSHEET), status=1)

    assert moodle_grades(sent.path("moodle-grades.csv")) == {"101": "6.0", "102": "2.00", "103": "0.67"}
    assert "needs a person: Li Wei: Moodle has locked this grade" in said
    before, after = WORKSHEET.splitlines(), sent.path("moodle-grades.csv").read_text().splitlines()
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True, False, True]
    assert after[1].endswith(',0.67,6.00,Yes,-,"a, ""b"""')  # what a teacher wrote stays
    assert after[3].endswith(",6.0,6.00,Yes,-,All criteria are met.")
    assert moodle_feedback(sent.path("moodle-feedback.zip")) == {
        "101": "feedback.pdf",
        "102": "feedback.pdf",
        "103": "feedback.pdf",
    }


def test_a_worksheet_in_another_language_with_semicolons_and_commas_is_filled_in_too(sent):
    sent.graded(MOODLE)
    sheet = "\ufeffID;Vollständiger Name;Bewertung;Bestwertung\r\n"
    sheet += "Teilnehmer/in103;Li Wei;{};6,00\r\nTeilnehmer/in101;J;{};6,00\r\n"

    said = sent.export("moodle", "--into", sent.file("w.csv", sheet.format("", "")), status=1)

    assert sent.path("moodle-grades.csv").read_bytes().decode() == sheet.format("0,67", "6,0")
    assert "Li Wei_102: no row has this student" in said


def test_moodle_gets_a_worksheet_of_our_own_if_need_be(manual):
    manual.graded(MOODLE)
    said = manual.export("moodle", status=1)

    assert moodle_grades(manual.path("moodle-grades.csv")) == {}
    assert said.count("ungraded, left blank: ") == 3


def test_what_was_found_lands_in_moodles_column_of_comments_whatever_it_is_called(sent):
    sent.graded(MOODLE)
    sheet = "ID,Vollständiger Name,Bewertung,Bestwertung,Feedback als Kommentar\n"
    sheet += "Teilnehmer/in101,J,,6.00,\nTeilnehmer/in102,Li Wei,,6.00,<p>Schön</p>\nTeilnehmer/in103,Li Wei,,6.00,\n"

    sent.export("moodle", "--into", sent.file("w.csv", sheet))

    found = moodle_comments(sent.path("moodle-grades.csv"), "Feedback als Kommentar", "ID")
    assert found["101"] == "All criteria are met."
    assert found["102"] == "Schön"  # what a teacher wrote stays
    assert found["103"] == feedback_of(sent, "Li Wei_103")


def test_a_worksheet_of_our_own_has_the_comments_too_and_none_for_those_who_are_not_graded(sent):
    sent.graded(MOODLE | {"Ida Idle_104_assignsubmission_file/hw.py": "1  # no box"})

    sent.export("moodle", status=1)

    found = moodle_comments(sent.path("moodle-grades.csv"))
    assert found == {
        "101": "All criteria are met.",
        "102": feedback_of(sent, "Li Wei_102"),
        "103": feedback_of(sent, "Li Wei_103"),
        "104": "",
    }
    assert "hint: return 2 * x" in found["103"]


def test_a_comment_reads_in_moodle_as_it_does_on_paper():
    finding = Finding.failed("Expected List[int] & x < 3, found <class 'str'>.", "Use List<int>.")
    mark = Mark("value", "Doubles", finding, Decimal(0), Decimal(4), manual=False)
    result = SimpleNamespace(grade=SimpleNamespace(marks=(mark,), late_reason=""))

    shown = unescape(re.sub("<[^>]*>", "", moodle._comment(result)))

    assert shown == "Doubles: 0 of 4. Expected List[int] & x < 3, found <class 'str'>. (hint: Use List<int>.)"


def feedback_of(sent, student):
    grade = json.loads((sent.course.out / sent.course.stored()[student].folder / "grade.json").read_text())
    lost = [mark for mark in grade["marks"] if mark["outcome"] != "passed"]
    told = [f"{mark['title']}: {mark['points']:g} of {mark['points_possible']:g}. {mark['message']}" for mark in lost]
    hints = [f" (hint: {mark['hint']})" if mark["hint"] else "" for mark in lost]
    return " • ".join(a + b for a, b in zip(told, hints, strict=True))


def test_brightspace_gets_its_own_ids_and_item_back(sent):
    sent.graded(BRIGHTSPACE)

    said = sent.export("brightspace", "--into", sent.file("g.csv", GRADES))

    assert said == ""
    assert brightspace_grades(sent.path("brightspace-grades.csv")) == {
        "0100": "6.0",
        "0101": "2.0",
        "0102": "0.67",
        "0103": "",
    }
    assert sent.path("brightspace-grades.csv").read_text().splitlines()[1] == "#0100,#jdoe,Doe,Jane,6.0,#"


def test_brightspace_feedback_lies_in_the_folders_of_the_download(sent):
    import zipfile

    sent.graded(BRIGHTSPACE)
    sent.export("brightspace", "--into", sent.file("g.csv", GRADES))

    assert zipfile.ZipFile(sent.path("brightspace-feedback.zip")).namelist() == [
        "2-9 - Bob - Roe - Oct 19, 2026 900 AM/feedback.pdf",
        "1-9 - Jane Doe - Oct 19, 2026 900 AM/feedback.pdf",
        "3-9 - Li Wei - Oct 19, 2026 900 AM/feedback.pdf",
    ]


def test_brightspace_gets_a_file_of_our_own_from_the_rosters_ids(sent):
    sent.graded(BRIGHTSPACE)
    roster = sent.file("r.csv", 'Name,OrgDefinedId\n"Doe, Jane",0100\nBob Roe,0101\n')

    said = sent.export("brightspace", "--roster", roster, status=1)

    assert brightspace_grades(sent.path("brightspace-grades.csv")) == {"0100": "6.0", "0101": "2.0"}
    assert "Li Wei_3: Brightspace's id is not known" in said


def test_gradescope_gets_results_in_its_autograders_form(sent):
    metadata = "submission_7:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '1'\n"
    import zipfile

    sent.graded({"e/submission_7/hw.py": "2 * x", "e/submission_8/hw.py": "-3", "e/submission_9/hw.py": "1  # no box"})
    assert sorted(sent.course.stored()) == ["submission_7", "submission_8", "submission_9"]
    with zipfile.ZipFile(sent.course.submissions, "a") as archive:
        archive.writestr("e/submission_metadata.yml", metadata)
    sent.course.grade(fresh=True)

    sent.export("gradescope", status=1)

    scores = {}
    for path in sorted((sent.course.out / "export" / "gradescope").glob("*/results.json")):
        found = json.loads(path.read_text())
        scores[path.parent.name] = found.get("score"), [test.get("score") for test in found["tests"]]
        assert all({"name", "output"} <= test.keys() for test in found["tests"])
    assert scores == {
        "submission_7": (6.0, [4.0, 2.0]),
        "submission_8": (0.67, [0.0, 0.67]),
        "submission_9": (None, [None, None]),
    }


@pytest.mark.parametrize("target", ["canvas", "moodle", "brightspace"])
def test_the_file_that_the_lms_gave_is_not_changed(sent, target):
    files = {"canvas": (CANVAS, GRADEBOOK), "moodle": (MOODLE, WORKSHEET), "brightspace": (BRIGHTSPACE, GRADES)}
    download, text = files[target]
    sent.graded(download)
    given = sent.file("g.csv", text)
    before = (sent.root / "g.csv").read_bytes()

    sent.export(target, "--into", given, status=0 if target == "brightspace" else 1)

    assert (sent.root / "g.csv").read_bytes() == before


GERMAN = (
    "ID,Vollständiger Name,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,Zuletzt geändert (Bewertung)\n"
    "Teilnehmer/in101,J,Abgegeben,,6.00,{yes},-\nTeilnehmer/in103,Li Wei,Abgegeben,,6.00,{no},-\n"
)


@pytest.mark.parametrize(
    ("yes", "no"),
    [("Ja", "Nein"), ("Oui", "Non"), ("Sí", "No"), ("Sim", "Não"), ("Да", "Нет"), ("是", "否"), ("はい", "いいえ")],
)
def test_grades_that_moodle_has_locked_are_left_alone_in_any_language(sent, yes, no):
    sent.graded(MOODLE)

    said = sent.export("moodle", "--into", sent.file("w.csv", GERMAN.format(yes=yes, no=no)), status=1)

    assert "needs a person: Li Wei: Moodle has locked this grade" in said
    lines = sent.path("moodle-grades.csv").read_text().splitlines()
    assert lines[2] == GERMAN.format(yes=yes, no=no).splitlines()[2]
    assert ",6.00," in lines[1]
    assert lines[1] != GERMAN.format(yes=yes, no=no).splitlines()[1]


def test_words_for_locked_grades_that_are_not_known_are_said(sent):
    sent.graded(MOODLE)

    said = sent.export("moodle", "--into", sent.file("w.csv", GERMAN.format(yes="HIja", no="ghobe")), status=1)

    assert "expected yes or no, found HIja or ghobe: so locked grades are unknown; hint: " in said


def test_a_worksheet_in_utf_16_is_filled_in_as_such(sent):
    sent.graded(MOODLE)
    path = sent.root / "w.csv"
    path.write_bytes(WORKSHEET.encode("utf-16"))

    sent.export("moodle", "--into", str(path), status=1)

    content = sent.path("moodle-grades.csv").read_bytes()
    assert content.startswith(b"\xff\xfe")
    assert content.decode("utf-16").splitlines()[0] == WORKSHEET.splitlines()[0]
