"""A second mark is drawn, given blind, kept for good, and changes no grade."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_course import MANUAL, Course, write_course

from grader.cli import main
from grader.gradebook.store import Gradebook
from grader.moderation import draw


@pytest.fixture
def marked(class_of_six, tmp_path, monkeypatch) -> Course:
    """Lee marked the style of four, Sato of two."""
    shutil.copytree(class_of_six, tmp_path / "class")
    course = Course.__new__(Course)
    course.reference, course.out = tmp_path / "class" / "reference", tmp_path / "class" / "results"
    monkeypatch.setenv("GRADER_REFERENCE", str(course.reference))
    return course


@pytest.fixture(scope="module")
def class_of_six(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("marked")
    course = Course(root)
    write_course(course.reference, more=(MANUAL,))
    course.submit(ada="14", bob="12", eve="13", ivo="10", ula="11", zoe="14")
    course.grade()
    sheet, place = root / "sheet.csv", ("--reference", str(course.reference))
    for marker, students in (("Lee", ("ada", "bob", "eve", "ivo")), ("Sato", ("ula", "zoe"))):
        text = CliRunner().invoke(main, ["marks", "export", str(course.out), *place]).stdout
        for student in students:
            text = text.replace(f"{student},style,Reads well,1,,", f"{student},style,Reads well,1,0.5,secret words")
        sheet.write_text(text)
        done = CliRunner().invoke(
            main, ["marks", "import", str(course.out), str(sheet), "--as", marker, *place, "--no-pdf"]
        )
        assert done.exit_code == 0, done.output
    return root


def moderate(course: Course, command: str, *arguments: str):
    return CliRunner().invoke(main, ["moderate", command, str(course.out), *arguments])


def drawn(course: Course) -> list[str]:
    with Gradebook(course.out / "gradebook.sqlite") as book:
        from grader.gradebook.moderation import drawn_marks

        return [one.student for one in drawn_marks(book).values()]


def test_the_same_seed_draws_the_same_marks_so_many_of_each_marker(marked, tmp_path):
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes((marked.out / "gradebook.sqlite").read_bytes())

    told = moderate(marked, "draw", "--each", "2", "--seed", "7", "--as", "Lead")

    assert "drawn: 4 marks" in told.output
    assert "  Lee: 2\n  Sato: 2\n" in told.output
    with Gradebook(copy) as book:
        assert [one.student for one in draw(book, author="Lead", seed=7, each=2)] == drawn(marked)


def test_drawing_again_adds_only_what_is_missing(marked):
    moderate(marked, "draw", "--each", "1", "--as", "Lead")
    first = drawn(marked)
    moderate(marked, "draw", "--each", "1", "--as", "Lead")
    assert drawn(marked) == first

    moderate(marked, "draw", "--each", "3", "--as", "Lead")
    assert (len(drawn(marked)), drawn(marked)[:2]) == (5, first)


def test_what_waits_shows_nothing_of_the_first_mark_and_not_ones_own(marked):
    moderate(marked, "draw", "--each", "9", "--as", "Lead")

    told = moderate(marked, "list", "--as", "Sato").stdout

    assert [line.split(",")[0] for line in told.splitlines()[1:]] == ["ada", "bob", "eve", "ivo"]
    assert "0.5" not in told
    assert "secret" not in told
    assert "Lee" not in told


def test_a_second_mark_is_kept_and_no_grade_changes(marked, tmp_path):
    moderate(marked, "draw", "--each", "9", "--as", "Lead")
    before = marked.files("grade.json", "grades.csv")
    sheet = tmp_path / "second.csv"
    sheet.write_text("student;criterion;points;reason\nada;style;0,75;fine\nbob;style;;\neve;style;1;\n")

    told = moderate(marked, "import", str(sheet), "--as", "Sato")

    assert "recorded: 2 second marks" in told.output, told.output
    assert marked.files("grade.json", "grades.csv") == before
    found = json.loads(moderate(marked, "agreement", "--json").stdout)
    assert found["double_marks"] == 2
    assert [(one["marker"], one["value"]) for one in found["markers"]] == [("Lee", -0.375), ("Sato", 0.375)]


def test_agreement_is_told_in_words(marked):
    moderate(marked, "draw", "--each", "9", "--as", "Lead")
    moderate(marked, "mark", "ada", "style", "1", "--as", "Sato")

    told = moderate(marked, "agreement").output

    assert "1 double mark; Krippendorff's α (interval): -" in told or "α (interval): 0" in told
    assert "Lee: -50.0 % of the points against the others, 1 marks" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ada", "style", "1", "--as", "Lee"), "expected another marker than the first one, found Lee again"),
        (("ula", "style", "3", "--as", "Lee"), "style: expected 0 to 1 points"),
        (("ada", "value", "1", "--as", "Sato"), "expected a mark that was drawn"),
        (("nobody", "style", "1", "--as", "Sato"), "student: expected one of the 6 graded"),
    ],
)
def test_a_second_mark_that_cannot_be_is_refused(marked, arguments, message):
    moderate(marked, "draw", "--each", "9", "--as", "Lead")

    told = moderate(marked, "mark", *arguments)

    assert told.exit_code == 2
    assert message in told.output


def test_nobody_gives_a_second_mark_twice(marked):
    moderate(marked, "draw", "--each", "9", "--as", "Lead")
    moderate(marked, "mark", "ada", "style", "1", "--as", "Sato")

    again = moderate(marked, "mark", "ada", "style", "0", "--as", "Sato")

    assert "found one already" in again.output
    assert "ada" not in moderate(marked, "list", "--as", "Sato").stdout


def test_an_example_is_practised_on_before_the_agreed_mark_is_seen(marked):
    assert moderate(marked, "example", "ada", "style", "--as", "Lead").exit_code == 0
    assert "left  ada style" in moderate(marked, "practise", "--as", "Roy").output
    assert "secret" not in moderate(marked, "practise", "--as", "Roy").output

    told = moderate(marked, "practise", "ada", "style", "0.9", "--as", "Roy").output

    assert "look again: you gave 0.9, agreed on was 0.5\nwhy: secret words" in told
    assert "close enough" in moderate(marked, "practise", "ada", "style", "0.55", "--as", "Roy").output
    assert "done  ada style" in moderate(marked, "practise", "--as", "Roy").output


def test_only_what_a_person_marked_can_be_an_example(marked):
    told = moderate(marked, "example", "ada", "value", "--as", "Lead")

    assert told.exit_code == 2
    assert "expected a mark that a person gave" in told.output
