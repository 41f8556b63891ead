"""The order of work: what runs longest comes first."""

from __future__ import annotations

from datetime import UTC, datetime

from grader.batch.order import longest_first
from grader.submission import Submission, SubmittedFile


def work(student: str, **sizes: int) -> Submission:
    files = tuple(SubmittedFile(name.replace("_", "."), b"x" * size) for name, size in sizes.items())
    return Submission(student, student, files, datetime(2026, 11, 21, tzinfo=UTC))


def order(*submissions: Submission, **earlier: float) -> list[str]:
    return [one.student for one in longest_first(submissions, earlier)]


def test_work_that_ran_longest_before_comes_first():
    assert order(work("ada", hw_py=10), work("bob", hw_py=10), work("cyd", hw_py=10), ada=3, bob=9, cyd=5) == [
        "bob",
        "cyd",
        "ada",
    ]


def test_work_that_never_ran_is_guessed_by_the_size_of_its_programs():
    assert order(work("ada", hw_py=10), work("bob", hw_ipynb=30), work("cyd", hw_py=20)) == ["bob", "cyd", "ada"]


def test_a_large_report_says_nothing_of_how_long_code_runs():
    assert order(work("ada", hw_py=10, report_pdf=9999), work("bob", hw_py=20)) == ["bob", "ada"]


def test_new_work_is_guessed_at_the_pace_of_what_has_run():
    known, short, long = work("known", hw_py=100), work("short", hw_py=50), work("long", hw_py=300)

    assert order(short, known, long, known=8.0, gone=99.0) == ["long", "known", "short"]


def test_work_of_one_length_stays_in_order():
    assert order(*(work(name, hw_py=1) for name in "abc")) == ["a", "b", "c"]
