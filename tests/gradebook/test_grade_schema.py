"""`grade.json` is as its schema says."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from grades import MARKS, UNGRADED, grade, mark

from grader.gradebook.grade_json import grade_dict, grade_json
from grader.gradebook.grade_schema import checked, json_schema
from grader.grading import HandMark


def given_by_hand():
    by_hand = HandMark("shape", Decimal(2), "M. Lee", "as in class", "2026-11-01T10:00:00Z", None, "")
    return replace(MARKS[0], points=Decimal(2), by_hand=by_hand)


@pytest.mark.parametrize(
    "found",
    [
        grade(),
        replace(grade(late_penalty="0.75"), late_reason="one day"),
        grade(marks=(*MARKS, mark("style", UNGRADED, manual=True))),
        grade(marks=(given_by_hand(), replace(MARKS[1], extra=True))),
        replace(grade(), submitted_at=None),
    ],
    ids=["graded", "late", "ungraded", "by hand and extra", "no time"],
)
def test_every_kind_of_grade_fits(found):
    assert checked(json.loads(grade_json(found))) == grade_dict(found)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"points": "8"},
        {"points": -1.0},
        {"status": "done"},
        {"marks": [{"criterion": "shape"}]},
        {"surprise": 1},
        {"student": None},
    ],
    ids=str,
)
def test_what_is_no_grade_is_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        checked(grade_dict(grade()) | change)


def test_the_published_schema_names_every_field_and_allows_later_ones():
    found = json_schema()

    assert set(found["required"]) | {"points_so_far", "late_reason"} == set(found["properties"])
    assert "additionalProperties" not in json.dumps(found)
    assert found["$defs"]["MarkJson"]["properties"]["outcome"]["enum"] == ["passed", "partial", "failed", "ungraded"]
