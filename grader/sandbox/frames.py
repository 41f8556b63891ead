"""Frames from inside, read without believing anything in them.

Lengths are checked before a byte is stored, headers must be JSON objects of finite depth, arrays are parsed
here and not by a library: six dtypes, exact offsets, own copies.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from grader.inside.channel import MAX_EMPTY, PREFIX
from grader.sandbox.protocol import Array, Frame

MAX_HEADER_BYTES = 1 << 20
# JSON takes up to twenty times its length in memory, an array of no elements a hundred bytes and more.
MAX_ALL_HEADERS_BYTES = 8 << 20  # tables of arrays included
MAX_ALL_CONTAINERS = 500_000  # lists and objects of all JSON; each costs a hundred times as much as a number
MAX_ARRAYS = 20_000
MAX_FRAMES = 10_000
MAX_DEPTH = 32
MAX_DIMENSIONS = 16
_DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "u1"}
_LENGTH = struct.Struct("<Q")


class BadFrame(ValueError):
    """What came out of the box is not a frame."""


class TooMuchResult(ValueError):
    """More came out of the box than the limit allows."""


class FrameReader:
    """Turns a stream of untrusted bytes into frames, at most `limit_bytes` of them in all."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._buffer = bytearray()
        self._received = 0
        self._headers = 0
        self._containers = 0
        self._frames = 0
        self._arrays = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes. Raises `BadFrame` or `TooMuchResult`."""
        self._buffer += data
        while (size := self._next_size()) is not None and len(self._buffer) >= size:
            data = bytes(self._buffer[:size])
            self._count_json(data)
            frame = _parse(data)
            self._count(frame, size)
            del self._buffer[:size]
            yield frame

    def _count(self, frame: Frame, size: int) -> None:
        self._received += size
        self._frames += 1
        self._arrays += len(frame.arrays)
        if self._arrays > MAX_ARRAYS:
            raise TooMuchResult(f"sent more than {MAX_ARRAYS} arrays")

    def _count_json(self, frame: bytes) -> None:
        """What there is to parse, before it is parsed: the header, and the table of the arrays."""
        blob, header = PREFIX.unpack_from(frame)
        arrays = PREFIX.size + header
        table = min(_LENGTH.unpack_from(frame, arrays)[0], MAX_HEADER_BYTES) if blob >= _LENGTH.size else 0
        texts = (frame[PREFIX.size : arrays], frame[arrays + _LENGTH.size : arrays + _LENGTH.size + table])
        self._headers += sum(map(len, texts))
        self._containers += sum(text.count(b"[") + text.count(b"{") for text in texts)
        if self._headers > MAX_ALL_HEADERS_BYTES:
            raise TooMuchResult(f"sent more than {MAX_ALL_HEADERS_BYTES / 2**20:g} MiB of JSON")
        if self._containers > MAX_ALL_CONTAINERS:
            raise TooMuchResult(f"sent more than {MAX_ALL_CONTAINERS} lists and objects")

    def _next_size(self) -> int | None:
        if len(self._buffer) < PREFIX.size:
            return None
        blob, header = PREFIX.unpack_from(self._buffer)
        if header > MAX_HEADER_BYTES:
            raise BadFrame(f"a result's header claims {header} bytes, at most {MAX_HEADER_BYTES} are allowed")
        size = PREFIX.size + int(header) + int(blob)
        if self._received + size > self._limit:
            raise TooMuchResult(f"sent more than {self._limit / 2**20:g} MiB of results")
        if self._headers + header > MAX_ALL_HEADERS_BYTES:
            raise TooMuchResult(f"sent more than {MAX_ALL_HEADERS_BYTES / 2**20:g} MiB of JSON")
        if self._frames >= MAX_FRAMES:
            raise TooMuchResult(f"sent more than {MAX_FRAMES} results")
        return size


def _parse(frame: bytes) -> Frame:
    try:
        return _parsed(frame)
    except BadFrame:
        raise
    except Exception as error:
        raise BadFrame("a result is malformed") from error


def _parsed(frame: bytes) -> Frame:
    blob_size, header_size = PREFIX.unpack_from(frame)
    end = PREFIX.size + header_size
    header = _json_object(frame[PREFIX.size : end], "header")
    return Frame(header, parse_arrays(frame[end:]) if blob_size else {})


def _json_object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"a result's {what} is not JSON") from error
    if not isinstance(value, dict):
        raise BadFrame(f"a result's {what} is a JSON {type(value).__name__}, expected an object")
    if not _shallow(value):
        raise BadFrame(f"a result's {what} is nested more than {MAX_DEPTH} deep")
    return _without_lone_surrogates(value) if b"\\u" in text else value


def _without_lone_surrogates(value: dict[str, Any]) -> dict[str, Any]:
    """JSON can spell halves of characters, which no file or page could hold: they are replaced."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return cast("dict[str, Any]", json.loads(text.decode("utf-16", "replace")))


