"""What was worked out of evidence is taken again where it is kept for this evidence, and worked out where it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from core_examples import evidence

from grader import Evidence, MissingEvidence, kept
from grader.readings.kept import MOST_CHARS, WorkedOut, keeping

ASKED: list[tuple[object, ...]] = []
NAME = f"{__name__}:spread"


@pytest.fixture(autouse=True)
def _nothing_asked():
    ASKED.clear()


@kept
def spread(evidence: Evidence, *what: object) -> tuple[str, Any]:
    ASKED.append(what)
    if what == ("missing",):
        raise MissingEvidence("nothing came back")
    return evidence.submission.student, np.arange(3) if what == ("array",) else len(ASKED)


@kept
def large(_: Evidence, chars: int) -> str:
    return chars * "x"


def worked_out(*asked: Any, known: Mapping[str, Any] | None = None) -> tuple[list[Any], WorkedOut]:
    """What is found for each question of new evidence, and what of it is new."""
    one = evidence()
    with keeping(one, known or {}) as found:
        return [spread(one, what) for what in asked], json.loads(json.dumps(found.new))


def test_what_is_kept_is_not_worked_out_again():
    first, new = worked_out("a", (1, None), "a")
    again, nothing = worked_out("a", (1, None), known=new)

    assert ASKED == [("a",), ((1, None),)]
    assert again == first[:2] == [("ada", 1), ("ada", 2)]
    assert (list(new), nothing) == ([NAME], {})


def test_another_question_is_worked_out():
    _, new = worked_out(1)
    worked_out(1, 1.0, True, known=new)

    assert ASKED == [(1,), (1.0,), (True,)]


def test_evidence_that_is_not_assessed_now_is_worked_out_and_not_kept():
    _, new = worked_out("a")
    with keeping(evidence(), new) as found:
        assert spread(evidence(), "a") == ("ada", 2)

    assert found.new == {}
    assert spread(evidence(), "a") == ("ada", 3)  # outside of any assessing


@pytest.mark.parametrize("told", [{"tuple": 1}, {"array": ["<f8", [9], ""]}, {}])
def test_what_cannot_be_read_is_worked_out_again(told):
    (found,), new = worked_out("a", known={NAME: {'{"tuple": [{"tuple": ["a"]}, {"dict": {}}]}': told}})

    assert (found, list(new)) == (("ada", 1), [NAME])


def test_an_array_is_the_same_whether_it_was_kept_or_not():
    (first,), new = worked_out("array")
    (again,), _ = worked_out("array", known=new)

    assert first[1].tolist() == again[1].tolist() == [0, 1, 2]
    assert (first[1].dtype, first[1].flags.writeable) == (again[1].dtype, again[1].flags.writeable) == (np.int64, False)


def test_what_is_missing_is_not_kept():
    one = evidence()
    with keeping(one, {}) as found, pytest.raises(MissingEvidence, match="nothing came back"):
        spread(one, "missing")

    assert found.new == {}


def test_no_more_is_kept_than_there_is_room_for():
    one = evidence()
    with keeping(one, {}) as found:
        assert len(large(one, MOST_CHARS)) == MOST_CHARS
        large(one, 3)

    assert [len(kept) for kept in found.new.values()] == [1]


def test_a_result_that_is_not_plain_is_a_mistake_of_the_check():
    @kept
    def wrong(_: Evidence) -> set[int]:
        return {1}

    with pytest.raises(TypeError, match="found set"):
        wrong(evidence())
