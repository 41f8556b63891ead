"""The wire format of protocol buffers: fields by number, nothing of what they mean."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .log_parts import UnreadableFile

Value = int | bytes
MAX_FIELDS = 2_000_000


def fields(content: bytes) -> Iterator[tuple[int, int, Value]]:
    """Number, wire type and value of each field: an integer for varints, bytes for all others.

    Raises UnreadableFile for what ends early or is of a type that is no longer written.
    """
    place, end = 0, len(content)
    for _ in range(MAX_FIELDS):
        if place >= end:
            return
        key, place = _varint(content, place)
        kind = key & 7
        value: Value
        if kind == 0:
            value, place = _varint(content, place)
        else:
            if kind == 2:
                size, place = _varint(content, place)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
            else:
                raise UnreadableFile(f"a field has wire type {kind}")
            if size > end - place:
                raise UnreadableFile(f"a field of {size:,} bytes, of which {end - place:,} are there")
            value, place = content[place : place + size], place + size
        yield key >> 3, kind, value
    raise UnreadableFile(f"more than {MAX_FIELDS:,} fields in one message")


def varints(content: bytes) -> Iterator[int]:
    """Packed varints."""
    place = 0
    while place < len(content):
        value, place = _varint(content, place)
        yield value


def signed(value: int) -> int:
    """A varint as an int64."""
    return value - 2**64 if value >= 2**63 else value


def double(value: Value) -> float:
    """A field of eight bytes. Raises UnreadableFile."""
    return float(struct.unpack("<d", _sized(value, 8))[0])


def single(value: Value) -> float:
    """A field of four bytes. Raises UnreadableFile."""
    return float(struct.unpack("<f", _sized(value, 4))[0])


def text(value: Value) -> str:
    """A field of text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _sized(value: Value, size: int) -> bytes:
    if not isinstance(value, bytes) or len(value) != size:
        raise UnreadableFile(f"expected a number of {size} bytes")
    return value


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(content[place : place + 10]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & (2**64 - 1), place + count + 1
    raise UnreadableFile("a number that does not end")
