"""Archives among a submission's files: opened once, within the submission's own caps, trouble kept as data."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from grader.intake.archives import DOCUMENTS, WEIGHTS_NAMES, archive_entries, packed_file
from grader.intake.caps import RefusedError
from grader.intake.kinds import ARCHIVES, OFFICE_ARCHIVES, content_kind
from grader.intake.names import ARCHIVE_SUFFIX, shown_path
from grader.intake.reading import Reading
from grader.intake.zip_names import WRONG
from grader.submission import ArchiveEntry, OpenedArchive

MAX_LISTED, HEAD = 500, 4096
_PACKED = re.compile(r"(?P<file>.+\.(py|ipynb|pdf))\.(gz|bz2|xz)$", re.IGNORECASE)


def unpack(name: str, stream: BinaryIO, reading: Reading, *, folder: str = "") -> None:
    """Read an archive's entries into `reading`, and note there that it was opened and what it lists.

    Raises what the entries raise; the listing until then is kept.
    """
    listed: list[ArchiveEntry] = []
    try:
        doubtful: str | None = None
        encoding = reading.caps.encoding
        for entry in archive_entries(stream) if encoding is None else archive_entries(stream, encoding=encoding):
            doubtful = doubtful or (None if entry.sure else shown_path(entry.parts))
            if len(listed) < MAX_LISTED:
                listed.append(ArchiveEntry(shown_path(entry.parts), str(entry.kind), max(0, entry.size)))
            reading.take(replace(entry, modified=None), entry.parts)  # the student's clock is no evidence
        reading.strip_top_folder()
        if doubtful is not None:
            reading.note(WRONG.format(doubtful))
    finally:
        size, digest = _size_and_digest(stream)
        reading.archives.append(OpenedArchive(name, folder, size, digest, tuple(listed), kind=_kind(stream)))


def _kind(stream: BinaryIO) -> str:
    if zipfile.is_zipfile(stream):  # whatever stands before it
        return "zip archive"
    stream.seek(0)
    return content_kind(stream.read(HEAD))


def _size_and_digest(stream: BinaryIO) -> tuple[int, str]:
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]
    return stream.seek(0, io.SEEK_END), digest.hexdigest()


def open_inner(reading: Reading) -> None:
    """Open the archives among the files; those within them stay closed, and are files like any other."""
    if reading.spoilt:
        return
    for path, content in list(reading.contents.items()):
        if _opens(path, content):
            _open(path, content, reading)
        elif (packed := _PACKED.match(path)) and packed["file"] not in reading.contents:
            _inflate(path, packed["file"], content, reading)


def _opens(path: str, content: bytes) -> bool:
    """Gzip, bzip2 and xz files count only if their names say that a tar is in them, documents never."""
    if path.lower().endswith(DOCUMENTS + WEIGHTS_NAMES):
        return False
    kind = content_kind(content)
    if kind in OFFICE_ARCHIVES:
        return False
    by_content = kind in ARCHIVES and kind not in ("gzip file", "bzip2 file", "xz file")
    return by_content or ARCHIVE_SUFFIX.search(path) is not None


def _open(path: str, content: bytes, reading: Reading) -> None:
    folder, inner = _free_folder(path, reading), reading.beside()
    with inner.guarded():
        unpack(path, io.BytesIO(content), inner, folder=folder)
    inner.drop_files_that_are_folders()
    record = replace(inner.archives[0], problem=inner.problem, ambiguous=inner.ambiguous)
    reading.absorb(inner, folder)
    reading.archives.append(record)
    if trouble := inner.problem or inner.ambiguous:
        reading.note(f"{path} was not opened: {trouble}")


def _inflate(path: str, file: str, content: bytes, reading: Reading) -> None:
    """Of work that is packed on its own, such as `net.py.gz`, the work itself is a file of the submission too."""
    inner, parts = reading.beside(), PurePosixPath(file).parts
    with inner.guarded():
        inner.take(packed_file(io.BytesIO(content), parts), parts)
        if inner.left_out:  # how large it is, nobody has counted
            raise RefusedError("what is packed in it is larger than a file of a submission may be")
    reading.absorb(inner, "")
    if trouble := inner.problem or inner.ambiguous:
        reading.note(f"{path} was not opened: {trouble}")


def _free_folder(path: str, reading: Reading) -> str:
    """The archive's path without its suffix, with a number if something lies there already."""
    stem = ARCHIVE_SUFFIX.sub("", path)
    if stem == path:
        stem = f"{path}.files"
    taken = {str(folder) for name in reading.contents for folder in (*PurePosixPath(name).parents, name)}
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if name not in taken)
