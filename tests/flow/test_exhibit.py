from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "report"))
import exhibit_examples as shown

from grader.exhibit import (
    MAX_POINTS,
    MAX_ROWS,
    Band,
    BarFigure,
    Bars,
    Listing,
    MatrixPanel,
    Panel,
    Passage,
    Quote,
    Remark,
    Series,
    Table,
)
from grader.finding import Finding
from grader.gradebook.results import StudentFolder
from grader.grading import ExecutionSummary, Grade, Mark


def grade(exhibits=()) -> Grade:
    mark = Mark("c", "C", Finding.passed("", exhibits=exhibits), Decimal(1), Decimal(1), manual=False)
    run = ExecutionSummary("exited", "", 1.0, 1.0, 1, "cpu")
    return Grade("hw", "ada", 1, datetime(2026, 11, 1, tzinfo=UTC), (mark,), Decimal(0), run)


@pytest.mark.parametrize("exhibit", shown.every(), ids=lambda exhibit: exhibit.key)
def test_every_kind_comes_back_from_its_file_as_it_was(tmp_path, exhibit):
    folder = StudentFolder(tmp_path)
    folder.save_exhibits(grade((exhibit,)))
    (back,) = folder.with_exhibits(grade()).marks[0].finding.exhibits
    assert type(back) is type(exhibit)
    assert repr(back) == repr(exhibit)


def test_a_file_without_the_newer_fields_is_read(tmp_path):
    folder = StudentFolder(tmp_path)
    old = {"key": "t", "title": "T", "caption": "C", "columns": ["a"], "rows": [["b"]], "kind": "table"}
    folder.exhibits.write_text(json.dumps({"c": [old]}))
    (back,) = folder.with_exhibits(grade()).marks[0].finding.exhibits
    assert (back.rows, back.marked_rows) == ((("b",),), ())


ENDLESS = tuple(float(number) for number in range(300_000))


def test_a_curve_keeps_as_many_points_as_can_be_seen_and_its_ends():
    series = Series("endless", ENDLESS, ENDLESS)

    assert len(series.x) == len(series.y) == MAX_POINTS
    assert (series.x[0], series.x[-1]) == (0.0, 299_999.0)
    assert series.x == series.y


def test_a_table_says_how_many_rows_it_leaves_out():
    table = Table("key", "Title", "Caption.", ("A",), tuple((str(row),) for row in range(10_000)))

    assert len(table.rows) == MAX_ROWS
    assert table.caption == "Caption. 9,500 more rows are left out."
    assert replace(table).caption == table.caption


@pytest.mark.parametrize(
    "exhibit",
    [
        Band("endless", ENDLESS, ENDLESS, ENDLESS),
        Panel("", (Series("a", (0.0,), (0.0,)),) * 10_000),
        MatrixPanel("", ((1.0,) * 3000,) * 3000),
        BarFigure("key", "", "", "", "", ("name",) * 100_000, (Bars("", ENDLESS),) * 1000),
        Listing("key", "", "", "a.py", "x = 1\n" * 100_000, 1, (Remark(90_000, ""),)),
        Listing("key", "", "", "a.py", "x" * 10**7),
        Quote("key", "", "", "a.pdf", (Passage("long " * 10**6),) * 10_000),
        Table("key", "", "", ("A",) * 1000, (("x" * 10**6,) * 1000,) * 2),
    ],
    ids=lambda exhibit: type(exhibit).__name__,
)
def test_no_exhibit_holds_more_than_a_page_can_show(exhibit):
    assert len(repr(exhibit)) < 1_000_000
