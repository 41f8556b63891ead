"""Results know which folder their assignment was loaded from: later commands need not be told again."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from grader.catalog import reference_root
from grader.cli import main
from grader.commands.options import root_of


def run(*arguments: object):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_regrade_and_mark_find_the_assignment_of_another_course(course, monkeypatch):
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)
    course.submit(ada="14")
    course.grade()

    regraded = run("regrade", course.out, "--no-pdf")
    marked = run("mark", course.out, "ada", "value", "3", "--reason", "late", "--as", "Ada", "--no-pdf")

    assert regraded.exit_code == 0, regraded.output
    assert marked.exit_code == 0, marked.output
    assert course.json("ada")["points"] == 5


def test_what_is_given_goes_first_and_what_is_gone_is_not_looked_for(course, monkeypatch):
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)
    course.submit(ada="14")
    course.grade()

    assert root_of(course.out, None) == course.reference
    assert root_of(course.out, Path("other")) == Path("other")
    monkeypatch.setenv("GRADER_REFERENCE", "named")
    assert root_of(course.out, None) == Path("named")
    monkeypatch.delenv("GRADER_REFERENCE")
    course.reference.rename(course.reference.with_name("moved"))
    assert root_of(course.out, None) == reference_root()
