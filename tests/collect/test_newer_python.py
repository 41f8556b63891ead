"""Work that only a newer Python reads is a person's where it does not pass, and says which Python it needs."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from core_examples import evidence
from tiny_course import FakeSandbox, doubling

from grader.assess import assess
from grader.inside import newer_files
from grader.sandbox.protocol import Execution, Frame

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads it by itself")
NEWER = "x = 1\ny = t'{x}'\n"


class LooksThrough(FakeSandbox):
    """Says first which file needs a newer Python, as a box does."""

    def run(self, command):
        execution = super().run(command)
        with tempfile.TemporaryDirectory() as folder:
            for name, content in command.files.items():
                Path(folder, name).write_bytes(content)
            why = newer_files.needed_by(command.request["entry"], Path(folder))
        first = (Frame({"kind": "newer_python", "why": why}),) if why else ()
        return Execution(execution.status, execution.reason, (*first, *execution.frames), usage=execution.usage)


def graded(course, **files):
    folder = course.submissions / "ada"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    course.grade(LooksThrough())
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


def test_the_graded_file_is_named_before_others(tmp_path):
    (tmp_path / "a.py").write_text(NEWER)
    (tmp_path / "hw.py").write_text(f"\n{NEWER}")

    assert newer_files.needed_by("hw.py", tmp_path).startswith("hw.py, line 3: a t-string needs")


def test_a_notebook_that_is_none_needs_no_newer_python(tmp_path):
    (tmp_path / "hw.ipynb").write_text("t'{x}'")

    assert newer_files.needed_by("hw.ipynb", tmp_path) is None


def failing(course, found):
    return assess(course.assignment, found)["value"].outcome.value


def test_only_what_a_box_says_first_excuses_what_fails(course):
    told, answer = Frame({"kind": "newer_python", "why": "a t-string"}), Frame({"kind": "loaded", "errors": []})

    assert failing(course, evidence(told, answer)) == "ungraded"
    assert failing(course, evidence(answer, answer, told)) == "failed"


def test_evidence_of_before_that_says_it_itself_is_believed(course):
    found = evidence(Frame({"kind": "loaded", "errors": []}))

    assert failing(course, found) == "failed"
    assert failing(course, replace(found, environment={"newer Python": "a t-string"})) == "ungraded"
