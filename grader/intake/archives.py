"""Which format an archive has, told by its content, and the entries in it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO, cast

from grader.intake.allowance import DAMAGE, STUDENT, Allowance
from grader.intake.names import ARCHIVE_SUFFIX
from grader.intake.reading import Entry, NeedsPersonError, RefusedError
from grader.intake.tars import Counted, tar_entries
from grader.intake.zips import zip_entries


class Format(StrEnum):
    """An archive's format."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    SEVEN_ZIP = "7z"
    RAR = "RAR"


_MAGIC = (
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"\x1f\x8b", Format.GZIP),
    (b"BZh", Format.BZIP2),
    (b"\xfd7zXZ\x00", Format.XZ),
    (b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP),
    (b"Rar!\x1a\x07", Format.RAR),
)
# Zip files by content, but handed in for what they are and not for what is packed in them.
_DOCUMENTS = (".pdf", ".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub", ".jar", ".whl")
_WEIGHTS = (".npz", ".pt", ".pth", ".ckpt", ".keras", ".pkl")


def is_archive(name: str, stream: BinaryIO) -> bool:
    """Whether to open this as an archive: its name says that it is one, or its content does."""
    if ARCHIVE_SUFFIX.search(name):
        return True
    found = None if name.lower().endswith(_DOCUMENTS + _WEIGHTS) else archive_format(stream)
    if found in (Format.GZIP, Format.BZIP2, Format.XZ):
        return _holds_tar(stream, found)
    return found is not None


def archive_format(stream: BinaryIO) -> Format | None:
    """The format by content; None for anything else. Leaves the stream at its start."""
    stream.seek(0)
    head = stream.read(tarfile.BLOCKSIZE)
    stream.seek(0)
    if found := next((kind for magic, kind in _MAGIC if head.startswith(magic)), None):
        return found
    return Format.TAR if _is_tar_header(head) else None


def archive_entries(stream: BinaryIO, allowance: Allowance = STUDENT) -> Iterator[Entry]:
    """The entries in their order; each can be read until the next one is asked for.

    Raises RefusedError for what is no archive, is damaged or is a bomb, and NeedsPersonError for a format
    that is not read here.
    """
    found = archive_format(stream)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if found in (Format.SEVEN_ZIP, Format.RAR):
        raise NeedsPersonError(f"expected a zip or tar archive, found a {found} archive, which is not read here")
    if found is None:
        what = "something else" if size else "an empty file"
        raise RefusedError(f"expected a zip or tar archive, found {what}")
    if found is Format.ZIP:
        return zip_entries(stream, allowance)
    return tar_entries(_unpacked(stream, found, size, allowance), allowance)


def _unpacked(stream: BinaryIO, found: Format, size: int, allowance: Allowance) -> BinaryIO:
    if found is Format.TAR:
        return stream
    return cast("BinaryIO", Counted(_decompressed(stream, found), size, allowance))


def _decompressed(stream: BinaryIO, found: Format) -> io.BufferedIOBase:
    if found is Format.GZIP:
        return gzip.GzipFile(fileobj=stream)
    return bz2.BZ2File(stream) if found is Format.BZIP2 else lzma.LZMAFile(stream)


def _is_tar_header(block: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _holds_tar(stream: BinaryIO, found: Format) -> bool:
    try:
        return _is_tar_header(_decompressed(stream, found).read(tarfile.BLOCKSIZE))
    except DAMAGE:
        return False
    finally:
        stream.seek(0)
