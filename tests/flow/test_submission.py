"""A submission's digest: the same for the same work, another for any other."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from core_examples import NOON, submission

from grader.submission import SubmittedFile

WORK = submission({"a.py": "x = 1", "sub/b.py": "y = 2"})


def test_a_file_knows_its_size_and_digest():
    file = SubmittedFile("a.py", b"x = 1\n")

    assert (file.size, file.sha256) == (6, hashlib.sha256(b"x = 1\n").hexdigest())


def test_the_order_of_files_does_not_matter():
    assert replace(WORK, files=WORK.files[::-1]).sha256 == WORK.sha256


def test_when_and_how_often_it_was_handed_in_does_not_matter():
    again = replace(WORK, submitted_at=NOON.replace(year=2027), attempt=2, notes=("late",), folder="ada-2")

    assert again.sha256 == WORK.sha256


@pytest.mark.parametrize(
    "other",
    [
        submission({"a.py": "x = 2", "sub/b.py": "y = 2"}),
        submission({"a.py": "x = 1", "sub/c.py": "y = 2"}),
        submission({"a.py": "y = 2", "sub/b.py": "x = 1"}),
        submission({"a.py": "x = 1"}),
        replace(WORK, student="bob"),
        replace(WORK, problem="a bomb"),
        replace(WORK, ambiguous="two archives"),
    ],
    ids=["content", "path", "swapped", "fewer", "student", "problem", "ambiguous"],
)
def test_other_work_has_another_digest(other):
    assert other.sha256 != WORK.sha256


def test_names_that_no_encoding_holds_have_a_digest():
    odd = submission({"caf\udce9.py": "x"}, student="ren\udce9")

    assert len(odd.sha256) == 64
