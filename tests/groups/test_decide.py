"""One decision for a group: what it would change is shown, and then recorded like every mark by a person."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from class_of_wrong_work import failed, student
from click.testing import CliRunner
from tiny_course import Course

from grader.batch.marking import MarkingError
from grader.cli import main
from grader.gradebook.store import Gradebook
from grader.groups import GroupError, decision, groups_of, named, preview


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory) -> Course:
    """Three double wrongly in the same way, one in another, one is right."""
    course = Course(tmp_path_factory.mktemp("graded"))
    course.submit(ada="12", bob="12", eve="12", ivo="-3", zoe="14")
    course.grade()
    return course


@pytest.fixture
def graded(graded_once, tmp_path, monkeypatch) -> Course:
    course = graded_once.copied(tmp_path)
    monkeypatch.setenv("GRADER_REFERENCE", str(course.reference))
    monkeypatch.setenv("GRADER_AUTHOR", "M. Lee")
    return course


def run(course: Course, *arguments: str):
    return CliRunner().invoke(main, ["groups", str(course.out), *arguments])


def first(course: Course) -> str:
    return json.loads(run(course, "--json").stdout)["groups"][0]["id"]


def points(course: Course) -> dict[str, str]:
    return {student: row["value"] for student, row in course.rows().items()}


def test_the_command_shows_groups_and_their_members(graded):
    shown = run(graded)

    assert shown.exit_code == 0
    assert ".1  ada, bob, eve: double(7): expected 14, found 12" in shown.output
    assert ".2  ivo: double(7): expected 14, found -3" in shown.output
    told = json.loads(run(graded, "--json").stdout)
    assert told["schema"] == 1
    [group] = [group for group in told["groups"] if group["criteria"] == ["value"]]
    assert group["students"] == ["ada", "bob", "eve", "ivo"]
    assert [part["students"] for part in group["parts"]] == [["ada", "bob", "eve"], ["ivo"]]
    assert (group["points"], group["points_possible"], group["marks"]) == ([0.0], [4.0], 4)


def test_a_preview_shows_the_change_and_records_nothing(graded):
    before = graded.files("gradebook.sqlite", "grade.json")

    shown = run(
        graded,
        first(graded),
        "--points",
        "50%",
        "--reason",
        "a slip",
        "--except",
        "eve",
        "--except",
        "ivo",
        "--preview",
    )

    assert "ada: value 0 → 2\nbob: value 0 → 2\n" in shown.output
    assert "eve" not in shown.output
    assert graded.files("gradebook.sqlite", "grade.json") == before


def test_one_decision_marks_all_members_but_the_exceptions(graded):
    done = run(graded, f"{first(graded)}.1", "--points", "1.5", "--reason", "a slip", "--except", "eve", "--no-pdf")

    assert done.exit_code == 0, done.output
    assert points(graded) == {"ada": "1.5", "bob": "1.5", "eve": "0.0", "ivo": "0.0", "zoe": "4.0"}
    with Gradebook(graded.out / "gradebook.sqlite") as book:
        told = [(entry.subject, entry.actor) for entry in book.audit() if entry.action == "marked by hand"]
    assert told == [("ada", "M. Lee"), ("bob", "M. Lee")]
    left = json.loads(run(graded, "--json").stdout)["groups"]
    assert [group["students"] for group in left if group["criteria"] == ["value"]] == [["eve", "ivo"]]


def test_a_group_that_has_changed_meanwhile_is_not_decided(graded):
    old = first(graded)
    run(graded, old, "--points", "1", "--reason", "a slip", "--except", "eve", "--no-pdf")

    again = run(graded, old, "--points", "4", "--reason", "again", "--no-pdf")

    assert again.exit_code == 2
    assert "has another id" in again.output
    assert points(graded)["ada"] == "1.0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--points", "9", "--reason", "x"), "ada: value: expected 0 to 4 points"),
        (("--points", "120%", "--reason", "x"), "points: expected 0% to 100%, found 120%"),
        (("--points", "1"), "reason: expected 1 to 2000 characters, found 0"),
        (("--points", "1", "--reason", "x", "--except", "zoe"), "--except: expected one of the 4 members, found 'zoe'"),
        (("--points", "1", "--reason", "x", "--json"), "--json: expected --preview with it"),
        (("--reason", "x"), "--reason: expected --points with it"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_and_nothing_is_recorded(graded, options, message):
    before = graded.files("gradebook.sqlite")

    refused = run(graded, first(graded), *options)

    assert refused.exit_code == 2
    assert message in refused.output
    assert graded.files("gradebook.sqlite") == before


def test_points_without_a_group_are_refused(graded):
    assert "expected the id of a GROUP" in run(graded, "--points", "1").output


def test_a_share_is_rounded_for_each_criterion_as_the_grader_rounds():
    stored = {one.folder: one for one in [student("ada", net=failed("a"))]}
    [group] = groups_of(list(stored.values()))

    [change] = preview(decision(group, "33%", "a third", stored), stored)

    assert (change.before, change.after) == (Decimal(0), Decimal("1.32"))


def test_a_part_that_is_not_there_is_refused(graded):
    assert "expected a part from 1 to 2 after the dot, found '3'" in run(graded, f"{first(graded)}.3").output


def test_exceptions_alone_are_no_decision():
    stored = {one.folder: one for one in [student("ada", net=failed("a"))]}
    [group] = groups_of(list(stored.values()))

    with pytest.raises(GroupError, match="found exceptions alone"):
        decision(group, "1", "why", stored, ["ada"])


def test_an_id_that_begins_several_or_none_is_refused():
    groups = groups_of([student(name, net=failed(f"raised {name}Error")) for name in ("ada", "bob")])

    with pytest.raises(GroupError, match="one of the 2 groups there are now, found none called 'zz'"):
        named(groups, "zz")
    with pytest.raises(MarkingError):
        named(groups, "")
    assert named(groups, groups[1].id[:7]) is groups[1]
