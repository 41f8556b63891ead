"""Downloads with several attempts, deadlines and extensions, from the zip to the grades."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tiny_course import FakeSandbox, Quiet, doubling, write_course

from grader.batch.regrade import regrade_one
from grader.deadlines.calendar import ExtensionsFile
from grader.deadlines.extensions import ExtensionsError
from grader.intake import IntakeOptions

HOME = ZoneInfo("America/Indiana/Indianapolis")
DUE = datetime(2026, 10, 20, 23, 59, tzinfo=HOME)
IMPORTS = """
from datetime import datetime
from zoneinfo import ZoneInfo
from grader import AttemptPolicy, LatePolicy
"""
POLICY = """
    due=datetime(2026, 10, 20, 23, 59, tzinfo=ZoneInfo("America/Indiana/Indianapolis")),
    late_policy=LatePolicy(1, 5),
    attempts=AttemptPolicy({counts!r}, late_attempts={late}),
    limits="""
MANY = {
    "1-9 - Ada - Oct 19, 2026 900 AM": "1",
    "1-9 - Ada - Oct 20, 2026 1159 PM": "2 * x",
    "2-9 - Bob - Oct 20, 2026 1000 PM": "1",
    "2-9 - Bob - Oct 22, 2026 900 AM": "2 * x",
    "2-9 - Bob - Oct 23, 2026 900 AM": "3",
    "3-9 - Cyd - Oct 29, 2026 900 AM": "2 * x",
}


@pytest.fixture
def download(course):
    """The tiny course with a deadline, and a Brightspace download of three students."""

    def with_policy(counts="latest", late=None, many=MANY):
        path = course.reference / "tiny" / "assignment.py"
        source = (write_course(course.reference) / "tiny" / "assignment.py").read_text()
        path.write_text(IMPORTS + source.replace("\n    limits=", POLICY.format(counts=counts, late=late), 1))
        course.submissions = course.out.parent / "hw.zip"
        with zipfile.ZipFile(course.submissions, "w") as archive:
            for place, result in many.items():
                archive.writestr(f"{place}/hw.py", doubling(result))
        return course

    return with_policy


def grade(course, sandbox=None, extensions=None, **options):
    given = None
    if extensions is not None:
        (course.out.parent / "e.csv").write_text(extensions)
        given = ExtensionsFile(course.out.parent / "e.csv")
    return course.grade(sandbox, reading=IntakeOptions(zone=HOME), extensions=given, **options)


def points(course):
    return {row["student"][:3]: row["points"] for row in course.rows().values()}


def test_the_latest_attempt_counts_and_lateness_costs_points(download):
    course = download()
    progress = Quiet()

    course.grade(progress=progress, reading=IntakeOptions(zone=HOME))

    assert points(course) == {"Ada": "6.0", "Bob": "0.0", "Cyd": "0.0"}
    assert ("stage", "", "Brightspace download: 3 students, 6 attempts, 6 files") in progress.steps
    bob = course.stored()["Bob_2"].grade
    assert bob.late_reason == (
        "due 2026-10-20 23:59 EDT, handed in 2026-10-23 09:00 EDT: 2 days 9 h 1 min late, 3 days begun; "
        "3 × 1 = 3 points, no more than the 2 earned"
    )
    assert course.json("Bob_2")["late_reason"] == bob.late_reason
    assert "late_reason" not in course.json("Ada_1")
    assert "at most 5 days late are accepted" in course.json("Cyd_3")["late_reason"]


def test_resubmit_freely_until_the_deadline_and_once_after_it(download):
    course = download(late=1)

    grade(course)

    assert points(course) == {"Ada": "6.0", "Bob": "4.0", "Cyd": "0.0"}


def test_the_latest_on_time_counts(download):
    course = download("latest_on_time")

    grade(course)

    assert points(course) == {"Ada": "6.0", "Bob": "2.0", "Cyd": "0.0"}


def test_the_best_counts_after_its_penalty_and_stays_what_it_is(download):
    course = download("best")

    grade(course)

    assert points(course) == {"Ada": "6.0", "Bob": "4.0", "Cyd": "0.0"}
    sandbox = FakeSandbox()
    assert grade(course, sandbox).kept == 3
    assert sandbox.commands == []


def test_a_box_that_fails_at_one_attempt_leaves_the_best_open(download):
    course = download("best", many={**MANY, "1-9 - Ada - Oct 19, 2026 900 AM": "1  # no box"})

    outcome = grade(course)

    assert outcome.needs_a_person
    assert points(course)["Ada"] == ""


def test_an_extension_given_later_changes_points_without_running_anything(download):
    course = download()
    grade(course)
    sandbox = FakeSandbox()

    grade(course, sandbox, "student,until,waive,reason\nCyd,,yes,flood\nBob,2026-10-22 09:00,,ill\n")

    assert sandbox.commands == []
    assert points(course) == {"Ada": "6.0", "Bob": "1.0", "Cyd": "6.0"}
    assert course.json("Cyd_3")["late_reason"] == "late, but no penalty: lateness excused (flood)"
    assert course.json("Bob_2")["late_reason"].startswith("extension until 2026-10-22 09:00 EDT (ill); due 2026-10-22")
    assert {name: found.revision for name, found in course.stored().items()} == {"Ada_1": 1, "Bob_2": 2, "Cyd_3": 2}


def test_extensions_hold_until_others_are_given_and_may_be_edited_where_they_are_kept(download):
    course = download()
    grade(course, extensions="student,waive\nCyd,yes\n")
    grade(course)
    assert points(course)["Cyd"] == "6.0"

    kept = course.out / "extensions.csv"
    kept.write_text(kept.read_text() + "Bob,,,,yes,,,\n")
    course.rewrite(regrade_one)

    assert points(course) == {"Ada": "6.0", "Bob": "2.0", "Cyd": "6.0"}


def test_extensions_of_nobody_are_told_and_wrong_ones_change_nothing(download):
    course = download()
    assert grade(course, extensions="student,days\nzoe,1\n").remarks == ("extensions: nobody called zoe handed in",)
    before = course.files("grades.csv", "extensions.csv")

    with pytest.raises(ExtensionsError, match="line 2"):
        grade(course, extensions="student,days\nAda,x\n")

    assert course.files("grades.csv", "extensions.csv") == before


def test_another_policy_counts_another_attempt_and_runs_only_what_was_not_run(download):
    course = download()
    grade(course)
    download("latest_on_time")
    sandbox = FakeSandbox()

    grade(course, sandbox)

    assert sandbox.students == ["1"]
    assert points(course)["Bob"] == "2.0"


def canvas(course, *names):
    with zipfile.ZipFile(course.submissions, "w") as archive:
        for name in names:
            archive.writestr(name, doubling())


def test_canvas_marks_late_work_but_does_not_say_how_late_so_a_person_is_asked(download):
    course = download()
    canvas(course, "adal_1001_2001_hw.py", "bobr_LATE_1002_2002_hw.py")

    outcome = grade(course)

    assert outcome.needs_a_person
    [problem] = outcome.problems
    assert problem.startswith("bobr_1002: marked late, when it was handed in is not told: no penalty yet; hint: ")
    assert course.rows()["bobr_1002"]["points"] == "6.0"
    assert not grade(course, extensions="student,submitted\n1002,2026-10-21 12:00\n").needs_a_person
    assert course.rows()["bobr_1002"]["points"] == "5.0"
    assert course.rows()["adal_1001"]["points"] == "6.0"


def test_the_time_of_a_class_archive_is_no_time_of_handing_in(download):
    course = download()
    canvas(course, "ada/hw.py", "bob/hw.py")  # made now, long after or before the deadline

    outcome = grade(course)

    assert {row["late_penalty"] for row in course.rows().values()} == {"0.0"}
    assert outcome.remarks[0].startswith("2 of 2 submissions have no time: nothing is taken off for being late; hint: ")


def plain(course, when):
    course.submissions = course.out.parent / "plain"
    for student in ("ada", "bob"):
        (course.submissions / student).mkdir(parents=True)
        (course.submissions / student / "hw.py").write_text(doubling())
        os.utime(course.submissions / student / "hw.py", (when.timestamp(), when.timestamp()))


@pytest.mark.parametrize("years", [-9, 1])
def test_the_time_of_a_plain_folders_files_costs_nothing_and_is_told_nowhere(download, years):
    course = download()
    plain(course, DUE.replace(year=DUE.year + years))

    outcome = grade(course, pdf=True)

    assert [(row["points"], row["late_penalty"]) for row in course.rows().values()] == [("6.0", "0.0")] * 2
    assert course.json("ada")["submitted_at"] is None
    page = (course.out / "ada" / "feedback.html").read_text()
    assert "<b>Submitted</b>not told</p>" in page
    assert str(DUE.year + years) not in page
    assert outcome.remarks[0].startswith("2 of 2 submissions have no time")
    assert not outcome.needs_a_person
    assert grade(course).kept == 2


def test_the_time_of_files_counts_if_it_is_asked_for(download):
    course = download()
    plain(course, DUE + timedelta(hours=3))

    course.grade(reading=IntakeOptions(zone=HOME, times="file"))

    assert {row["late_penalty"] for row in course.rows().values()} == {"1.0"}
    assert course.json("ada")["submitted_at"] == "2026-10-21T06:59:00Z"


def test_a_time_in_the_future_is_a_remark(download):
    course = download(many={"1-9 - Ada - Oct 19, 2999 900 AM": "1"})

    outcome = grade(course)

    assert outcome.remarks == (
        "Ada_1: handed in 2999-10-19 13:00 UTC, which lies in the future; hint: look at the clock and the time zone",
    )
