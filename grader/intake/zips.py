"""Entries of a zip archive. What the archive says of itself is never believed."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from grader.intake.allowance import MAX_RATIO, RATIO_FLOOR, STUDENT, UnpackLimits, damage_reported, damaged
from grader.intake.caps import BombError, NeedsPersonError
from grader.intake.entry import Entry, EntryKind
from grader.intake.folders import kind_of
from grader.intake.names import split_name
from grader.intake.zip_names import entry_name
from grader.words import printable

_CHUNK = 64 * 1024
_ENCRYPTED = 0x1


def zip_entries(stream: BinaryIO, allowance: UnpackLimits, encoding: str | None) -> Iterator[Entry]:
    """The entries of a zip archive, without times: those in it have no time zone."""
    if allowance is STUDENT:
        _check_directory(stream, allowance)
    with damage_reported(), zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            name, sure = entry_name(info, encoding)
            kind, parts = _kind(info), split_name(name, windows=True)
            if parts or kind is not EntryKind.FOLDER:
                yield Entry(
                    parts or ("(no name)",),
                    kind,
                    partial(_read, archive, info, printable(name)),
                    info.file_size,
                    None,
                    sure,
                )


def _check_directory(stream: BinaryIO, allowance: UnpackLimits) -> None:
    """Stop at a directory of very many entries before `zipfile` makes an object of each."""
    listed = zip_entries_listed(stream)
    if listed > allowance.entries:
        raise NeedsPersonError(
            f"too many entries: expected at most {allowance.entries:,}, the archive lists {listed:,}"
        )


def zip_entries_listed(stream: BinaryIO) -> int:
    """How many entries the directory of a zip file lists at most. Goes back to the start."""
    stream.seek(0)
    listed = sum(chunk.count(b"PK\x01\x02") for chunk in _overlapping(stream))
    stream.seek(0)
    return listed


def _overlapping(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces, each with the end of the one before, so that no mark is cut."""
    end = b""
    while chunk := stream.read(16 * _CHUNK):
        yield end + chunk
        end = chunk[-3:]


def _kind(info: zipfile.ZipInfo) -> EntryKind:
    mode = info.external_attr >> 16
    if info.is_dir():
        return EntryKind.FOLDER
    return kind_of(mode) if stat.S_IFMT(mode) else EntryKind.FILE


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limit: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise NeedsPersonError(f"encrypted archive: `{name}` needs a password; hint: ask the student for it")
    # The other methods' decompressors cannot be told to stop after so many bytes.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NeedsPersonError(f"`{name}` is compressed by zip method {info.compress_type}, which is not read here")
    content = _inflated(archive, info, name, limit)
    if len(content) < min(limit, info.file_size):
        raise damaged(f"`{name}` ends too early")
    return content


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limit: int) -> bytes:
    most = max(RATIO_FLOOR, MAX_RATIO * info.compress_size)
    content = bytearray()
    with damage_reported(), archive.open(info) as member:
        while chunk := member.read(min(_CHUNK, limit - len(content))):
            content += chunk
            if len(content) > most:
                raise BombError(f"archive bomb: `{name}` unpacks to more than {MAX_RATIO} times its size")
    return bytes(content)
