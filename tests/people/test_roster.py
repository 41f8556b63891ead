"""The class list: who is missing, unknown, in it twice."""

from __future__ import annotations

import pytest

from grader.people.identity import Identity
from grader.people.roster import RosterError, read_roster
from grader.submission import Member, Origin

CANVAS_EXPORT = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,HW5 (1)\n    Points Possible,,,,,10\n"
    '"Doe, Jane",12345,s1,jdoe,A,\n"Roe, Bob",12346,s2,broe,A,\n'
)
MOODLE_EXPORT = "Identifier,Full name,Email address,Grade\nParticipant 101,Jane Doe,jane@x.edu,\n"
OWN = "Last Name;First Name;Student Number;E-mail\nDoe;Jane;0100;jdoe@x.edu\nRoe;Bob;0101;broe@x.edu\n"


def roster(tmp_path, text):
    (tmp_path / "r.csv").write_text(text)
    return read_roster(tmp_path / "r.csv")


def canvas(name, user):
    return Identity(f"{name}_{user}", Origin("canvas", user, name, "p"))


def test_everybody_who_is_where_they_should_be_is_not_worth_a_line(tmp_path):
    found = roster(tmp_path, CANVAS_EXPORT).check([canvas("doejane", "12345"), Identity("broe")])

    assert found.lines() == []


@pytest.mark.parametrize(
    ("text", "student"),
    [
        (MOODLE_EXPORT, Identity("Jane Doe_101", Origin("moodle", "101", "Jane Doe", "p"))),
        (MOODLE_EXPORT, Identity("jane")),
        (OWN, Identity("Jane Doe_1", Origin("brightspace", "1", "Jane Doe", "p"))),
        (OWN, Identity("x", Origin("gradescope", "9", "J", "p", members=(Member("J", "0100"),)))),
        (OWN, canvas("doejane", "777")),
        (OWN, Identity("JDOE")),
        (OWN, Identity("doe_jane")),
    ],
)
def test_a_student_is_found_by_id_or_name(tmp_path, text, student):
    [person] = roster(tmp_path, text).find(student)

    assert {"Jane", "Doe"} == set(person.name.replace(",", "").split())


def test_missing_unknown_double_and_unclear_people_are_listed(tmp_path):
    text = OWN + "Wei;Li;7;a@x.edu\nWei;Li;8;b@x.edu\nGone;Gus;0101;gus@x.edu\n"

    found = roster(tmp_path, text).check([Identity("jdoe"), Identity("stranger"), Identity("li_wei")])

    assert found.lines() == [
        "nothing handed in: Bob Roe (0101)",
        "nothing handed in: Gus Gone (0101)",
        "not on the roster: stranger",
        "on the roster twice: Bob Roe (0101): lines 3 and 6",
        "could be several people: li_wei: Li Wei (7) or Li Wei (8)",
    ]


def test_a_number_of_a_submission_is_nobodys_id(tmp_path):
    found = roster(tmp_path, OWN).find(Identity("Ada_0100", Origin("brightspace", "0100", "Ada", "p")))

    assert found == []


def test_the_members_of_a_group_are_all_there(tmp_path):
    text = "name,login,group\nAda,ada,Red\nBob,bob,red\nCyd,cyd,blue\n"

    found = roster(tmp_path, text).check([canvas("red", "5")])

    assert found.lines() == ["nothing handed in: Cyd (cyd)"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe"])
def test_a_file_that_is_no_roster_is_refused(tmp_path, content):
    (tmp_path / "r.csv").write_bytes(content)

    with pytest.raises(RosterError, match="expected"):
        read_roster(tmp_path / "r.csv")
