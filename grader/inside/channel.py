"""Frames on a socket or pipes: a JSON object and named arrays, in one wire format, inside the sandbox and outside.

A frame is `<QI` (length of the blob, length of the header), the header as UTF-8 JSON, and the blob: the
arrays as safetensors, or nothing when there are none. Only the trusted direction is read with
`receive_frame`; what comes out of the box is read by `grader.sandbox.frames`, which believes nothing.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

Array = npt.NDArray[Any]

PREFIX = struct.Struct("<QI")
MAX_EMPTY = 100_000  # rows, columns and so on, multiplied, of an array that holds nothing
DTYPES = ("bool", "uint8", "int32", "int64", "float32", "float64")
_SENT_AS_THEY_ARE = frozenset(map(np.dtype, DTYPES))


class Sender(Protocol):
    """What frames are sent on: a socket, or a pipe in `pipes.py`."""

    def sendall(self, data: bytes, /) -> object:
        """Send all of `data`."""
        ...


class Receiver(Protocol):
    """What frames are received from."""

    def recv_into(self, buffer: memoryview, nbytes: int, /) -> int:
        """Receive up to `nbytes` into `buffer`; 0 when the other end has hung up."""
        ...


class Stream(Sender, Receiver, Protocol):
    """What messages are both sent to and received from."""


def send_frame(stream: Sender, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Send one frame. Raises `TypeError` for a dtype outside `DTYPES` or a header JSON cannot hold."""
    text = json.dumps(dict(header)).encode()
    blob = _pack(arrays) if arrays else b""
    stream.sendall(PREFIX.pack(len(blob), len(text)) + text)
    stream.sendall(blob)


def receive_frame(stream: Receiver) -> tuple[dict[str, Any], dict[str, Array]]:
    """Wait for one frame from a sender we trust. Raises `EOFError` when the other end has hung up."""
    blob_bytes, header_bytes = PREFIX.unpack(_receive(stream, PREFIX.size))
    header = json.loads(_receive(stream, header_bytes))
    blob = _receive(stream, blob_bytes)
    return header, load(bytes(blob)) if blob else {}


def _pack(arrays: Mapping[str, Array]) -> bytes:
    packed = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in packed.items():
        if array.dtype.name not in DTYPES:
            raise TypeError(f"array {name!r} has dtype {array.dtype.name}, expected one of {', '.join(DTYPES)}")
    blob: bytes = save(packed)
    return blob


def _receive(stream: Receiver, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        received = stream.recv_into(view, min(len(view), 1 << 20))
        if not received:
            raise EOFError("the other end of the channel has hung up")
        view = view[received:]
    return data


def sendable(array: Array) -> Array:
    """The same numbers in one of the channel's dtypes.

    Raises TypeError for complex numbers, texts and objects, and for an empty array of endless rows.
    """
    if not array.size and math.prod(max(1, length) for length in array.shape) > MAX_EMPTY:
        raise TypeError(f"expected numbers, found an empty array of {' × '.join(map(str, array.shape))}")
    if array.dtype in _SENT_AS_THEY_ARE:
        return array
    name, kind, size = array.dtype.name, array.dtype.kind, array.dtype.itemsize
    if name in DTYPES:
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    if kind not in "iuf":
        raise TypeError(f"expected real numbers, found {name}")
    wider = {"i": np.int32, "u": np.int64 if size < 8 else np.float64, "f": np.float32 if size < 4 else np.float64}
    return array.astype(wider[kind])
