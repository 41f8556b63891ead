"""TensorBoard event files: TFRecord frames around `Event` messages, of which scalars, texts and settings are read.

Frame: length (uint64), its masked CRC-32C, the message, its masked CRC-32C. Source: the formats of TFRecord and of
TensorFlow's `event.proto`, `summary.proto`, `tensor.proto` and TensorBoard's `hparams/plugin_data.proto`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import protobuf
from .crc32c import masked
from .log_parts import FileFound, LogPart, UnreadableFile
from .protobuf import Value, fields

HEAD, FOOT = struct.Struct("<QI"), struct.Struct("<I")
MAX_EVENTS, MAX_TAGS = 1_000_000, 500
MAX_RECORD = 64 << 10  # bytes: larger ones are pictures and histograms, which are passed over
MAX_POINTS = 1_000_000  # of all tags
_ROW = re.compile(r"^\s*\|([^|\n]{1,100})\|([^|\n]{0,200})\|\s*$", re.MULTILINE)
_SIZES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}  # data types of TensorProto: float, double, int32, …


def is_events(content: bytes) -> bool:
    """Whether a file begins with the frame of a record."""
    if len(content) < HEAD.size:
        return False
    size, check = HEAD.unpack_from(content)
    return bool(size < 2**32 and check == masked(content[:8]))


def read(content: bytes) -> FileFound:
    """All scalars by tag. Raises UnreadableFile where nothing could be read; damage after that is a remark."""
    found = FileFound("events")
    tags: dict[str, LogPart] = {}
    points = count = 0
    for message in records(content, found):
        count += 1
        if count > MAX_EVENTS or points > MAX_POINTS:
            found.remarks.append(f"only its first {count - 1:,} events were read")
            break
        if len(message) <= MAX_RECORD:
            points += _event(message, tags, found)
    if not count:
        raise UnreadableFile(f"it holds no event: {found.remarks[0] if found.remarks else 'the file is empty'}")
    found.parts = list(tags.values())
    return found


def records(content: bytes, found: FileFound) -> Iterator[bytes]:
    """The messages, until the end or the first damage, which becomes a remark: `cut` or `damaged`."""
    place, number, end = 0, 0, len(content)
    while place < end:
        number += 1
        if place + HEAD.size > end:
            found.remarks.append(f"cut: the file ends within event {number:,}")
            return
        size, check = HEAD.unpack_from(content, place)
        if check != masked(content[place : place + 8]):
            found.remarks.append(f"damaged: the length of event {number:,} does not fit its checksum")
            return
        place += HEAD.size
        if size + FOOT.size > end - place:
            found.remarks.append(f"cut: the file ends within event {number:,}")
            return
        message = content[place : place + size]
        place += size + FOOT.size
        if size <= MAX_RECORD and FOOT.unpack_from(content, place - FOOT.size)[0] != masked(message):
            found.remarks.append(f"damaged: event {number:,} does not fit its checksum")
            return
        yield message


def _event(message: bytes, tags: dict[str, LogPart], found: FileFound) -> int:
    """Write down the values of one event; how many there were."""
    wall, step, summaries = 0.0, 0, []
    for number, kind, value in fields(message):
        if number == 1 and kind == 1:
            wall = protobuf.double(value)
        elif number == 2 and isinstance(value, int):
            step = protobuf.signed(value)
        elif number == 3:
            found.facts.setdefault("file_version", protobuf.text(value))
        elif number == 5 and isinstance(value, bytes):
            summaries.append(value)
        elif number == 7:
            found.facts["restarted"] = True
    count = 0
    for summary in summaries:
        for number, _, value in fields(summary):
            if number == 1 and isinstance(value, bytes):
                count += _value(value, (wall, step), tags, found)
    return count


def _value(message: bytes, when: tuple[float, int], tags: dict[str, LogPart], found: FileFound) -> int:
    tag, scalar = "", None
    for number, kind, value in fields(message):
        if number == 1:
            tag = protobuf.text(value)[:200]
        elif number == 2 and kind == 5:
            scalar = protobuf.single(value)
        elif number == 8 and isinstance(value, bytes):
            one = _tensor(value)
            if isinstance(one, str):
                _texts(tag, one, found)
            else:
                scalar = one
        elif number == 9 and isinstance(value, bytes):
            _metadata(value, found)
    if scalar is None or (tag not in tags and len(tags) >= MAX_TAGS):
        return 0
    part = tags.setdefault(tag, LogPart(tag, {"step": [], "wall_time": [], tag: []}))
    for name, cell in (("step", when[1]), ("wall_time", when[0])):
        part.columns[name].append(cell)
    part.columns[tag].append(scalar)
    return 1


def _tensor(message: bytes) -> float | str | None:
    """The one number, or the one text, of a TensorProto; None for larger ones."""
    kind, numbers, texts = 0, [], []
    for number, wire, value in fields(message):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 4 and isinstance(value, bytes) and value:
            numbers += _content(kind, value)
        elif number in (5, 6, 7, 10, 11):
            numbers += _listed(number, wire, value)
        elif number == 8:
            texts.append(protobuf.text(value))
    if texts and not numbers:
        return texts[0]
    return numbers[0] if len(numbers) == 1 else None


def _content(kind: int, content: bytes) -> list[float]:
    dtype = np.dtype(_SIZES[kind]) if kind in _SIZES else None
    if dtype is None or len(content) != dtype.itemsize:
        return []
    return [float(np.frombuffer(content, dtype)[0])]


def _listed(number: int, wire: int, value: Value) -> list[float]:
    """Repeated numbers, packed or not: float (5), double (6), int32 (7), int64 (10), bool (11)."""
    if isinstance(value, int):
        return [float(protobuf.signed(value))]
    if number in (5, 6):
        dtype = np.dtype("<f4" if number == 5 else "<f8")
        whole = len(value) // dtype.itemsize * dtype.itemsize
        return [float(one) for one in np.frombuffer(value[:whole], dtype)[:2]]
    return [float(protobuf.signed(one)) for one in list(protobuf.varints(value))[:2]] if wire == 2 else []


def _texts(tag: str, said: str, found: FileFound) -> None:
    """A text under a tag: a table of settings in Markdown, or one fact."""
    rows = [(name.strip(), cell.strip()) for name, cell in _ROW.findall(said[:20_000])]
    rows = [(name, cell) for name, cell in rows if name.strip("-: ") and cell.strip("-: ")]
    if rows:
        found.facts |= dict(rows[1:] if rows[0][0].lower() in ("param", "key", "name", "hyperparameter") else rows)
    elif tag:
        found.facts.setdefault(tag, said[:200])


def _metadata(message: bytes, found: FileFound) -> None:
    """Settings of the plugin `hparams`, wherever they stand."""
    for number, _, plugin in fields(message):
        if number != 1 or not isinstance(plugin, bytes):
            continue
        parts = {key: value for key, _, value in fields(plugin)}
        if protobuf.text(parts.get(1, b"")) == "hparams" and isinstance(content := parts.get(2), bytes):
            found.facts |= _hparams(content)


def _hparams(content: bytes) -> dict[str, Any]:
    """`session_start_info` (3) has a map `hparams` (1) from names (1) to values (2)."""
    found: dict[str, Any] = {}
    for number, _, session in fields(content):
        if number == 3 and isinstance(session, bytes):
            for key, _, entry in fields(session):
                if key == 1 and isinstance(entry, bytes):
                    pair = {part: value for part, _, value in fields(entry)}
                    found |= _setting(pair)
    return found


def _setting(pair: dict[int, Value]) -> dict[str, Any]:
    """One name and its value: a number (2), a text (3) or a truth value (4)."""
    name, inner = protobuf.text(pair.get(1, b"")), pair.get(2)
    for kind, _, value in fields(inner) if isinstance(inner, bytes) else ():
        if kind == 2:
            return {name: protobuf.double(value)}
        if kind == 3:
            return {name: protobuf.text(value)}
        if kind == 4:
            return {name: bool(value)}
    return {}
