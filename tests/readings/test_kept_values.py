"""Plain values come back as they were, bit by bit; whatever else is refused."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from enum import StrEnum

import numpy as np
import pytest

from grader.readings.kept_values import read, written


class Word(StrEnum):
    ONE = "one"


VALUES = [
    None,
    True,
    10**40,
    -0.0,
    math.inf,
    0.1 + 0.2,
    "héllo \udc80\0",
    (),
    (1, (2.0, "three"), [None, ()]),
    {"array": [1], "": {"tuple": (1,)}},
    {"dict": {"a": 1}},
]
ARRAYS = [
    np.array([[1.5, math.nan], [-0.0, math.inf]]),
    np.arange(6, dtype=np.int8).reshape(2, 3).T,
    np.zeros((0, 4), np.float32),
    np.array(7),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.arange(3, dtype=">i4"),
]
OTHERS = [np.float64(1), object(), {1: 2}, {1, 2}, b"bytes", Word.ONE, np.array([object()]), OrderedDict(), [1j]]
DAMAGED = [
    {"tuple": 1},
    {"array": ["<f8", [2], "AAAA"]},
    {"array": ["O", [0], ""]},
    {"array": ["no type", [0], ""]},
    {"array": ["<f8", ["2"], ""]},
    {"array": ["<f8", [1], "not base64 "]},
    {"array": ["<f8", [-1, -1], "AAAAAAAAAAA="]},
    {"other": []},
    {"tuple": [{"dict": []}]},
]


def again(value: object) -> object:
    return read(json.loads(json.dumps(written(value))))


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value):
    assert repr(again(value)) == repr(value)  # so that -0.0 and a tuple are told from 0.0 and a list


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_an_array_comes_back_with_every_bit_and_cannot_be_written_to(array):
    found = again(array)

    assert isinstance(found, np.ndarray)
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert not found.flags.writeable


@pytest.mark.parametrize("value", OTHERS, ids=range(len(OTHERS)))
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(TypeError, match="expected None, numbers, texts"):
        written((1, [value]))


@pytest.mark.parametrize("told", DAMAGED, ids=repr)
def test_what_was_not_written_here_is_no_value(told):
    with pytest.raises(ValueError, match="expected"):
        read(told)
