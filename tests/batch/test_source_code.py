"""The code that a finding speaks of, found by its words; these may quote whatever a student's program raised."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.batch.source_code import Excerpt, excerpts
from grader.finding import Finding
from grader.grading import mark
from grader.rubric import Criterion
from grader.submission import SubmittedFile

CODE = b"x = 1\n\n\ndef double(x):\n    return x - 9\n"


def found(message):
    rule = Criterion("value", "It doubles", Decimal(4), lambda _: Finding.passed("right"))
    return excerpts(mark(rule, Finding.failed(message, "hint")), [SubmittedFile("hw.py", CODE)])


def test_a_line_that_is_named_is_shown_with_its_neighbours():
    assert found("hw.py, line 5: wrong") == [Excerpt("hw.py", 2, ("", "", "def double(x):", "    return x - 9"), 5)]


def test_a_function_that_is_named_is_shown():
    assert found("double(7) is wrong") == [Excerpt("hw.py", 4, ("def double(x):", "    return x - 9"))]


@pytest.mark.parametrize("words", ["hw.py, line " + "9" * 6000, "a" * 200_000 + ".p line 1"], ids=["digits", "letters"])
def test_words_of_any_length_find_nothing_and_stop_nothing(words):
    assert found(words) == []


def test_of_several_versions_the_one_that_was_graded_is_shown():
    rule = Criterion("value", "It doubles", Decimal(4), lambda _: Finding.passed("right"))
    wrong = mark(rule, Finding.failed("double(7) is wrong", "hint"))
    files = [SubmittedFile("hw_final.py", CODE), SubmittedFile("hw_v2.py", CODE.replace(b"x - 9", b"2 * x"))]
    assert [one.where for one in excerpts(wrong, files, "hw_final.py")] == ["hw_final.py"]
