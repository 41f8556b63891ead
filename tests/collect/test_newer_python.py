"""Work that only a newer Python reads is a person's where it does not pass, and says which Python it needs."""

from __future__ import annotations

import sys

import pytest
from tiny_course import FakeSandbox, doubling

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads it by itself")
NEWER = "x = 1\ny = t'{x}'\n"


def graded(course, **files):
    folder = course.submissions / "ada"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    course.grade(FakeSandbox())
    return course.json("ada")["marks"]


@pytest.mark.parametrize("where", ["hw", "other"])
def test_what_fails_is_a_persons_and_what_passes_stays_passed(course, where):
    files = {"hw": doubling("3")} if where == "other" else {}
    value, sign = graded(course, **files, **{where: NEWER + doubling("3") * (where == "hw")})

    assert (value["outcome"], sign["outcome"]) == ("ungraded", "passed")
    assert value["message"].startswith(f"{where}.py, line 2: a t-string needs Python 3.14, and work is graded with")


def test_a_mistake_that_no_python_reads_costs_points(course):
    value, _ = graded(course, hw="x = = 1\n" + doubling("3"))

    assert value["outcome"] == "failed"


def test_what_an_older_form_is_found_for_costs_nothing(course):
    value, _ = graded(course, hw='d = {"a": 1}\nprint(f"{d["a"]}")\n' + doubling("3"))

    assert value["outcome"] == "failed"
