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
from grader.intake.downloads import HandedIn, Key, Part, Plan
from grader.intake.folders import folder_entries, kind_of, open_regular
from grader.intake.inner import open_inner, unpack
from grader.intake.names import ARCHIVE_SUFFIX, SOURCE_SUFFIXES, litter_root, shown, student_name
from grader.intake.reading import MAX_SUBMISSION, MIB, Entry, EntryKind, Reading, RefusedError, read_capped, utc

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Candidate:
    """One thing that a student handed in.

    `read` never raises. `modified` counts where the files have no time of their own that can be trusted.
    `hand_in` is what an LMS's download says of it. `timed`: `modified` tells when it was handed in.
    """

    name: str
    student: str
    modified: datetime
    read: Callable[[], Reading]
    hand_in: HandedIn | None = None
    timed: bool = True


def folder_candidates(folder: Path) -> tuple[list[Candidate], list[str]]:
    """The candidates right in `folder`, and the names of what is none.

    Raises OSError if it cannot be listed.
    """
    found: list[Candidate] = []
    ignored: list[str] = []
    with os.scandir(folder) as listing:
        items = sorted(listing, key=lambda item: item.name)
    for item in items:
        candidate = _candidate(item, folder / item.name)
        if isinstance(candidate, str):
            ignored.append(candidate)
        else:
            found.append(candidate)
    return found, ignored


def _candidate(item: os.DirEntry[str], path: Path) -> Candidate | str:
    status = item.stat(follow_symlinks=False)
    kind, modified = kind_of(status.st_mode), utc(status.st_mtime) or EPOCH
    if litter_root((item.name,)):
        return shown(item.name)
    if kind is EntryKind.FOLDER:
        return Candidate(item.name, shown(item.name), modified, partial(read_folder, path))
    if kind is EntryKind.LINK:
        return f"link skipped: {shown(item.name)} -> {shown(str(path.readlink()))}"
    if kind is EntryKind.OTHER:
        return f"not a regular file, skipped: {shown(item.name)}"
    return loose_candidate(item.name, modified, partial(open_regular, path)) or shown(item.name)


def download_candidates(folder: Path, plan: Plan) -> tuple[list[Candidate], list[str]]:
    """The attempts of an unpacked LMS download, and the names of what belongs to none.

    Raises OSError if the folder cannot be listed.
    """
    pieces: dict[Key, list[tuple[Path, Part]]] = {key: [] for key in plan.attempts}
    ignored: list[str] = []
    modified = utc(folder.stat().st_mtime) or EPOCH
    for path in sorted(folder.iterdir()):
        part = plan.parts.get(path.name)
        if part is not None and not path.is_symlink():
            pieces[part.key].append((path, part))
        else:
            ignored.append(shown(path.name))
    candidates = [
        Candidate(hand_in.origin.place, shown(key[0]), modified, partial(_read_pieces, pieces[key]), hand_in)
        for key, hand_in in plan.attempts.items()
    ]
    return candidates, ignored


def _read_pieces(pieces: list[tuple[Path, Part]]) -> Reading:
    """A submission in the files and folders of an LMS's download."""
    reading = Reading()
    with reading.guarded():
        for path, part in pieces:
            if part.inside:
                with open_regular(path) as stream:
                    reading.take(Entry(part.inside, EntryKind.FILE, partial(read_capped, stream)), part.inside)
                continue
            for entry in folder_entries(path):
                reading.take(entry, entry.parts)
    return finished(opened_archive(reading))


def loose_candidate(name: str, modified: datetime, opened: Callable[[], BinaryIO]) -> Candidate | None:
    """The candidate that a single file is, if it is one. `opened` opens the file and may raise OSError."""
    if name.lower().endswith(SOURCE_SUFFIXES):
        read = partial(read_file, name, modified, opened)
    elif ARCHIVE_SUFFIX.search(name) or _is_archive(name, opened):
        read = partial(read_archive, opened, name)
    else:
        return None
    return Candidate(name, shown(student_name(name)), modified, read)


def _is_archive(name: str, opened: Callable[[], BinaryIO]) -> bool:
    try:
        with opened() as stream:
            return is_archive(name, stream)
    except OSError:
        return False


def read_file(name: str, modified: datetime, opened: Callable[[], BinaryIO]) -> Reading:
    """A submission of one loose file."""
    reading = Reading()
    with reading.guarded(), opened() as stream:
        reading.take(Entry((name,), EntryKind.FILE, partial(read_capped, stream), modified=modified), (name,))
    return reading


def read_archive(opened: Callable[[], BinaryIO], name: str = "archive") -> Reading:
    """A submission in one archive."""
    reading = Reading()
    with reading.guarded(), opened() as stream:
        content = read_capped(stream, MAX_SUBMISSION + 1)
        if len(content) > MAX_SUBMISSION:
            raise RefusedError(f"archive too large: expected at most {MAX_SUBMISSION // MIB} MiB, found more")
        unpack(shown(name), content, reading)
    return finished(reading)


def read_folder(folder: Path) -> Reading:
    """A submission in a folder, or in the one archive that lies in it."""
    reading = Reading()
    with reading.guarded():
        for entry in folder_entries(folder):
            reading.take(entry, entry.parts)
    return finished(opened_archive(reading))


def opened_archive(reading: Reading) -> Reading:
    """If all that was read is one archive: what is in it, with the same notes and time."""
    if reading.spoilt or len(reading.contents) != 1:
        return reading
    [(name, content)] = reading.contents.items()
    if not is_archive(name, io.BytesIO(content)):
        return reading
    inner = Reading()
    inner.latest = reading.latest
    for note in reading.notes:
        inner.note(note)
    with inner.guarded():
        unpack(name, content, inner)
    return inner


def finished(reading: Reading) -> Reading:
    """Open the archives that lie among the files, and make the paths fit in one folder.

    A submission without files is a problem.
    """
    with reading.guarded():
        open_inner(reading)
    reading.drop_files_that_are_folders()
    if not reading.contents and not reading.spoilt:
        reading.problem = "expected files, found none"
    return reading
