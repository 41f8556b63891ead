"""What is seen on a terminal and in a log, and the lines that close a batch."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.console import Console

from grader.batch.progress import Lines, LiveLines, Printable, points_of, showing
from grader.batch.summary import closing_table, reasons
from grader.finding import Finding
from grader.grading import ExecutionSummary, Grade, Mark
from grader.words import plain

HOSTILE = "\x1b[31m[bold]x\n"
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


def mark(criterion: str, finding: Finding, points: str | None, *, manual: bool = False) -> Mark:
    return Mark(criterion, criterion.title(), finding, None if points is None else Decimal(points), Decimal(4), manual)


def grade(*marks: Mark, student: str = "ada") -> Grade:
    return Grade("hw", student, 1, WHEN, marks, Decimal(0), ExecutionSummary("exited", "", 1.0, 1.0, 1, "cpu"))


PASSED = mark("value", Finding.passed("right"), "4.00")
FAILED = mark("sign", Finding.failed("wrong"), "0.00")
OPEN = mark("shape", Finding.ungraded("the sandbox failed: no box"), None)
BY_HAND = mark("style", Finding.ungraded("a person grades this"), None, manual=True)


def console(width: int = 100, *, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=terminal, highlight=False, soft_wrap=True)


def text(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


@pytest.mark.parametrize(
    ("points", "words"), [("8.00", "8"), ("10.00", "10"), ("0.67", "0.67"), ("7.50", "7.5"), ("0", "0")]
)
def test_points_have_no_zeros_at_the_end(points, words):
    assert plain(Decimal(points)) == words


def test_a_grade_in_words():
    assert points_of(grade(PASSED, FAILED)) == "4 of 8"
    assert points_of(grade(PASSED, OPEN, BY_HAND)) == "4 so far, 2 of 3 criteria need a person"


def test_a_log_has_one_line_per_finished_submission():
    shown = console()
    with showing(shown) as progress:
        assert isinstance(progress, Lines)
        progress.begin(3, kept=1)
        progress.started("ada")
        progress.stage("ada", "running")
        progress.finished("ada", grade(PASSED))
        progress.finished(HOSTILE, grade(OPEN))
        progress.stage("", "writing reports")

    assert text(shown).splitlines() == [
        "3 submissions, 1 of them graded already",
        "2/3 ada: 4 of 4",
        "3/3 \\x1b[31m[bold]x\\n: 0 so far, 1 of 1 criteria need a person",
        "writing reports",
    ]


def test_a_terminal_shows_what_runs_and_how_much_is_done():
    shown = console(terminal=True)
    lines = LiveLines(shown)
    lines.begin(3, kept=1)
    lines.started("ada")
    lines.started(HOSTILE)
    lines.stage("ada", "assessing")

    shown.print(lines)

    first, second, bar = text(shown).splitlines()
    assert "\\x1b[31m[bold]x\\n" in first
    assert "starting" in first
    assert "ada" in second
    assert "assessing" in second
    assert " s" in second
    assert bar.startswith("grading")
    assert bar.endswith("1 of 3")


def test_a_terminal_shows_one_line_when_nothing_runs():
    shown = console(terminal=True)
    lines = LiveLines(shown)

    shown.print(lines)
    assert text(shown) == "starting\n"
    lines.begin(1, kept=0)
    lines.started("ada")
    lines.finished("ada", grade(PASSED))
    lines.stage("", "writing reports")
    shown.print(lines)

    assert [line.strip()[:15] for line in text(shown).splitlines()] == ["starting", "ada: 4 of 4", "writing reports"]
    assert "1 of 1" in text(shown)


@pytest.mark.parametrize("width", [30, 60, 200])
def test_the_moving_part_fits_the_terminal(width):
    shown = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    lines = LiveLines(shown)
    lines.begin(200, kept=0)
    lines.started("a-very-long-student-name-" * 4)

    with shown.capture() as capture:
        shown.print(lines)

    assert all(len(line) <= width for line in capture.get().splitlines())


def test_the_live_display_leaves_only_what_is_finished():
    shown = console(terminal=True)

    with showing(shown) as progress:
        progress.begin(1, kept=0)
        progress.started("ada")
        progress.finished("ada", grade(PASSED))

    assert "  ada: 4 of 4\n" in text(shown)
    assert text(shown).endswith("\x1b[2K")
    assert "\x1b[?25h" in text(shown)  # the cursor is back


def table_text(grades, folders, width: int = 200) -> list[str]:
    shown = Console(file=io.StringIO(), width=width)
    shown.print(closing_table(grades, folders))
    return [line.rstrip() for line in text(shown).splitlines()]


def test_the_table_has_everybodys_points_by_criterion():
    assert table_text([grade(PASSED, FAILED), grade(PASSED, OPEN)], ["ada", "bob"]) == [
        "student  points  value  sign  shape",
        "ada           4    ✓ 4   ✗ 0",
        "bob         (4)    ✓ 4          ? –",
    ]


def test_the_table_of_nobody_is_empty():
    assert table_text([], []) == ["student  points"]
    assert reasons([], []) == []


def test_the_table_shows_hostile_names_as_text():
    [_, row] = table_text([grade(PASSED)], [HOSTILE])
    assert row.startswith("\\x1b[31m[bold]x\\n")


def test_every_student_who_is_ungraded_has_a_line_with_the_reason():
    other = replace(OPEN, criterion="graph", finding=Finding.ungraded("another reason"))
    found = reasons(
        [grade(PASSED), grade(PASSED, OPEN), grade(OPEN), grade(OPEN, PASSED, other), grade(PASSED, BY_HAND)],
        ["ada", "bob", "cyd", "dan", "eve"],
    )

    assert found == [
        "bob: the sandbox failed: no box (shape)",
        "cyd: the sandbox failed: no box (all criteria)",
        "dan: the sandbox failed: no box (shape; 1 more)",
        "style: a person grades this, 1 to do",
    ]


def test_reasons_are_one_printable_capped_line_each():
    [line] = reasons([grade(mark("value", Finding.ungraded(HOSTILE + "y" * 5000), None))], ["n" * 500])

    assert line.isprintable()
    assert len(line) < 250
    assert "\\x1b[31m" in line


def test_a_log_line_cannot_steer_the_terminal():
    try:
        raise ValueError(HOSTILE + "z" * 5000)
    except ValueError as error:
        record = logging.LogRecord(
            "grader", logging.ERROR, "", 1, "%s", (HOSTILE,), (ValueError, error, error.__traceback__)
        )

    shown = Printable("%(message)s").format(record)

    assert shown.startswith("\\x1b[31m[bold]x")
    assert "Traceback" in shown
    assert all(line.isprintable() and len(line) <= 400 for line in shown.splitlines())
