from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import torch
from torch import Tensor

from grader.inside.arrays import as_array, digest, numbers
from grader.inside.channel import DTYPES, sendable


@pytest.mark.parametrize(
    "dtype",
    [
        torch.bool,
        torch.uint8,
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
        torch.uint16,
        torch.uint32,
        torch.float8_e4m3fn,
    ],
    ids=str,
)
def test_tensors_of_every_real_dtype_can_be_sent(dtype: torch.dtype):
    found, kind = as_array(torch.tensor([0, 1]).to(dtype))

    assert found is not None
    assert found.dtype.name in DTYPES
    assert (found.tolist(), kind) == ([0, 1], "Tensor")


@pytest.mark.parametrize(
    "dtype", ["int8", "int16", "uint16", "uint32", "uint64", "float16", "longdouble", ">f4", ">i2"]
)
def test_arrays_of_every_real_dtype_can_be_sent(dtype: str):
    found = sendable(np.array([0, 1]).astype(dtype))

    assert found.dtype.name in DTYPES
    assert found.dtype.isnative
    assert found.tolist() == [0, 1]


def test_wide_integers_keep_their_size():
    assert sendable(np.array([2**32 - 1], np.uint32)).tolist() == [2**32 - 1]
    assert sendable(np.array([2**63], np.uint64)).tolist() == [2**63]


@pytest.mark.parametrize("value", [torch.zeros(2, dtype=torch.complex64), torch.zeros(2, device="meta")])
def test_tensors_without_real_numbers_have_none(value: Tensor):
    assert as_array(value) == (None, "Tensor")
    with pytest.raises((TypeError, NotImplementedError, RuntimeError)):
        numbers(value)


def test_a_tensor_is_copied_detached_and_resolved():
    weight = torch.arange(6.0).reshape(2, 3).requires_grad_()
    found = numbers(weight.T)

    assert found.flags.c_contiguous
    found[0, 0] = 9
    assert weight[0, 0] == 0
    assert numbers(torch.tensor([1j]).conj().imag).tolist() == [-1]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (3, 3),
        (True, True),
        (0.5, 0.5),
        (np.float16(0.5), 0.5),
        ([1, 2.5], [1, 2.5]),
        ((True, 2), [1, 2]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ([torch.tensor([1.0]), torch.tensor([2.0])], [[1], [2]]),
        ([np.float32(1), torch.tensor(2)], [1, 2]),
        ([], []),
        (range(3), [0, 1, 2]),
        (np.array([1, 2.5], dtype=object), [1, 2.5]),
        (np.array([np.float32(1), Fraction(1, 2)], dtype=object), [1, 0.5]),
        (Fraction(1, 4), 0.25),
        (Decimal("0.5"), 0.5),
        (torch.tensor([[0.0, 2.0], [0.0, 0.0]]).to_sparse(), [[0, 2], [0, 0]]),
        (scipy.sparse.csr_matrix([[0.0, 2.0], [0.0, 0.0]]), [[0, 2], [0, 0]]),
    ],
)
def test_numbers_of_any_container_are_an_array(value: object, wanted: object):
    found, _ = as_array(value)

    assert found is not None
    assert found.tolist() == wanted


@pytest.mark.parametrize(
    "value",
    [
        None,
        "3",
        ["3"],
        [None],
        [1, "2"],
        [1, [2, 3]],
        {"a": 1},
        {1},
        object(),
        1j,
        [1j],
        np.array(["x"]),
        np.array([1, "2"], object),
        np.array([1, None]),
        lambda: 1,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_numbers_is_none(value: object):
    assert as_array(value)[0] is None


def test_a_list_that_holds_itself_is_none():
    endless: list[Any] = []
    endless.append(endless)

    assert as_array(endless) == (None, "list")


class EndlessList(list[int]):
    def __iter__(self):
        while True:
            yield 1


class Exits:
    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise SystemExit(3)


class Liar:
    @property
    def __class__(self) -> type:
        raise KeyboardInterrupt


class Meta(type):
    @property
    def __name__(cls) -> str:
        raise RuntimeError("nameless")


class Nameless(metaclass=Meta):
    pass


class Refuses(Tensor):
    @classmethod
    def __torch_function__(cls, *args: object, **kwargs: object) -> object:
        raise ValueError("do not touch")


def test_objects_with_code_of_their_own_are_read_without_harm():
    found, kind = as_array(EndlessList([1, 2]))
    assert found is not None
    assert (found.tolist(), kind) == ([1, 2], "EndlessList")
    assert as_array(Exits()) == (None, "Exits")
    assert as_array(Liar()) == (None, "Liar")
    assert as_array(Nameless()) == (None, "Nameless")
    assert as_array(torch.zeros(2).as_subclass(Refuses)) == (None, "Refuses")


def test_a_digest_tells_content_shape_and_dtype_apart():
    arrays = [np.zeros(4, np.float32), np.zeros((2, 2), np.float32), np.zeros(4, np.int32), np.ones(4, np.float32)]

    assert len({digest(array) for array in arrays}) == 4
    assert digest(np.zeros((2, 2)).T) == digest(np.zeros((2, 2)))
