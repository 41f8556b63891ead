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
from grader.intake.downloads import Plan
from grader.intake.entry import Entry, EntryKind, utc
from grader.intake.names import ARCHIVE_SUFFIX, is_source_name, is_unsafe, litter_root, shown
from grader.intake.places import GRADESCOPE_METADATA
from grader.intake.reading import Reading


@dataclass(frozen=True)
class ArchiveListing:
    """The names in an archive, and the content of an LMS's file that says who handed in."""

    entries: tuple[tuple[tuple[str, ...], EntryKind], ...]
    metadata: bytes | None

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


def listing(stream: BinaryIO) -> ArchiveListing:
    """What is in an archive. Raises RefusedError or NeedsPersonError if it cannot be read."""
    entries = []
    metadata = None
    for entry in archive_entries(stream, CLASS):
        _check(entry.parts)
        entries.append((entry.parts, entry.kind))
        if entry.parts[-1] == GRADESCOPE_METADATA and len(entry.parts) <= 2:
            metadata = entry.read(MAX_FILE)
    return ArchiveListing(tuple(entries), metadata)


def archive_candidates(
    stream: BinaryIO, listed: ArchiveListing, caps: Caps = CAPS
) -> tuple[list[Candidate], list[str]]:
    """The candidates in an archive, and the names of what is none.

    Raises RefusedError or NeedsPersonError if the archive itself cannot be read.
    """
    depth = 1 if _is_wrapped(listed.entries) else 0
    contents = _ClassContents(_time_of(stream), caps)
    for entry in archive_entries(stream, CLASS):
        if len(entry.parts) > depth:
            contents.take(entry, entry.parts[depth:])
    return contents.candidates(), contents.ignored


def archived_download(stream: BinaryIO, depth: int, plan: Plan, caps: Caps = CAPS) -> tuple[list[Candidate], list[str]]:
    """The attempts in an LMS's archive, under `depth` folders. Raises like `archive_candidates`."""
    modified = _time_of(stream)
    readings = {key: Reading(caps) for key in plan.attempts}
    ignored: dict[str, None] = {}
    for entry in archive_entries(stream, CLASS):
        parts = entry.parts[depth:]
        part = plan.parts.get(parts[0]) if parts else None
        if part is None:
            ignored.update({shown(parts[0]): None} if parts else {})
        elif not readings[part.key].spoilt and (part.inside or len(parts) > 1):
            with readings[part.key].guarded():
                readings[part.key].take(replace(entry, modified=None), (*part.inside, *parts[1:]))
    candidates = [
        Candidate(hand_in.origin.place, shown(key[0]), modified, partial(_read_on, readings[key]), hand_in, timed=False)
        for key, hand_in in plan.attempts.items()
    ]
    return candidates, list(ignored)


def _time_of(stream: BinaryIO) -> datetime:
    return utc(os.fstat(stream.fileno()).st_mtime) or EPOCH


def _check(parts: tuple[str, ...]) -> None:
    if is_unsafe(parts[:1]):
        raise RefusedError(f"unsafe archive: the name `{shown('/'.join(parts))}` leads outside it")


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
            self._ignore(shown(parts[0]))
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
            self._ignore(f"not a regular file, skipped: {shown(name)}")
            return
        modified = entry.modified or self._modified
        candidate = loose_candidate(name, modified, _opener(entry, self._caps), self._caps)
        if candidate is None:
            self._ignore(shown(name))
        else:
            self._loose[name] = replace(candidate, timed=entry.modified is not None)

    def _ignore(self, text: str) -> None:
        if text not in self.ignored:
            self.ignored.append(text)

    def candidates(self) -> list[Candidate]:
        """One candidate for each folder and each loose file."""
        folders = [
            Candidate(name, shown(name), self._modified, partial(_read_on, reading), timed=reading.latest is not None)
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
