"""Event files byte by byte, as the documents of TFRecord and of `event.proto` have them; a writer of our own."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from grader.inside.readers.crc32c import masked


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def field(number: int, kind: int, content: bytes) -> bytes:
    head = varint(number << 3 | kind)
    return head + (varint(len(content)) if kind == 2 else b"") + content


def text(number: int, value: str) -> bytes:
    return field(number, 2, value.encode())


def record(message: bytes) -> bytes:
    size = struct.pack("<Q", len(message))
    return size + struct.pack("<I", masked(size)) + message + struct.pack("<I", masked(message))


def event(step: int, wall: float, *values: bytes) -> bytes:
    """wall_time = 1, step = 2, summary = 5 with values = 1."""
    summary = b"".join(field(1, 2, value) for value in values)
    return record(field(1, 1, struct.pack("<d", wall)) + field(2, 0, varint(step)) + field(5, 2, summary))


def scalar(tag: str, value: float) -> bytes:
    """tag = 1, simple_value = 2."""
    return text(1, tag) + field(2, 5, struct.pack("<f", value))


def tensor(tag: str, content: bytes) -> bytes:
    """tag = 1, tensor = 8, metadata = 9 (plugin scalars)."""
    return text(1, tag) + field(8, 2, content) + field(9, 2, field(1, 2, text(1, "scalars")))


def start(wall: float = 1.0) -> bytes:
    """file_version = 3."""
    return record(field(1, 1, struct.pack("<d", wall)) + text(3, "brain.Event:2"))


def file(events: Iterable[bytes]) -> bytes:
    return start() + b"".join(events)


def curve(tag: str, values: Iterable[float], every: int = 1) -> bytes:
    """A whole file of one curve."""
    return file(event(place * every, 1.0 + place, scalar(tag, value)) for place, value in enumerate(values))
