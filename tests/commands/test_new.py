"""`grader new` begins an assignment that can be loaded and graded with as it is."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.catalog import load_assignment
from grader.cli import main
from makedocs import console

PAGE = Path(__file__).parents[2] / "docs" / "start" / "instructor.md"


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """What is typed in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)
    return lambda *words: CliRunner().invoke(main, ["new", *words])


def written(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_its_files_are_those_of_the_first_ten_minutes(typed, tmp_path):
    result = typed("softmax")

    shown = {name: text for block in console.blocks(PAGE.read_text()) for name, text in block.files.items()}
    assert result.exit_code == 0
    assert written(tmp_path) == shown
    assert all(name in result.output.splitlines() for name in shown)


def test_it_is_an_assignment_by_the_name_that_is_given(typed, tmp_path):
    typed("homework_1")

    begun = load_assignment("homework_1", tmp_path / "reference")
    assert begun.title == "Homework 1"
    assert begun.hand_in[0].name == "homework_1.py"
    assert (tmp_path / "reference/homework_1/starter/homework_1.py").is_file()


def test_assignments_may_lie_elsewhere_and_settings_say_where(typed, tmp_path):
    typed("one", "--reference", "course/tasks")
    typed("two", "--reference", "course/tasks")

    assert written(tmp_path)["grader.toml"] == 'reference = "course/tasks"\n'
    assert (tmp_path / "course/submissions/two/expected.toml").is_file()


def test_settings_that_are_there_are_left_as_they_are_and_what_they_lack_is_said(typed, tmp_path):
    (tmp_path / "grader.toml").write_text('timezone = "Europe/Zurich"\n')

    result = typed("one")

    assert result.exit_code == 0
    assert 'hint: grader.toml: reference = "reference"' in result.output
    assert (tmp_path / "grader.toml").read_text() == 'timezone = "Europe/Zurich"\n'


def test_settings_say_where_it_is_written(typed, tmp_path):
    (tmp_path / "tasks").mkdir()
    (tmp_path / "grader.toml").write_text('reference = "tasks"\n')

    result = typed("one")

    assert (tmp_path / "tasks/one/assignment.py").is_file()
    assert "hint" not in result.output


@pytest.mark.parametrize(("name", "hint"), [("HW 1", "hint: hw_1"), ("1", "hint: homework_1"), ("../up", "hint: up")])
def test_a_name_that_is_none_is_refused_with_one_that_is(typed, tmp_path, name, hint):
    result = typed(name)

    assert result.exit_code == 2
    assert hint in result.output
    assert written(tmp_path) == {}


@pytest.mark.parametrize("there", ["reference/one/notes.txt", "submissions/one/ada/one.py"])
def test_nothing_that_is_there_is_written_over(typed, tmp_path, there):
    (tmp_path / there).parent.mkdir(parents=True)
    (tmp_path / there).write_text("mine")

    result = typed("one")

    assert result.exit_code == 2
    assert "expected nothing there yet" in result.output
    assert written(tmp_path) == {there: "mine"}


def test_a_disk_that_fills_up_leaves_nothing_and_what_was_there(typed, tmp_path, monkeypatch):
    (tmp_path / "reference").mkdir()
    written_so_far, write_text = [], Path.write_text

    def fills_up(path, *args, **named):
        if len(written_so_far) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        written_so_far.append(path)
        return write_text(path, *args, **named)

    monkeypatch.setattr(Path, "write_text", fills_up)
    done = typed("homework_1")

    assert done.exit_code == 2
    assert "expected a file to write, found: No space left on device" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["reference"]
    assert list((tmp_path / "reference").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_said(typed, tmp_path):
    (tmp_path / "reference").write_text("a file")

    result = typed("one")

    assert result.exit_code == 2
    assert "Traceback" not in result.output
