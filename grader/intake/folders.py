"""Entries of a folder on disk. Nothing is followed, and only regular files are opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from grader.intake.entry import Entry, EntryKind, read_capped, utc
from grader.intake.names import LITTER

# Without O_NONBLOCK the open would wait for ever if a file became a FIFO after it was looked at.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


MAX_DEPTH = 100
Enters = Callable[[tuple[str, ...]], bool]


def folder_entries(folder: Path, enters: Enters = lambda parts: True) -> Iterator[Entry]:
    """Everything below `folder`, files before folders, sorted by name; litter and what `enters` refuses unopened.

    An entry can be read until the next one is asked for. Raises OSError where the disk or our permissions
    stand in the way.
    """
    descriptor = os.open(folder, _FOLDER)
    try:
        yield from _walk(descriptor, (), enters)
    finally:
        os.close(descriptor)


def open_regular(path: str | Path, folder: int | None = None) -> BinaryIO:
    """Open a regular file to read. Raises OSError for anything else, links included."""
    descriptor = os.open(path, _FILE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{os.fspath(path)!r} is not a regular file")
    return os.fdopen(descriptor, "rb")


def kind_of(mode: int) -> EntryKind:
    """The kind of what `lstat` describes."""
    kinds = {stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.FOLDER, stat.S_IFLNK: EntryKind.LINK}
    return kinds.get(stat.S_IFMT(mode), EntryKind.OTHER)


def _walk(folder: int, above: tuple[str, ...], enters: Enters) -> Iterator[Entry]:
    with os.scandir(folder) as listing:
        found = sorted(listing, key=lambda item: (item.is_dir(follow_symlinks=False), item.name))
    for item in found:
        entry = _entry(item, folder, above)
        yield entry
        if entry.kind is EntryKind.FOLDER and _opens(entry.parts, enters):
            yield from _below(item.name, folder, entry.parts, enters)


def _opens(parts: tuple[str, ...], enters: Enters) -> bool:
    return parts[-1] not in LITTER and not too_deep(parts) and enters(parts)


def too_deep(parts: tuple[str, ...]) -> bool:
    """Whether a folder lies so deep that it is not looked into."""
    return len(parts) > MAX_DEPTH


def _below(name: str, folder: int, parts: tuple[str, ...], enters: Enters) -> Iterator[Entry]:
    descriptor = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield from _walk(descriptor, parts, enters)
    finally:
        os.close(descriptor)


def _entry(item: os.DirEntry[str], folder: int, above: tuple[str, ...]) -> Entry:
    status = item.stat(follow_symlinks=False)
    kind = kind_of(status.st_mode)
    read = _read_target if kind is EntryKind.LINK else _read_file
    return Entry((*above, item.name), kind, partial(read, item.name, folder), status.st_size, utc(status.st_mtime))


def _read_file(name: str, folder: int, limit: int) -> bytes:
    with open_regular(name, folder) as file:
        return read_capped(file, limit)


def _read_target(name: str, folder: int, limit: int) -> bytes:
    return os.fsencode(os.readlink(name, dir_fd=folder))[:limit]
