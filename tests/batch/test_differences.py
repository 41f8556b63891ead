"""Whose points change between two gradings, and why."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from tiny_course import MANUAL, Course, FakeSandbox, write_course

from grader.batch.regrade import copied, regrade_one
from grader.batch.selection import BatchError
from grader.cli import main


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("graded"))
    course.submit(ada="2 * x", bob="-3", cyd="5")
    course.grade()
    return course


@pytest.fixture
def graded(graded_once, tmp_path):
    return graded_once.copied(tmp_path)


def regraded(course):
    """A copy of the results, regraded."""
    old = course.out
    course.out = copied(old, old.with_name("new"))
    course.rewrite(regrade_one)
    return old, course.out


def diff(old, new):
    done = CliRunner().invoke(main, ["diff", str(old), str(new)])
    assert done.stderr == ""
    return done.exit_code, done.stdout.splitlines()


def test_nothing_changes_if_nothing_has_changed(graded):
    assert diff(*regraded(graded)) == (0, ["no change: 3 students"])


def test_a_changed_rubric_shows_whose_points_change_by_criterion(graded):
    write_course(graded.reference, points="3", more=(MANUAL,))

    status, lines = diff(*regraded(graded))

    assert status == 1
    assert lines[:3] == [
        "ada: 6 → (5) of 6 points (−1)",
        "  value: 4 of 4 → 3 of 3, passed: double(7) is 14",
        "  style: new criterion, open of 1",
    ]
    assert lines[-1] == "3 of 3 students change: 0 gain points, 1 lose points, 2 otherwise"


def test_a_changed_check_shows_what_it_says_now_and_said_before(graded):
    path = graded.reference / "tiny" / "assignment.py"
    path.write_text(path.read_text().replace("if found == 14:", "if found in (14, 5):"))

    status, lines = diff(*regraded(graded))

    assert (status, lines) == (
        1,
        [
            "cyd: 2 → 6 of 6 points (+4)",
            "  value: 0 of 4 → 4 of 4, passed: double(7) is 14 (before: double(7): expected 14, found 5)",
            "1 of 3 students change: 1 gain points, 0 lose points",
        ],
    )


def test_other_work_and_other_students_are_told(graded):
    old = graded.out
    graded.out = copied(old, old.with_name("new"))
    graded.submit(bob="2 * x", dan="1")
    graded.grade()

    _, lines = diff(old, graded.out)

    assert lines[:2] == ["bob: 0.67 → 6 of 6 points (+5.33)", "  another submission is graded"]
    assert "dan: only in the new results" in lines
    assert diff(graded.out, old)[1][-2] == "dan: only in the old results"


def test_a_copy_leaves_the_old_results_alone_and_needs_a_new_folder(graded):
    before = graded.files("grade.json", "grades.csv", "gradebook.sqlite")
    write_course(graded.reference, points="3")

    old, new = regraded(graded)

    graded.out = old
    assert graded.files("grade.json", "grades.csv", "gradebook.sqlite") == before
    with pytest.raises(BatchError, match="expected a new folder"):
        copied(old, new)


def test_regrade_with_out_is_one_command(graded):
    new = graded.out.with_name("new")

    command = ["regrade", str(graded.out), "--out", str(new), "--no-pdf", "--reference", str(graded.reference)]
    assert CliRunner().invoke(main, command).exit_code == 0

    assert diff(graded.out, new)[0] == 0


def test_a_folder_without_results_is_wrong_usage(graded, tmp_path):
    done = CliRunner().invoke(main, ["diff", str(graded.out), str(tmp_path)])

    assert done.exit_code == 2
    assert "hint: `grader grade` makes one" in done.stderr


def change(course, name, old, new):
    path = course.reference / "tiny" / name
    path.write_text(path.read_text().replace(old, new))


def assessed(monkeypatch):
    """The students whose evidence was assessed again."""
    from grader.batch import run

    found = []
    real = run.grade_evidence
    monkeypatch.setattr(
        run, "grade_evidence", lambda a, e, *g, **t: found.append(e.submission.student) or real(a, e, *g, **t)
    )
    return found


def test_grade_again_assesses_saved_evidence_when_only_the_rubric_or_a_check_has_changed(graded, monkeypatch):
    again = assessed(monkeypatch)
    write_course(graded.reference, points="3")
    sandbox = FakeSandbox()

    outcome = graded.grade(sandbox)

    assert sandbox.commands == []
    assert sorted(again) == ["ada", "bob", "cyd"]
    assert outcome.kept == 0
    assert graded.json("ada")["points"] == 5
    assert graded.grade(sandbox).kept == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [('Argument("x", 7)', 'Argument("x", 8)'), ("cpu_s=20", "cpu_s=21"), ('r"def', 'r"(?i)def')],
    ids=["probes", "limits", "entry"],
)
def test_grade_again_runs_again_when_something_else_is_asked(graded, old, new):
    change(graded, "assignment.py", old, new)
    sandbox = FakeSandbox()

    graded.grade(sandbox)

    assert len(sandbox.commands) == 3
    again = FakeSandbox()
    assert graded.grade(again).kept == 3


def test_a_support_module_is_asked_with(graded):
    (graded.reference / "tiny" / "provided").mkdir()
    (graded.reference / "tiny" / "provided" / "prologue.py").write_text("N = 1\n")
    sandbox = FakeSandbox()

    graded.grade(sandbox)

    assert len(sandbox.commands) == 3


def test_other_versions_are_other_evidence(graded, monkeypatch):
    monkeypatch.setattr("grader.batch.basis.versions", lambda: {"torch": "0.0"})
    sandbox = FakeSandbox()

    graded.grade(sandbox)

    assert len(sandbox.commands) == 3


def test_regrade_assesses_only_where_something_has_changed(graded, monkeypatch):
    again = assessed(monkeypatch)
    graded.rewrite(regrade_one)
    assert again == []

    (graded.out / "bob" / "grade.json").unlink()
    graded.rewrite(regrade_one)
    assert again == ["bob"]

    change(graded, "assignment.py", "above 0", "more than 0")
    graded.rewrite(regrade_one)
    assert again == ["bob", "ada", "bob", "cyd"]


def test_regrade_says_that_something_else_would_be_asked_now(graded):
    change(graded, "assignment.py", "cpu_s=20", "cpu_s=21")

    [remark] = graded.rewrite(regrade_one).remarks

    assert "regrade goes by what it answered then" in remark


def test_a_regrade_that_changes_no_grade_adds_no_revision(graded):
    change(graded, "assignment.py", "Tiny course", "Small course")

    graded.rewrite(regrade_one)

    assert {stored.revision for stored in graded.stored().values()} == {1}
    assert graded.grade(FakeSandbox()).kept == 3
