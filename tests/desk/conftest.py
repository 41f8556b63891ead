"""A tiny course with a criterion that people mark, graded once, copied for each test; and a desk on the copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from desks import TA, Client, open_desk
from tiny_course import MANUAL, Course, write_course

from grader.desk.desk import Desk

STUDENTS = {"ada": "14", "bob": "12", "cem": "12", "dan": "14"}


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("course"))
    write_course(course.reference, more=(MANUAL,))
    course.submit(**STUDENTS)
    course.grade()
    return course


@pytest.fixture
def course(graded_once: Course, tmp_path: Path) -> Course:
    copy = Course.__new__(Course)
    copy.reference, copy.submissions, copy.out = graded_once.reference, graded_once.submissions, tmp_path / "results"
    shutil.copytree(graded_once.out, copy.out)
    return copy


@pytest.fixture
def desk(course: Course) -> Iterator[Desk]:
    with open_desk(course) as desk:
        yield desk


@pytest.fixture
def ta(desk: Desk) -> Client:
    return Client(desk, TA)


@pytest.fixture
def another(desk: Desk) -> Client:
    return Client(desk, "B. Ode")


__all__ = ["partial"]
