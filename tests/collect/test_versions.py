"""Several versions of the work: what is graded is said, and what nothing tells apart is a person's."""

from __future__ import annotations

import pytest
from core_examples import assignment, submission
from tiny_course import FakeSandbox, doubling

from grader.collect.main_file import choose

SMALL = assignment()
WORK = "def get_stats(): pass\nclass Net: pass\ndef train(): pass\n"


def chosen(files):
    return choose(submission(files), SMALL.entry)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("src/main.py", "old/main.py"),
        ("hw_v2.py", "hw_v1.py"),
        ("hw_v10.py", "hw_v9.py"),
        ("final.py", "draft.py"),
        ("hw_final2.py", "hw_final.py"),
        ("hw.py", "backup/hw.py"),
        ("hw.py", "hw_old.py"),
        ("Version 3/hw.py", "archive/hw.py"),
        ("hw_final.py", "hw.py"),
        ("hw_v2/net.py", "hw_v1/net.py"),
    ],
)
def test_names_tell_the_newest_and_the_others_are_named(new, old):
    found = chosen({new: WORK + "x = 1", old: WORK + "x = 2"})

    assert (found.entry, found.others, found.rivals) == (new, (old,), ())


@pytest.mark.parametrize(
    ("first", "second"), [("hw (1).py", "hw.py"), ("a/hw.py", "b/hw.py"), ("net1.py", "net_new.py")]
)
def test_what_nothing_tells_apart_is_a_tie(first, second):
    found = chosen({first: WORK + "x = 1", second: WORK + "x = 2"})

    assert {found.entry, *found.rivals} == {first, second}


@pytest.mark.parametrize(
    "files",
    [
        {"hw.py": WORK, "copy/hw.py": WORK + "\n"},
        {"hw.py": "from net import *\n" + WORK, "net.py": WORK + "x = 1"},
        {"hw.py": WORK, "other.py": "def get_stats(): pass\n" + "".join(f"def f{n}(): pass\n" for n in range(9))},
    ],
    ids=["the same twice", "a helper", "another thing"],
)
def test_copies_helpers_and_other_programs_are_no_versions(files):
    assert chosen(files).rivals == ()


def test_a_script_and_its_notebook_are_one_version(course):
    found = chosen({"hw.py": WORK + "x = 1", "hw.ipynb": '{"cells": "' + WORK.replace("\n", "\\n") + '"}'})

    assert (found.entry, found.rivals) == ("hw.py", ())


def graded(course, **files):
    folder = course.submissions / "ada"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return course.grade(FakeSandbox())


def test_the_note_says_what_was_graded(course):
    graded(course, hw_v1=doubling("3"), hw_v2=doubling("2 * x"))

    assert course.json("ada")["points"] == 6.0
    evidence = (course.out / "ada" / "evidence" / "evidence.json").read_text()
    assert "graded: hw_v2.py; what else looks like the work: hw_v1.py" in evidence


def test_a_tie_is_a_persons(course):
    outcome = graded(course, one=doubling("3"), two=doubling("2 * x"))

    assert outcome.needs_a_person
    assert "2 files look like the work, and nothing says which one counts: one.py, two.py" in course.message("ada")
