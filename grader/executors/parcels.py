"""Bytes on their way between machines, by digest: along with the message, or through a folder that all of them see.

What arrives is what was sent, or it is refused.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.files import write_atomically

_LENGTH = struct.Struct("<Q")
Parcel = dict[str, Any]  # "sha256", and "data" unless it lies in the shared folder


class Damaged(ValueError):
    """What arrived is not what was sent."""


@dataclass(frozen=True)
class Post:
    """Packs and unpacks. With a `shared` folder, messages hold digests alone."""

    shared: Path | None = None

    def pack(self, content: bytes) -> Parcel:
        """A parcel of these bytes. Raises OSError if the shared folder cannot be written."""
        digest = hashlib.sha256(content).hexdigest()
        if self.shared is None:
            return {"sha256": digest, "data": content}
        if not (self.shared / digest).is_file():
            write_atomically(self.shared / digest, content)
        return {"sha256": digest}

    def unpack(self, parcel: Parcel) -> bytes:
        """The bytes. Raises Damaged, and OSError if they are not in the shared folder."""
        digest = parcel.get("sha256")
        if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise Damaged("expected a digest, found none")
        content = parcel.get("data")
        if content is None:
            content = self._shared(digest)
        if not isinstance(content, bytes) or hashlib.sha256(content).hexdigest() != digest:
            raise Damaged("expected the bytes that were sent, found others")
        return content

    def discard(self, parcel: Parcel) -> None:
        """Nobody needs it any more."""
        if self.shared is not None and "data" not in parcel:
            (self.shared / parcel["sha256"]).unlink(missing_ok=True)

    def _shared(self, digest: str) -> bytes:
        if self.shared is None:
            raise Damaged("expected the bytes themselves, found their digest alone: no folder is shared")
        return (self.shared / digest).read_bytes()


def joined(header: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """A JSON object and files as one text of bytes."""
    sizes = {name: len(content) for name, content in files.items()}
    text = json.dumps({"header": header, "sizes": sizes}).encode()
    return b"".join((_LENGTH.pack(len(text)), text, *files.values()))


def split(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What `joined` joined. Raises Damaged."""
    try:
        (length,) = _LENGTH.unpack_from(content)
        found = json.loads(content[_LENGTH.size : _LENGTH.size + length])
        header, sizes = dict(found["header"]), dict(found["sizes"])
        files, place = {}, _LENGTH.size + length
        for name, size in sizes.items():
            files[str(name)] = content[place : place + int(size)]
            place += int(size)
        if place != len(content):
            raise ValueError(f"{len(content)} bytes instead of {place}")
    except (ValueError, KeyError, TypeError, struct.error, RecursionError) as error:
        raise Damaged(f"expected a header and files, found {error}") from error
    return header, files
