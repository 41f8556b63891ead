from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "report"))
import exhibit_examples as shown

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
