"""A whole class in one archive: the same candidates as in a folder, read in memory."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import BinaryIO

from grader.intake.allowance import CLASS
from grader.intake.archives import archive_entries
from grader.intake.candidates import EPOCH, Candidate, finished, loose_candidate, opened_archive
from grader.intake.caps import CAPS, MAX_FILE, Caps, NeedsPersonError, RefusedError, mib
from grader.intake.downloads import DownloadPlan, Metadata
from grader.intake.entry import Entry, EntryKind, utc
from grader.intake.lms_names import BLACKBOARD_NOTE, GRADESCOPE_METADATA
from grader.intake.names import ARCHIVE_SUFFIX, is_source_name, is_unsafe, litter_root, shown_path
from grader.intake.reading import Reading
from grader.intake.zip_names import WRONG
from grader.words import printable

MAX_NOTE, MAX_NOTES, MAX_WRAPPERS = 64 * 1024, 5000, 5


@dataclass(frozen=True)
class ArchiveListing:
    """The names in an archive, the content of an LMS's files that say who handed in, and a remark on the names."""

    entries: tuple[tuple[tuple[str, ...], EntryKind], ...]
    metadata: Metadata
    remark: str | None = None

    def tops(self, depth: int) -> dict[str, bool]:
        """The names under `depth` folders, and whether they are folders; none if there are several such folders."""
        if len({parts[:depth] for parts, _ in self.entries if len(parts) > depth and not litter_root(parts)}) > 1:
            return {}
        found: dict[str, bool] = {}
        for parts, kind in self.entries:
            if len(parts) > depth:
                folder = len(parts) > depth + 1 or kind is EntryKind.FOLDER
                found[parts[depth]] = found.get(parts[depth], False) or folder
        return found


def listing(stream: BinaryIO, caps: Caps = CAPS) -> ArchiveListing:
    """What is in an archive. Raises RefusedError or NeedsPersonError if it cannot be read."""
    entries = []
    gradescope: bytes | None = None
    notes: dict[str, bytes] = {}
    doubtful: str | None = None
    for entry in archive_entries(stream, CLASS, caps.encoding):
        _check(entry.parts)
        entries.append((entry.parts, entry.kind))
        doubtful = doubtful or (None if entry.sure else shown_path(entry.parts))
        if entry.parts[-1] == GRADESCOPE_METADATA and len(entry.parts) <= MAX_WRAPPERS + 2:
            gradescope = entry.read(MAX_FILE)
        elif BLACKBOARD_NOTE.search(entry.parts[-1]) and entry.kind is EntryKind.FILE and len(notes) < MAX_NOTES:
            notes[entry.parts[-1]] = entry.read(MAX_NOTE)
    return ArchiveListing(tuple(entries), Metadata(gradescope, notes), doubtful and WRONG.format(doubtful))


def archive_candidates(
    stream: BinaryIO, listed: ArchiveListing, caps: Caps = CAPS
) -> tuple[list[Candidate], list[str]]:
    """The candidates in an archive, and the names of what is none.

    Raises RefusedError or NeedsPersonError if the archive itself cannot be read.
    """
    depth = _wrappers(listed.entries)
    contents = _ClassContents(_time_of(stream), caps)
    for entry in archive_entries(stream, CLASS, caps.encoding):
        if len(entry.parts) > depth:
            contents.take(entry, entry.parts[depth:])
    return contents.candidates(), contents.ignored


def archived_download(
    stream: BinaryIO, depth: int, plan: DownloadPlan, caps: Caps = CAPS
) -> tuple[list[Candidate], list[str]]:
    """The attempts in an LMS's archive, under `depth` folders. Raises like `archive_candidates`."""
    modified = _time_of(stream)
    readings = {key: Reading(caps) for key in plan.attempts}
    ignored: dict[str, None] = {}
    for entry in archive_entries(stream, CLASS, caps.encoding):
        parts = entry.parts[depth:]
        part = plan.parts.get(parts[0]) if parts else None
        if part is None:
            ignored.update({printable(parts[0]): None} if parts and parts[0] not in plan.added else {})
        elif not readings[part.key].spoilt and (part.inside or len(parts) > 1):
            with readings[part.key].guarded():
                readings[part.key].take(replace(entry, modified=None), (*part.inside, *parts[1:]))
    candidates = [
        Candidate(
            hand_in.origin.place, printable(key[0]), modified, partial(_read_on, readings[key]), hand_in, timed=False
        )
        for key, hand_in in plan.attempts.items()
    ]
    return candidates, list(ignored)


