"""Work that could not be read is a person's, and what lies beside the work does not matter."""

from __future__ import annotations

import pytest
from tiny_course import FakeSandbox, doubling

from grader.intake import IntakeOptions
from grader.intake.caps import Caps

CAPS = Caps(file=2000, weights=2000)
RIGHT = doubling().encode()


def graded(course, files):
    folder = course.submissions / "ada"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    course.grade(FakeSandbox(), reading=IntakeOptions(caps=CAPS))
    return course.json("ada")


@pytest.mark.parametrize("name", ["model.pt", "old_notebook.py", "dataset.zip"])
def test_a_file_that_was_not_read_beside_the_work_costs_nothing(course, name):
    found = graded(course, {"hw.py": RIGHT, name: b"x" * 3000})

    assert (found["status"], found["points"]) == ("graded", 6.0)


@pytest.mark.parametrize("name", ["hw.py", "hw.zip"])
def test_work_that_was_not_read_is_a_persons(course, name):
    found = graded(course, {"readme.txt": b"see hw", name: b"x" * 3000})

    assert found["points"] is None
    assert "the work asked for was not found, and not all could be read: hw." in found["marks"][0]["message"]


def test_data_alone_is_no_work_however_large(course):
    found = graded(course, {"readme.txt": b"see hw", "model.pt": b"x" * 3000})

    assert (found["status"], found["points"]) == ("graded", 0.0)
