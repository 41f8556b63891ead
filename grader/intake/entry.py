"""One thing met in a folder or an archive, before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO

from grader.intake.caps import MIB

_CHUNK = MIB


class EntryKind(StrEnum):
    """What an entry is. Links and other things are never followed, opened or unpacked."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True)
class Entry:
    """One thing met in a folder or an archive, not read yet.

    `parts` is its raw path. `read(limit)` gives at most `limit` bytes of the content (of a link: of its
    target); it raises RefusedError for damaged data and OSError for a disk's trouble. `size` is what the
    entry says of itself, in bytes. `sure` is false if the letters of its name may be wrong.
    """

    parts: tuple[str, ...]
    kind: EntryKind
    read: Callable[[int], bytes]
    size: int = 0
    modified: datetime | None = None
    sure: bool = True


def read_capped(stream: BinaryIO, limit: int) -> bytes:
    """At most `limit` bytes. A plain `read(limit)` would reserve that much memory for the smallest file."""
    content = bytearray()
    while chunk := stream.read(min(_CHUNK, limit - len(content))):
        content += chunk
    return bytes(content)


def utc(seconds: float) -> datetime | None:
    """A modification time in whole seconds, or None where it lies outside the calendar."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