def _time_of(stream: BinaryIO) -> datetime:
    return utc(os.fstat(stream.fileno()).st_mtime) or EPOCH


def _check(parts: tuple[str, ...]) -> None:
    if is_unsafe(parts[:1]):
        raise RefusedError(f"unsafe archive: the name `{printable('/'.join(parts))}` leads outside it")


def _wrappers(entries: Sequence[tuple[tuple[str, ...], EntryKind]]) -> int:
    """How many folders hold everything: one, and in it one of the same name, as of an archive unpacked twice."""
    if not _is_wrapped(entries):
        return 0
    below = [(parts[1:], kind) for parts, kind in entries if len(parts) > 1]
    names = {parts[:2] for parts, _ in entries if len(parts) > 2 and litter_root(parts) is None}
    again = len(names) == 1 and len(set(map(str.casefold, next(iter(names))))) == 1
    return 2 if again and _is_wrapped(below) else 1


def _is_wrapped(entries: Sequence[tuple[tuple[str, ...], EntryKind]]) -> bool:
    """Whether one folder holds the students' folders or archives, and is not a student's folder itself."""
    kept = [(parts, kind) for parts, kind in entries if litter_root(parts) is None]
    if len({parts[0] for parts, _ in kept}) != 1:
        return False
    loose = [parts[1] for parts, kind in kept if len(parts) == 2 and kind is EntryKind.FILE]
    deeper = any(len(parts) > 2 for parts, _ in kept)
    sources = any(is_source_name(name) for name in loose)
    return not sources and (deeper or any(ARCHIVE_SUFFIX.search(name) for name in loose))


class _ClassContents:
    """The students met so far; a student whose submission is spoilt is not read on."""

    def __init__(self, modified: datetime, caps: Caps) -> None:
        self._caps = caps
        self.ignored: list[str] = []
        self._modified = modified
        self._folders: dict[str, Reading] = {}
        self._loose: dict[str, Candidate] = {}

    def take(self, entry: Entry, parts: tuple[str, ...]) -> None:
        """Read one entry into the submission that its first part names."""
        _check(parts)
        if litter_root(parts[:1]):
            self._ignore(printable(parts[0]))
        elif len(parts) == 1 and entry.kind is not EntryKind.FOLDER:
            self._take_loose(entry, parts[0])
        else:
            self._take_below(entry, parts)

    def _take_below(self, entry: Entry, parts: tuple[str, ...]) -> None:
        reading = self._folders.setdefault(parts[0], Reading(self._caps))
        if len(parts) > 1 and not reading.spoilt:
            with reading.guarded():
                reading.take(entry, parts[1:])

    def _take_loose(self, entry: Entry, name: str) -> None:
        if entry.kind is not EntryKind.FILE:
            self._ignore(f"not a regular file, skipped: {printable(name)}")
            return
        modified = entry.modified or self._modified
        candidate = loose_candidate(name, modified, _opener(entry, self._caps), self._caps)
        if candidate is None:
            self._ignore(printable(name))
        else:
            self._loose[name] = replace(candidate, timed=entry.modified is not None)

    def _ignore(self, text: str) -> None:
        if text not in self.ignored:
            self.ignored.append(text)

    def candidates(self) -> list[Candidate]:
        """One candidate for each folder and each loose file."""
        folders = [
            Candidate(
                name, printable(name), self._modified, partial(_read_on, reading), timed=reading.latest is not None
            )
            for name, reading in self._folders.items()
        ]
        return [*folders, *self._loose.values()]


def _read_on(reading: Reading) -> Reading:
    return finished(opened_archive(reading))


def _opener(entry: Entry, caps: Caps) -> Callable[[], BinaryIO]:
    """Read a loose file now, while its turn is, and let it be opened later; its trouble is told then."""
    try:
        if entry.size > caps.archive:
            raise NeedsPersonError(
                f"too large in an archive of the class: expected at most {mib(caps.archive)}, found {mib(entry.size)}; "
                "hint: unpack the archive of the class and give the folder"
            )
        return partial(io.BytesIO, entry.read(caps.archive + 1))
    except (RefusedError, NeedsPersonError) as error:
        return partial(_raise, error)


def _raise(error: RefusedError | NeedsPersonError) -> BinaryIO:
    raise error
