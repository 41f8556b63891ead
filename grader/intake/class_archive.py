"""A whole class in one archive: the same candidates as in a folder, read in memory."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import BinaryIO

from grader.intake.allowance import CLASS
from grader.intake.archives import archive_entries
from grader.intake.candidates import EPOCH, Candidate, finished, loose_candidate, opened_archive
from grader.intake.names import ARCHIVE_SUFFIX, SOURCE_SUFFIXES, is_unsafe, litter_root, shown
from grader.intake.reading import MAX_SUBMISSION, Entry, Kind, Reading, RefusedError, utc


def archive_candidates(stream: BinaryIO) -> tuple[list[Candidate], list[str]]:
    """The candidates in an archive, and the names of what is none.

    Raises RefusedError or NeedsPersonError if the archive itself cannot be read.
    """
    modified = utc(os.fstat(stream.fileno()).st_mtime) or EPOCH
    depth = 1 if _is_wrapped([(entry.parts, entry.kind) for entry in archive_entries(stream, CLASS)]) else 0
    contents = _ClassContents(modified)
    for entry in archive_entries(stream, CLASS):
        if len(entry.parts) > depth:
            contents.take(entry, entry.parts[depth:])
    return contents.candidates(), contents.ignored


def _is_wrapped(entries: Sequence[tuple[tuple[str, ...], Kind]]) -> bool:
    """Whether one folder holds the students' folders or archives, and is not a student's folder itself."""
    kept = [(parts, kind) for parts, kind in entries if litter_root(parts) is None]
    if len({parts[0] for parts, _ in kept}) != 1:
        return False
    loose = [parts[1] for parts, kind in kept if len(parts) == 2 and kind is Kind.FILE]
    deeper = any(len(parts) > 2 for parts, _ in kept)
    sources = any(name.lower().endswith(SOURCE_SUFFIXES) for name in loose)
    return not sources and (deeper or any(ARCHIVE_SUFFIX.search(name) for name in loose))


class _ClassContents:
    """The students met so far; a student whose submission is spoilt is not read on."""

    def __init__(self, modified: datetime) -> None:
        self.ignored: list[str] = []
        self._modified = modified
        self._folders: dict[str, Reading] = {}
        self._loose: dict[str, Candidate] = {}

    def take(self, entry: Entry, parts: tuple[str, ...]) -> None:
        """Read one entry into the submission that its first part names."""
        if is_unsafe(parts[:1]):
            raise RefusedError(f"unsafe archive: the name `{shown('/'.join(parts))}` leads outside it")
        if litter_root(parts[:1]):
            self._ignore(shown(parts[0]))
        elif len(parts) == 1 and entry.kind is not Kind.FOLDER:
            self._take_loose(entry, parts[0])
        else:
            self._take_below(entry, parts)

    def _take_below(self, entry: Entry, parts: tuple[str, ...]) -> None:
        reading = self._folders.setdefault(parts[0], Reading())
        if len(parts) > 1 and not reading.spoilt:
            with reading.guarded():
                reading.take(entry, parts[1:])

    def _take_loose(self, entry: Entry, name: str) -> None:
        if entry.kind is not Kind.FILE:
            self._ignore(f"not a regular file, skipped: {shown(name)}")
            return
        modified = entry.modified or self._modified
        candidate = loose_candidate(name, modified, _opener(entry))
        if candidate is None:
            self._ignore(shown(name))
        else:
            self._loose[name] = candidate

    def _ignore(self, text: str) -> None:
        if text not in self.ignored:
            self.ignored.append(text)

    def candidates(self) -> list[Candidate]:
        """One candidate for each folder and each loose file."""
        folders = [
            Candidate(name, shown(name), self._modified, partial(_read_on, reading))
            for name, reading in self._folders.items()
        ]
        return [*folders, *self._loose.values()]


def _read_on(reading: Reading) -> Reading:
    return finished(opened_archive(reading))


def _opener(entry: Entry) -> Callable[[], BinaryIO]:
    """Read a loose file now, while its turn is, and let it be opened later; its trouble is told then."""
    try:
        return partial(io.BytesIO, entry.read(MAX_SUBMISSION + 1))
    except RefusedError as error:
        return partial(_raise, error)


def _raise(error: RefusedError) -> BinaryIO:
    raise error
