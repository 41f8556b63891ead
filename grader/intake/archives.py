"""Which format an archive has, told by its content, and the entries in it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO, cast

from grader.intake.allowance import DAMAGE, DOWNLOAD_AGAIN, PACK_AGAIN, STUDENT, UnpackLimits, damage_reported
from grader.intake.caps import NeedsPersonError, RefusedError
from grader.intake.entry import Entry, EntryKind, read_capped
from grader.intake.kinds import OFFICE_ARCHIVES, content_kind, packed_kind
from grader.intake.names import ARCHIVE_SUFFIX
from grader.intake.tars import Counted, tar_entries
from grader.intake.zips import zip_entries, zip_entries_listed


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
_START = 64 * 1024
_OTHER_FILES = ("PDF", "image", "notebook", "HDF5", "pickle", "PyTorch", "old Office")
# Zip files by content, but handed in for what they are and not for what is packed in them.
DOCUMENTS = (
    *(".pdf", ".doc", ".docx", ".docm", ".dotx", ".pptx", ".pptm", ".xlsx", ".xlsm", ".odt", ".ods", ".odp"),
    *(".pages", ".numbers", ".key", ".epub", ".jar", ".whl"),
)
_LARGEST_DOCUMENT = 64 << 20
WEIGHTS_NAMES = (".npz", ".pt", ".pth", ".ckpt", ".keras", ".pkl")


def is_archive(name: str, stream: BinaryIO) -> bool:
    """Whether to open this as an archive: its name says that it is one, or its content does."""
    if ARCHIVE_SUFFIX.search(name):
        return not _is_office(stream)
    found = None if name.lower().endswith(DOCUMENTS + WEIGHTS_NAMES) else archive_format(stream)
    if found in (Format.GZIP, Format.BZIP2, Format.XZ):
        return _holds_tar(stream, found)
    return found is not None and not _is_office(stream)


def _is_office(stream: BinaryIO) -> bool:
    """Whether a zip file is a document of an office program, which are handed in under other names too."""
    try:
        if stream.seek(0, io.SEEK_END) > _LARGEST_DOCUMENT or zip_entries_listed(stream) > STUDENT.entries:
            return False
        with zipfile.ZipFile(stream) as archive:
            return packed_kind(archive.namelist()) in OFFICE_ARCHIVES
    except (*DAMAGE, NotImplementedError):
        return False
    finally:
        stream.seek(0)


def archive_format(stream: BinaryIO) -> Format | None:
    """The format by content, also of a zip with bytes in front; None for anything else. Goes back to the start."""
    stream.seek(0)
    head = stream.read(tarfile.BLOCKSIZE)
    stream.seek(0)
    if found := next((kind for magic, kind in _MAGIC if head.startswith(magic)), None):
        return found
    if _is_tar_header(head):
        return Format.TAR
    return Format.ZIP if _is_zip_with_a_start(stream) else None


def _is_zip_with_a_start(stream: BinaryIO) -> bool:
    """Whether a zip follows other bytes, such as a program that unpacks it or a server's headers.

    A file that only ends in a zip, such as a picture with something hidden in it, is taken for what it begins with.
    """
    start = stream.read(_START)
    try:
        if b"PK\x03\x04" not in start or content_kind(start).startswith(_OTHER_FILES):
            return False
        return zipfile.is_zipfile(stream)
    finally:
        stream.seek(0)


def _instead(stream: BinaryIO, size: int) -> str:
    """What an archive turned out to be."""
    if not size:
        return "an empty file"
    kind = content_kind(stream.read(_START))
    stream.seek(0)
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}" if kind != "binary data" else "something else"


def archive_entries(
    stream: BinaryIO, allowance: UnpackLimits = STUDENT, encoding: str | None = None
) -> Iterator[Entry]:
    """The entries in their order; each can be read until the next one is asked for.

    Raises RefusedError for what is no archive, is damaged or is a bomb, and NeedsPersonError for a format
    that is not read here.
    """
    found = archive_format(stream)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if found in (Format.SEVEN_ZIP, Format.RAR):
        raise NeedsPersonError(
            f"expected a zip or tar archive, found a {found} archive, which is not read here; {PACK_AGAIN}"
        )
    if found is None:
        raise NeedsPersonError(f"expected a zip or tar archive, found {_instead(stream, size)}; {DOWNLOAD_AGAIN}")
    if found is Format.ZIP:
        return zip_entries(stream, allowance, encoding)
    return tar_entries(_unpacked(stream, found, size, allowance), allowance)


def packed_file(stream: BinaryIO, parts: tuple[str, ...], allowance: UnpackLimits = STUDENT) -> Entry:
    """What is compressed on its own, as the file `parts`. Its `read` raises RefusedError for damage and bombs."""

    def read(limit: int) -> bytes:
        found = archive_format(stream)
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        if found not in (Format.GZIP, Format.BZIP2, Format.XZ):
            raise RefusedError(f"expected a compressed file, found {_instead(stream, size)}")
        with damage_reported():
            return read_capped(_unpacked(stream, found, size, allowance), limit)

    return Entry(parts, EntryKind.FILE, read)


def _unpacked(stream: BinaryIO, found: Format, size: int, allowance: UnpackLimits) -> BinaryIO:
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
