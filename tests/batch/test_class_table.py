"""The table of a class on terminals of any width."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

from grader.batch.class_table import SortError, print_table, sorted_grades
from grader.finding import Finding
from grader.grading import ExecutionSummary, Grade, Mark

CRITERIA = [f"criterion_number_{number}" for number in range(9)]


def grade(student: str, *points: str | None, late: str = "0") -> Grade:
    found = [
        Mark(
            criterion,
            criterion,
            Finding.ungraded("open") if worth is None else Finding.failed("x"),
            None if worth is None else Decimal(worth),
            Decimal(20),
            manual=False,
        )
        for criterion, worth in zip(CRITERIA, points, strict=False)
    ]
    run = ExecutionSummary("exited", "", 1, 1, 1, "cpu")
    return Grade("hw", student, 1, None, tuple(found), Decimal(late), run)


CLASS = [grade("ada", *["12.34"] * 9), grade("x" * 50, *["1.50"] * 8, None, late="2.5")]


def shown(width: int, grades: list[Grade]) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_table(console, grades, [one.student for one in grades])
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160, 300])
def test_no_number_is_cut_on_a_terminal_of_any_width(width):
    lines = shown(width, CLASS)

    assert not [line for line in lines if "…" in line or (len(line.rstrip()) > width and "criterion" not in line)]
    assert sum(line.count("12.34") for line in lines) == 9
    assert any("111.06" in line for line in lines)
    assert any("−2.5" in line for line in lines)


def test_a_wide_terminal_has_the_criteria_over_their_columns():
    assert all(criterion in shown(300, CLASS)[0] for criterion in CRITERIA)


def test_on_a_narrow_one_they_are_numbered_and_named_below():
    lines = shown(112, CLASS)

    assert lines[0].split() == ["student", "points", "late", *"123456789"]
    assert "1 criterion_number_0" in " ".join(lines[-3:])


def test_without_lateness_there_is_no_column_for_it():
    assert "late" not in shown(300, CLASS[:1])[0]


@pytest.mark.parametrize(
    ("key", "students"),
    [
        (None, ["b", "a", "c"]),
        ("name", ["a", "b", "c"]),
        ("-name", ["c", "b", "a"]),
        ("points", ["c", "a", "b"]),
        ("-points", ["b", "a", "c"]),
        ("criterion_number_1", ["c", "a", "b"]),
        ("-late", ["a", "c", "b"]),
    ],
)
def test_the_table_is_sorted_as_asked(key, students):
    grades = [grade("b", "9", "9"), grade("a", "9", "2", late="1"), grade("c", "3", None)]

    found = [name for _, name in sorted_grades(grades, [one.student for one in grades], key)]

    assert found == students


def test_what_cannot_be_sorted_by_comes_with_what_can():
    with pytest.raises(SortError, match=r"expected one of name, points, .* found -ponts\nhint: did you mean points"):
        sorted_grades(CLASS, ["a", "b"], "-ponts")
