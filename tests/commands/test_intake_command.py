"""`grader intake` shows what a download holds and grades nothing."""

from __future__ import annotations

import zipfile

import pytest
from click.testing import CliRunner
from tiny_course import FakeSandbox

from grader.cli import main
from grader.people.roster import read_roster

FILES = {
    "1-9 - Jane Doe - Sep 24, 2024 926 PM/net.py": "1",
    "1-9 - Jane Doe - Sep 25, 2024 926 PM/net.py": "12",
    "2-9 - [red]Bob - Sep 24, 2024 926 PM/../../evil.py": "1",
    "index.html": "",
}


@pytest.fixture
def download(tmp_path):
    with zipfile.ZipFile(tmp_path / "hw5.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    return tmp_path / "hw5.zip"


def intake(*arguments):
    done = CliRunner().invoke(main, ["intake", *map(str, arguments)])
    return done.exit_code, done.stdout.splitlines(), done.stderr


def test_it_says_what_was_recognised_and_lists_students_attempts_and_files(download):
    status, lines, said = intake(download, "--timezone", "America/New_York")

    assert status == 0
    assert lines[0] == "Brightspace download: 2 students, 3 attempts, 2 files"
    assert lines[2].split() == ["Jane", "Doe_1", "1", "2024-09-25", "01:26", "UTC", "1", "0.0"]
    assert lines[4].split()[:7] == ["[red]Bob_2", "1", "2024-09-25", "01:26", "UTC", "0", "0.0"]
    assert "unsafe archive" in lines[4]
    assert said == "left out: index.html\n"


def test_a_roster_tells_who_is_missing(download, tmp_path):
    (tmp_path / "r.csv").write_text("name,id\nJane Doe,7\nGus Gone,8\n")

    _, _, said = intake(download, "--roster", tmp_path / "r.csv")

    assert "roster: nothing handed in: Gus Gone (8)" in said
    assert "roster: not on the roster: [red]Bob_2" in said


def test_several_submissions_of_one_student_need_a_person(tmp_path):
    for name in ("ada.py", "ada.ipynb"):
        (tmp_path / name).write_text(name)

    status, lines, _ = intake(tmp_path)

    assert status == 1
    assert "two submissions of one student" in lines[2]


@pytest.mark.parametrize("options", [("--timezone", "Mars/Olympus"), ("--layout", "sakai")])
def test_an_unknown_zone_or_layout_is_wrong_usage(download, options):
    assert intake(download, *options)[0] == 2


def test_a_batch_compares_with_the_roster_too(course, tmp_path):
    course.submit(ada="1", bob="2")
    (tmp_path / "r.csv").write_text("name,id\nAda,ada\nGus Gone,8\n")

    outcome = course.grade(FakeSandbox(), roster=read_roster(tmp_path / "r.csv"))

    assert outcome.remarks == ("nothing handed in: Gus Gone (8)", "not on the roster: bob")
    assert not outcome.needs_a_person


def test_work_from_the_future_is_a_remark(tmp_path):
    folder = tmp_path / "download" / "1-9 - Jane Doe - Sep 24, 2999 926 PM"
    folder.mkdir(parents=True)
    (folder / "net.py").write_text("1")

    said = intake(tmp_path / "download")[2]

    assert "handed in 2999-09-24 21:26 UTC, which lies in the future; hint: look at the clock" in said


def test_somebody_unknown_comes_with_whom_it_may_be(tmp_path):
    (tmp_path / "class" / "jane").mkdir(parents=True)
    (tmp_path / "class" / "jane" / "net.py").write_text("1")
    (tmp_path / "roster.csv").write_text("name\njanet\nbob\n")

    said = intake(tmp_path / "class", "--roster", tmp_path / "roster.csv")[2]

    assert "not on the roster: jane; hint: did you mean janet?" in said
