"""Numbers on their way out: whatever student code computed, as arrays that a frame can hold."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .channel import sendable
from .raised import class_name
from .served import Array
from .torch_there import is_tensor, torch

if TYPE_CHECKING:
    from torch import Tensor


_NUMBERS = (bool, int, float, Fraction, Decimal)


def plain(tensor: Tensor) -> Tensor:
    """The tensor that `torch.func` transforms wrap, detached."""
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor.detach()


def numbers(tensor: Tensor) -> Array:
    """A copy as an array of one of the channel's dtypes. Raises TypeError when its elements are not real numbers."""
    tensor = plain(tensor).cpu()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.float()
    return sendable(tensor.resolve_conj().resolve_neg().contiguous().numpy().copy())


def as_array(value: Any) -> tuple[Array | None, str]:
    """A returned value as numbers, and what kind of value it was."""
    kind = class_name(type(value))
    try:
        return _array(value), kind
    except BaseException:  # noqa: BLE001 - reading a student's object runs the student's code
        return None, kind


def shape_of(value: Any) -> str:
    """`30 × 100` for a tensor or an array; nothing for other values."""
    try:
        shape = torch.Tensor.size(value) if is_tensor(value) else np.ndarray.shape.__get__(value)
        return " × ".join(str(int(length)) for length in tuple(shape)[:8])
    except BaseException:  # noqa: BLE001 - as above
        return ""


def _array(value: Any) -> Array:
    # By `type`, not `isinstance`: that one believes what an object says of its class.
    kind = type(value)
    if is_tensor(value):
        return numbers(value)
    if issubclass(kind, list):
        return _stacked(list(list.__iter__(value)))
    if issubclass(kind, tuple):
        return _stacked(list(tuple.__iter__(value)))
    if is_sparse(kind):
        value = value.toarray()
    array = np.asarray(value)
    return sendable(_of_numbers(array) if array.dtype == object else array)


def is_sparse(kind: type) -> bool:
    """Whether it is a class of SciPy's sparse matrices."""
    return str(kind.__module__).startswith("scipy.sparse")


def _of_numbers(array: Array) -> Array:
    """Python's numbers in an array of objects, as of pandas; fractions too. Raises TypeError for other objects."""
    if odd := [class_name(type(part)) for part in array.flat if not issubclass(type(part), (*_NUMBERS, np.number))]:
        raise TypeError(f"expected numbers, found a {odd[0]}")
    return array.astype(np.float64)


def _stacked(parts: list[Any]) -> Array:
    if all(type(part) in (bool, int, float) for part in parts):
        return np.asarray(parts, dtype=np.float64)
    return np.asarray([_array(part) for part in parts], dtype=np.float64)


def digest(array: Array) -> str:
    """Names an array by its content, so that it is sent once."""
    kind = f"{array.dtype} {array.shape}"
    return hashlib.sha256(np.ascontiguousarray(array).tobytes() + kind.encode()).hexdigest()[:16]


def first_tensor(result: Any) -> Tensor:
    """The result of a forward pass, or the first of several. Raises TypeError if it is no tensor."""
    if isinstance(result, tuple | list) and result:
        result = result[0]
    if not is_tensor(result):
        raise TypeError(f"expected a tensor, found a {type(result).__name__}")
    return result


def named_numbers(prefix: str, named: Iterable[tuple[str, Tensor]], most: float = math.inf) -> dict[str, Array]:
    """Tensors by name, a prefix before each, as arrays; those of more than `most` numbers are left out."""
    return {f"{prefix}{name}": numbers(value) for name, value in named if value.numel() <= most}
