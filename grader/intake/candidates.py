"""What may be a submission, found without reading it, and how each kind of it is read."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from grader.intake.archives import is_archive
from grader.intake.caps import CAPS, Caps, NeedsPersonError, mib
from grader.intake.downloads import DownloadPart, DownloadPlan, HandedIn, Key
from grader.intake.entry import Entry, EntryKind, read_capped, utc
from grader.intake.folders import folder_entries, kind_of, open_regular
from grader.intake.inner import open_inner, unpack
from grader.intake.left_out import words
from grader.intake.names import ARCHIVE_SUFFIX, is_source_name, litter_root, student_name
from grader.intake.placeholders import only_placeholders, stands_for_work
from grader.intake.reading import Reading
from grader.words import printable

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Candidate:
    """One thing that a student handed in.

    `read` never raises. `modified` counts where the files have no time of their own that can be trusted.
    `hand_in` is what an LMS's download says of it. `timed`: `modified` is its own time and not that of the archive of
    the class. `folder` is where it lies, if it is a folder on disk.
    """

    name: str
    student: str
    modified: datetime
    read: Callable[[], Reading]
    hand_in: HandedIn | None = None
    timed: bool = True
    folder: Path | None = None


def folder_candidates(folder: Path, caps: Caps = CAPS) -> tuple[list[Candidate], list[str]]:
    """The candidates right in `folder`, and the names of what is none.

    Raises OSError if it cannot be listed.
    """
    found: list[Candidate] = []
    ignored: list[str] = []
    with os.scandir(folder) as listing:
        items = sorted(listing, key=lambda item: item.name)
    for item in items:
        candidate = _candidate(item, folder / item.name, caps)
        if isinstance(candidate, str):
            ignored.append(candidate)
        else:
            found.append(candidate)
    return found, ignored


def _candidate(item: os.DirEntry[str], path: Path, caps: Caps) -> Candidate | str:
    status = item.stat(follow_symlinks=False)
    kind, modified = kind_of(status.st_mode), utc(status.st_mtime) or EPOCH
    if litter_root((item.name,)):
        return printable(item.name)
    if kind is EntryKind.FOLDER:
        return Candidate(item.name, printable(item.name), modified, partial(read_folder, path, caps), folder=path)
    if kind is EntryKind.LINK:
        return f"link skipped: {printable(item.name)} -> {printable(str(path.readlink()))}"
    if kind is EntryKind.OTHER:
        return f"not a regular file, skipped: {printable(item.name)}"
    return loose_candidate(item.name, modified, partial(open_regular, path), caps) or printable(item.name)


def download_candidates(folder: Path, plan: DownloadPlan, caps: Caps = CAPS) -> tuple[list[Candidate], list[str]]:
    """The attempts of an unpacked LMS download, and the names of what belongs to none.

    Raises OSError if the folder cannot be listed.
    """
    pieces: dict[Key, list[tuple[Path, DownloadPart]]] = {key: [] for key in plan.attempts}
    ignored: list[str] = []
    modified = utc(folder.stat().st_mtime) or EPOCH
    for path in sorted(folder.iterdir()):
        part = plan.parts.get(path.name)
        if part is not None and not path.is_symlink():
            pieces[part.key].append((path, part))
        elif path.name not in plan.added:
            ignored.append(printable(path.name))
    candidates = [
        Candidate(
            hand_in.origin.place,
            printable(key[0]),
            modified,
            partial(_read_pieces, pieces[key], caps),
            hand_in,
            timed=False,
            folder=_only_folder(pieces[key]),
        )
        for key, hand_in in plan.attempts.items()
    ]
    return candidates, ignored


def _only_folder(pieces: list[tuple[Path, DownloadPart]]) -> Path | None:
    folders = [path for path, part in pieces if not part.inside]
    return folders[0] if len(folders) == 1 else None


def _read_pieces(pieces: list[tuple[Path, DownloadPart]], caps: Caps) -> Reading:
    """A submission in the files and folders of an LMS's download."""
    reading = Reading(caps)
    with reading.guarded():
        for path, part in pieces:
            if part.inside:
                with open_regular(path) as stream:
                    reading.take(_file(part.inside, stream, utc(os.fstat(stream.fileno()).st_mtime)), part.inside)
                continue
            for entry in folder_entries(path, reading.enters):
                reading.take(entry, entry.parts)
    return finished(opened_archive(reading))


