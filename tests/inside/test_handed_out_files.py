"""What the course handed out is found under any path that a student keeps it at; what was handed in goes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.inside.standins.elsewhere import Elsewhere


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    for path in (
        "work/own.csv",
        "work/runs/best.pt",
        "work/both.csv",
        "support/both.csv",
        "support/backbone.pt",
        "support/data/train.csv",
        "support/data/tools.py",
        "support/one/names.txt",
        "support/two/names.txt",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    monkeypatch.chdir(tmp_path / "work")
    return Elsewhere(tmp_path / "elsewhere", tmp_path / "work", tmp_path / "support")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("backbone.pt", "support/backbone.pt"),
        ("./weights/backbone.pt", "support/backbone.pt"),
        ("data/train.csv", "support/data/train.csv"),
        ("data", "support/data"),
        ("/content/drive/MyDrive/backbone.pt", "support/backbone.pt"),
        ("C:\\hw\\backbone.pt", "support/backbone.pt"),
        ("/content/drive/MyDrive/hw/data/train.csv", "support/data/train.csv"),
        ("C:\\hw\\data\\train.csv", "support/data/train.csv"),
        ("../data/train.csv", "support/data/train.csv"),
        ("hw/data/train.csv", "support/data/train.csv"),
        ("~/hw/data", "support/data"),
        ("/content/hw/runs/best.pt", "work/runs/best.pt"),
        (Path("backbone.pt"), "support/backbone.pt"),
        ("/content/own.csv", "work/own.csv"),
        ("two/names.txt", "support/two/names.txt"),
        ("/content/both.csv", "work/both.csv"),
    ],
)
def test_a_file_of_the_courses_is_read_wherever_the_student_has_it(elsewhere, tmp_path, asked, found):
    assert elsewhere.to_read(asked) == str(tmp_path / found)


@pytest.mark.parametrize("path", ["own.csv", "both.csv", "nothing.csv", "train.csv", "..", "", 3])
def test_a_file_that_is_there_and_one_that_nobody_has_are_left_as_they_are(elsewhere, path):
    assert elsewhere.to_read(path) == path


@pytest.mark.parametrize("asked", ["train.csv", "input/train.csv", "/kaggle/input/train.csv", "C:\\hw\\train.csv"])
def test_one_that_lies_in_another_folder_is_opened_by_its_name(elsewhere, tmp_path, asked):
    assert elsewhere.to_open(asked) == str(tmp_path / "support/data/train.csv")


@pytest.mark.parametrize("asked", ["names.txt", "tools.py", "nothing.csv", "own.csv", "both.csv"])
def test_one_of_several_of_that_name_is_not_chosen_for_a_student(elsewhere, asked):
    assert elsewhere.to_open(asked) == asked
