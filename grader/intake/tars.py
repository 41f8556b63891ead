"""Entries of a tar archive, read as a stream. What the archive says of itself is never believed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from grader.intake.allowance import RATIO_FLOOR, UnpackLimits, damage_reported, damaged
from grader.intake.caps import MIB, RefusedError
from grader.intake.entry import Entry, EntryKind, utc
from grader.intake.names import split_name
from grader.words import printable

# Headers that carry names and attributes. tarfile keeps the global ones and copies them for every member,
# and CPython before 3.11.10 takes quadratic time over a long one.
_LOCAL = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_MAX_HEADER = 16 * 1024
_MAX_LOCAL = 64 * MIB
_MAX_GLOBAL = 4 * 1024
_CHUNK = 64 * 1024


class Counted(io.RawIOBase):
    """A decompressor that counts what comes out of it and raises RefusedError for a bomb."""

    def __init__(self, stream: io.BufferedIOBase, packed: int, allowance: UnpackLimits) -> None:
        self._stream = stream
        self._limit = min(allowance.unpacked, max(RATIO_FLOOR, allowance.ratio * packed))
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > self._limit:
            raise RefusedError(f"archive bomb: it unpacks to more than {int(self._limit)} bytes")
        return data


class _Headers:
    """Refuses the headers which `tarfile` would loop over, or would quietly take for the archive's end."""

    def __init__(self, allowance: UnpackLimits) -> None:
        self._allowance = allowance
        self._seen = self._local = self._global = 0

    def check(self, member: tarfile.TarInfo) -> None:
        self._seen += 1
        if self._seen > self._allowance.entries:
            raise RefusedError(f"too many entries: expected at most {self._allowance.entries}, found more")
        self.check_size(member)
        if member.type in _LOCAL:
            self._local += member.size
        elif member.type == tarfile.XGLTYPE:
            self._global += member.size
        if self._local > _MAX_LOCAL or self._global > _MAX_GLOBAL:
            raise RefusedError("archive bomb: the headers in it are very long")

    def check_size(self, member: tarfile.TarInfo) -> None:
        header = member.type in _LOCAL or member.type == tarfile.XGLTYPE
        if not 0 <= member.size <= (_MAX_HEADER if header else self._allowance.unpacked):
            raise RefusedError(f"damaged archive or bomb: an entry claims to have {member.size} bytes")


def _checked_members(headers: _Headers) -> type[tarfile.TarInfo]:
    class Member(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Member:
            try:
                member = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError:
                if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                    raise  # a block of zeros ends an archive
                raise damaged("it ends too early or holds a broken header") from None
            headers.check(member)
            return member

    return Member


def tar_entries(stream: BinaryIO, allowance: UnpackLimits) -> Iterator[Entry]:
    """The entries of an uncompressed tar stream."""
    headers = _Headers(allowance)
    with damage_reported(), _opened(stream, headers) as archive:
        for member in archive:
            headers.check_size(member)  # a pax header may have changed it
            kind, parts = _kind(member), split_name(member.name)
            if parts or kind is not EntryKind.FOLDER:
                read = partial(_read, archive, member)
                yield Entry(parts or ("(no name)",), kind, read, member.size, utc(member.mtime))
        _read_to_the_end(stream)


def _read_to_the_end(stream: BinaryIO) -> None:
    """A compressed stream's checksum comes last."""
    while stream.read(_CHUNK):
        pass


def _opened(stream: BinaryIO, headers: _Headers) -> tarfile.TarFile:
    return tarfile.open(
        fileobj=stream,
        mode="r|",  # a stream cannot be sent backwards by a forged size
        tarinfo=_checked_members(headers),
        encoding="utf-8",
        errors="surrogateescape",
    )


def _kind(member: tarfile.TarInfo) -> EntryKind:
    if member.issym() or member.islnk():
        return EntryKind.LINK
    if member.isdir():
        return EntryKind.FOLDER
    return EntryKind.FILE if member.isreg() else EntryKind.OTHER


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    if not member.isreg():
        return member.linkname.encode("utf-8", "surrogateescape")[:limit]
    with damage_reported():
        content = _content(archive, member, limit)
    if len(content) < min(limit, member.size):
        raise damaged(f"`{printable(member.name)}` ends too early")
    return content


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    file = archive.extractfile(member)
    return file.read(min(limit, member.size)) if file is not None else b""