def loose_candidate(
    name: str, modified: datetime, opened: Callable[[], BinaryIO], caps: Caps = CAPS
) -> Candidate | None:
    """The candidate that a single file is, if it is one. `opened` opens the file and may raise OSError."""
    if is_source_name(name) or stands_for_work(name):
        read = partial(read_file, name, modified, opened, caps)
    elif ARCHIVE_SUFFIX.search(name) or _is_archive(name, opened):
        read = partial(read_archive, opened, name, caps)
    else:
        return None
    return Candidate(name, printable(student_name(name)), modified, read)


def _is_archive(name: str, opened: Callable[[], BinaryIO]) -> bool:
    try:
        with opened() as stream:
            return is_archive(name, stream)
    except OSError:
        return False


def read_file(name: str, modified: datetime, opened: Callable[[], BinaryIO], caps: Caps = CAPS) -> Reading:
    """A submission of one loose file."""
    reading = Reading(caps)
    with reading.guarded(), opened() as stream:
        reading.take(_file((name,), stream, modified), (name,))
    return finished(reading)


def _file(parts: tuple[str, ...], stream: BinaryIO, modified: datetime | None) -> Entry:
    size = stream.seek(0, io.SEEK_END)
    return Entry(parts, EntryKind.FILE, partial(_again, stream), size, modified)


def _again(stream: BinaryIO, limit: int) -> bytes:
    stream.seek(0)
    return read_capped(stream, limit)


def read_archive(opened: Callable[[], BinaryIO], name: str = "archive", caps: Caps = CAPS) -> Reading:
    """A submission in one archive."""
    reading = Reading(caps)
    with reading.guarded(), opened() as stream:
        size = stream.seek(0, io.SEEK_END)
        if size > caps.whole:
            raise NeedsPersonError(f"archive too large: expected at most {mib(caps.whole)}, found {mib(size)}")
        unpack(printable(name), stream, reading)
    return finished(reading)


def read_folder(folder: Path, caps: Caps = CAPS) -> Reading:
    """A submission in a folder, or in the one archive that lies in it."""
    reading = Reading(caps)
    with reading.guarded():
        for entry in folder_entries(folder, reading.enters):
            reading.take(entry, entry.parts)
    return finished(opened_archive(reading))


def opened_archive(reading: Reading) -> Reading:
    """If all that was read is one archive: what is in it, with the same notes and time."""
    if reading.spoilt or len(reading.contents) != 1:
        return reading
    [(name, content)] = reading.contents.items()
    if not is_archive(name, io.BytesIO(content)):
        return reading
    inner = Reading(reading.caps)
    inner.inherit(reading)
    with inner.guarded():
        unpack(name, io.BytesIO(content), inner)
    return inner


def finished(reading: Reading) -> Reading:
    """Open the archives that lie among the files, and make the paths fit in one folder.

    A submission without files is a problem, one of which nothing could be read is a person's.
    """
    with reading.guarded():
        open_inner(reading)
        if not reading.spoilt:
            reading.settle()
            reading.name_properly()
    reading.drop_files_that_are_folders()
    if reading.spoilt:
        return reading
    reading.ambiguous = only_placeholders(reading.contents)
    if not reading.contents and reading.bombs:
        reading.problem = reading.bombs
    elif not reading.contents and reading.left_out:
        reading.ambiguous = f"nothing could be read: {'; '.join(map(words, reading.left_out[:3]))}"
    elif not reading.contents:
        reading.problem = "expected files, found none"
    return reading
