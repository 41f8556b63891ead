"""Grades find their student by id, and by name only where nobody else has it."""

from __future__ import annotations

from importers import brightspace_grades, canvas_grades, moodle_grades

HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Doubling (502)\n    Points Possible,,,,,6\n"
BRIGHT = "OrgDefinedId,Username,Last Name,First Name,Doubling Points Grade,End-of-Line Indicator\n"


def test_a_plain_folder_is_matched_by_login_or_by_a_name_that_is_nobody_elses(sent):
    sent.graded({"jdoe/hw.py": "2 * x", "Bob_Roe/hw.py": "1", "li_wei/hw.py": "-3"})
    table = HEAD + ('"Doe, Jane",1,s1,jdoe,A,\n"Roe, Bob",2,s2,b2,A,\n"Wei, Li",3,s3,b3,A,\n"Wei, Li",4,s4,b4,A,\n')

    said = sent.export("canvas", "--into", sent.file("g.csv", table), status=1)

    assert canvas_grades(sent.path("canvas-grades.csv")) == {"1": "6.0", "2": "2.0", "3": "", "4": ""}
    assert (
        "li_wei: others have this name too (Wei, Li (3) or Wei, Li (4)), left out; hint: give ids by --roster" in said
    )


def test_two_students_of_one_name_are_not_told_apart_by_it(sent):
    sent.graded({f"{n}-9 - Li Wei - Oct 19, 2026 900 AM/hw.py": "1" for n in (1, 2)})

    said = sent.export("brightspace", "--into", sent.file("g.csv", BRIGHT + "#7,#lw,Wei,Li,,#\n"), status=1)

    assert brightspace_grades(sent.path("brightspace-grades.csv")) == {"7": ""}
    assert said.count("others have this name too") == 2


def test_a_number_of_another_lms_means_nobody_here(sent):
    sent.graded({"doejane_12345_67890_hw.py": "2 * x"})
    sheet = "Identifier,Full name,Grade,Last modified (grade)\nParticipant 12345,Somebody Else,,-\n"

    said = sent.export("moodle", "--into", sent.file("w.csv", sheet), status=1)

    assert moodle_grades(sent.path("moodle-grades.csv")) == {}
    assert "doejane_12345: no row has this student" in said


def test_a_roster_leads_from_a_name_to_ids(sent):
    sent.graded({f"{n}-9 - {name} - Oct 19, 2026 900 AM/hw.py": "1" for n, name in ((1, "Li Wei"), (2, "Bob Roe"))})
    table = "OrgDefinedId,Doubling Points Grade,End-of-Line Indicator\n#7,,#\n#8,,#\n"
    roster = sent.file("r.csv", "First Name;Last Name;Student ID\nLi;Wei;7\nBob;Roe;8\n")

    sent.export("brightspace", "--into", sent.file("g.csv", table), "--roster", roster)

    assert brightspace_grades(sent.path("brightspace-grades.csv")) == {"7": "2.0", "8": "2.0"}


def test_all_members_of_a_group_get_its_points(sent):
    sent.graded({"group7_1001_2001_hw.py": "2 * x"})
    table = HEAD + "Ada,1,s1,ada,A,\nBob,2,s2,bob,A,\nCyd,3,s3,cyd,A,\n"
    roster = sent.file("r.csv", "name,login,group\nAda,ada,Group7\nBob,bob,group7\nCyd,cyd,group8\n")

    sent.export("canvas", "--into", sent.file("g.csv", table), "--roster", roster)

    assert canvas_grades(sent.path("canvas-grades.csv")) == {"1": "6.0", "2": "6.0", "3": ""}


def test_a_student_with_two_rows_is_left_out_and_told(sent):
    sent.graded({"doejane_12345_67890_hw.py": "2 * x"})

    said = sent.export("canvas", "--into", sent.file("g.csv", HEAD + "A,12345,,,A,\nB,12345,,,A,\n"), status=1)

    assert "doejane_12345: several rows fit (A (12345), B (12345)), left out" in said


def test_another_maximum_is_an_error_unless_points_are_to_be_scaled(sent):
    sent.graded({"doejane_12345_67890_hw.py": "-3"})
    given = sent.file("g.csv", HEAD.replace(",6\n", ",100\n") + "A,12345,,,A,\n")

    assert "expected 6 points possible as in the rubric, found 100" in sent.export("canvas", "--into", given, status=2)
    assert not sent.path("canvas-grades.csv").exists()
    sent.export("canvas", "--into", given, "--scale")

    assert canvas_grades(sent.path("canvas-grades.csv")) == {"12345": "11.17"}


def test_a_column_that_cannot_be_told_is_an_error_that_names_those_there_are(sent):
    sent.graded({"doejane_12345_67890_hw.py": "1"})
    head = "Student,ID,SIS Login ID,Section,HW4 (501),HW5 (502)\n"

    said = sent.export("canvas", "--into", sent.file("g.csv", head), status=2)
    assert (
        "expected one assignment `Doubling (<id>)`, found 'HW4 (501)', 'HW5 (502)'\nhint: name one with --column"
        in said
    )
    sent.export("canvas", "--into", sent.file("g.csv", head + "A,12345,a,A,1,\n"), "--column", "502")

    assert canvas_grades(sent.path("canvas-grades.csv")) == {"12345": "2.0"}


def test_a_file_of_something_else_is_an_error(sent):
    sent.graded({"doejane_12345_67890_hw.py": "1"})

    for target in ("canvas", "moodle", "brightspace"):
        for text in ("", "a,b\n1,2\n"):
            assert "expected" in sent.export(target, "--into", sent.file("g.csv", text), status=2)
    (sent.root / "g.csv").write_bytes(b"\xff\xfe")
    assert "expected a CSV with a header, found an empty file" in sent.export(
        "moodle", "--into", str(sent.root / "g.csv"), status=2
    )
    assert "takes no CSV" in sent.export("gradescope", "--into", str(sent.root / "g.csv"), status=2)
