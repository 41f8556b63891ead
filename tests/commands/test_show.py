"""`grader show`, `--json`, `--quiet` and `grader.toml`: what a TA has on the terminal once a class is graded."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tiny_course import FakeSandbox, doubling, write_course

from grader.cli import main


@pytest.fixture
def graded(course, monkeypatch):
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)
    course.submit(ada="2 * x", bernadette="-3", bob="5")
    course.grade()
    return course


def run(*words: object, code: int = 0):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result


def test_a_student_sees_why_each_point_was_lost_with_the_code(graded):
    lines = run("show", graded.out, "bern").stdout.splitlines()

    assert lines[0] == "bernadette: 0.67 of 6"
    assert "✗ value  0 of 4  Doubles" in lines
    assert "    double(7): expected 14, found -3" in lines
    assert "    hint: return 2 * x" in lines
    assert "    hw.py:" in lines
    assert "      1 │ def double(x):" in lines
    assert "      2 │     return -3" in lines


def test_work_that_has_changed_since_is_not_shown_as_what_was_graded(graded):
    (graded.submissions / "bob" / "hw.py").write_text(doubling("6"))

    assert "│" not in run("show", graded.out, "bob").stdout


def test_without_a_student_there_is_the_table_sorted_as_asked(graded):
    lines = run("show", graded.out, "--sort", "-points").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["student", "ada", "bob", "bernadette"]


def test_results_are_found_where_one_is(graded, monkeypatch):
    monkeypatch.chdir(graded.out.parent)
    assert run("show", "ada").stdout.startswith("ada: 6 of 6")
    monkeypatch.chdir(graded.out)
    assert run("show", "ada").stdout.startswith("ada: 6 of 6")


def test_an_unknown_student_and_an_unknown_folder_are_wrong_usage(graded, tmp_path, monkeypatch):
    assert "did you mean ada?" in run("show", graded.out, "adda", code=2).stderr
    monkeypatch.chdir(graded.submissions)
    assert "expected a folder of results with gradebook.sqlite" in run("show", "ada", code=2).stderr


def test_a_folder_that_is_none_of_several_results_is_told(tmp_path, monkeypatch):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gradebook.sqlite").touch()
    monkeypatch.chdir(tmp_path)

    said = run("show", "third", "ada", code=2).stderr

    assert "found several, and third is none of them: first, second" in said


def test_programs_get_the_grades_as_json(graded):
    found = json.loads(run("show", graded.out, "ada", "bob", "--json").stdout)

    assert found["schema"] == 1
    assert [(one["student"], one["points"]) for one in found["grades"]] == [("ada", 6.0), ("bob", 2.0)]
    assert found["grades"][1]["marks"][0]["message"] == "double(7): expected 14, found 5"


def test_every_command_that_lists_something_has_json(graded):
    listed = json.loads(run("list", "--reference", graded.reference, "--json").stdout)
    read = json.loads(run("intake", graded.submissions, "--json").stdout)
    differ = json.loads(run("diff", graded.out, graded.out, "--json").stdout)

    assert [one["id"] for one in listed["assignments"][0]["criteria"]] == ["value", "sign"]
    assert [one["student"] for one in read["submissions"]] == ["ada", "bernadette", "bob"]
    assert differ == {"schema": 1, "students": 3, "changes": [], "causes": []}


@pytest.fixture
def here(course, monkeypatch):
    """A TA's folder with a `grader.toml`."""
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)
    monkeypatch.setattr(
        "grader.sandbox.probe.strong_wall", lambda: None
    )  # first: it keeps the sandbox it is imported with
    monkeypatch.setattr("grader.sandbox.bubblewrap.BubblewrapSandbox", lambda warm: FakeSandbox())
    folder = course.reference.parent
    monkeypatch.chdir(folder)
    (folder / "roster.csv").write_text("name\nada\ncyd\n")
    (folder / "grader.toml").write_text(
        'assignment = "tiny"\nroster = "roster.csv"\nreference = "reference"\nresults = "results"\n'
    )
    course.submit(ada="2 * x", bob="5")
    return course


def test_what_holds_for_a_course_stands_in_its_folder(here):
    result = run("grade", "submissions", "--no-pdf")

    assert "settings: grader.toml (assignment, roster, reference, results)" in result.stderr
    assert "note: nothing handed in: cyd" in result.stderr
    assert list(here.rows()) == ["ada", "bob"]


def test_an_option_goes_before_the_file(here, tmp_path):
    write_course(tmp_path / "other", points="8")

    run("grade", "submissions", "--no-pdf", "--reference", "other", "--out", "elsewhere")

    assert json.loads((tmp_path / "elsewhere" / "ada" / "grade.json").read_text())["points"] == 10.0


def test_a_batch_as_json_and_a_quiet_one_say_nothing_else(here):
    found = json.loads(run("grade", "submissions", "--no-pdf", "--json").stdout)
    quiet = run("grade", "submissions", "--no-pdf", "--quiet")

    assert [one["student"] for one in found["grades"]] == ["ada", "bob"]
    assert quiet.stdout == ""


def test_a_mistake_in_the_file_is_wrong_usage_that_says_what_is_meant(here, tmp_path):
    (tmp_path / "grader.toml").write_text('asignment = "tiny"\nroster = 3\n')

    result = run("grade", "submissions", code=2)

    assert "unknown key 'asignment'" in result.stderr
    assert "did you mean assignment?" in result.stderr
    assert "roster: expected a text, found int" in result.stderr


def test_a_students_kit_sets_nothing_for_a_ta(here, tmp_path):
    (tmp_path / "grader.toml").write_text('assignment = "tiny"\nfolder = "."\n')

    assert "Missing option '--assignment'" in run("grade", "submissions", "--out", "results", code=2).stderr


def test_a_file_for_grading_is_no_kit(here, tmp_path):
    assert "found one for grading" in run("check", tmp_path, code=2).stderr
