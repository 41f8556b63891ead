"""Fields of a frame: what they should be, or missing."""

from __future__ import annotations

import numpy as np
import pytest

from grader.readings.fields import (
    count,
    doubles,
    is_shape,
    mapping,
    number,
    own_arrays,
    sequence,
    shapes,
    text,
    texts,
    vector,
)
from grader.sandbox.protocol import Frame

ODD = (None, True, 3, -1, 2.5, float("nan"), float("inf"), 10**400, "x", [], [[]], {}, {"a": 1}, b"x")


@pytest.mark.parametrize("value", ODD, ids=lambda value: str(value)[:20])
def test_whatever_comes_is_read_as_what_it_is_or_as_missing(value):
    assert text(value) == (value if isinstance(value, str) else None)
    assert sequence(value) == (value if isinstance(value, list) else [])
    assert mapping(value) == (value if isinstance(value, dict) else None)
    assert count(value) == (value if type(value) is int and value >= 0 else 0)
    wanted = {3: 3.0, -1: -1.0, 2.5: 2.5}.get(value) if type(value) in (int, float) else None
    assert number(value) == wanted
    assert shapes(value) == (() if value == [] and isinstance(value, list) else None)


def test_texts_and_lists_are_cut():
    assert text("abc", 2) == "ab"
    assert texts(["abc", 3, "d", "e"], 3, 2) == ("ab", "d")
    assert sequence([1, 2, 3], 2) == [1, 2]


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([["w", [2, 3]], ["b", []]], (("w", (2, 3)), ("b", ()))),
        ([["w", [2, 3]], ["b"]], None),
        ([["w", [2, -3]]], None),
        ([["w", [True]]], None),
        ([["w", [10**6, 10**6]]], None),
        ([["w", [1] * 9]], None),
    ],
)
def test_shapes_are_read_whole_or_not_at_all(listed, found):
    assert shapes(listed) == found


def test_more_shapes_than_are_wanted_are_none():
    assert shapes([["a", [3]], ["b", [3]]], most=1) is None
    assert shapes([["a", [3]], ["b", [3]]], numbers=5) is None
    assert is_shape([2, 3])


def test_arrays_are_numbers_of_the_wanted_form():
    frame = Frame({}, {"in.a": np.ones(2), "in.b": np.array(["x"]), "out.c": np.ones(1)})

    assert list(own_arrays(frame, "in.")) == ["a"]
    assert own_arrays(frame, "in.", {"z"}) == {}
    found = vector(np.ones(2, np.float32))
    assert found is not None
    assert found.dtype == np.float64
    assert vector(np.ones((2, 2))) is None
    assert vector(np.ones(3), most=2) is None
    assert doubles(np.array(["x"])) is None