def _shallow(value: object) -> bool:
    """Whether `value` nests at most `MAX_DEPTH` containers; goes level by level, so depth cannot hurt."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            return True
        level = [child for item in containers for child in _children(item)]
    return False


def _children(container: dict[str, Any] | list[Any]) -> list[Any]:
    return list(container.values()) if isinstance(container, dict) else container


def parse_arrays(blob: bytes) -> dict[str, Array]:
    """Arrays of a safetensors blob, as own writable copies. Raises `BadFrame` for any irregularity."""
    if len(blob) < _LENGTH.size:
        raise BadFrame("a result's arrays are cut off")
    (header_size,) = _LENGTH.unpack_from(blob)
    start = _LENGTH.size + header_size
    if header_size > MAX_HEADER_BYTES or start > len(blob):
        raise BadFrame(f"a result's array table claims {header_size} bytes")
    table = _json_object(blob[_LENGTH.size : start], "array table")
    table.pop("__metadata__", None)
    entries = {name: _entry(name, value) for name, value in table.items()}
    _check_offsets([(begin, end) for _, _, begin, end in entries.values()], len(blob) - start)
    data = memoryview(blob)[start:]
    return {name: _array(name, data[b:e], dtype, shape) for name, (dtype, shape, b, e) in entries.items()}


def _entry(name: str, value: object) -> tuple[str, tuple[int, ...], int, int]:
    dtype = value.get("dtype") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(dtype, str) or dtype not in _DTYPES:
        raise BadFrame(f"array {name[:80]!r} has an unknown dtype, expected one of {', '.join(_DTYPES)}")
    shape, offsets = value.get("shape"), value.get("data_offsets")
    if not _counts(shape) or not _counts(offsets) or len(cast("list[int]", offsets)) != 2:
        raise BadFrame(f"array {name[:80]!r} has a malformed shape or place")
    begin, end = cast("list[int]", offsets)
    return dtype, tuple(cast("list[int]", shape)), begin, end


def _counts(value: object) -> bool:
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 2**48 for item in value)


def _check_offsets(ranges: list[tuple[int, int]], size: int) -> None:
    position = 0
    for begin, end in sorted(ranges):
        if begin != position or end < begin:
            raise BadFrame("the arrays of a result overlap or leave gaps")
        position = end
    if position != size:
        raise BadFrame(f"the arrays of a result fill {position} bytes, {size} were sent")


def _array(name: str, data: memoryview, dtype: str, shape: tuple[int, ...]) -> Array:
    kind = np.dtype(_DTYPES[dtype])
    if len(shape) > MAX_DIMENSIONS or (not len(data) and math.prod(max(1, n) for n in shape) > MAX_EMPTY):
        raise BadFrame(f"array {name[:80]!r} holds nothing in endless rows: {str(shape)[:80]}")
    if math.prod(shape) * kind.itemsize != len(data):
        raise BadFrame(f"array {name[:80]!r} of shape {shape} and dtype {dtype} is given {len(data)} bytes")
    try:
        array = np.frombuffer(data, dtype=kind).reshape(shape).astype(kind.newbyteorder("="), copy=True)
    except ValueError as error:
        raise BadFrame(f"array {name[:80]!r} has an impossible shape {shape}") from error
    # A byte other than 0 and 1 would make a bool that is neither.
    return array != 0 if dtype == "BOOL" else array
