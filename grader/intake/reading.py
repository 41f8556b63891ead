"""What is read of one submission: entries go in one by one, and nothing goes past the caps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO

from grader.intake.names import is_unsafe, litter_root, shown, shown_path
from grader.submission import OpenedArchive, SubmittedFile

MIB = 2**20
MAX_FILE = 20 * MIB
MAX_SUBMISSION = 100 * MIB
MAX_ENTRIES = 2000
MAX_DEPTH = 20
MAX_NOTES = 50
_CHUNK = MIB
_UNREADABLE = "the grader could not read this submission"


class RefusedError(Exception):
    """The submission is at fault: nothing of it is read. The message becomes its `problem`."""


class NeedsPersonError(Exception):
    """The grader cannot read it, and that is not the student's fault. The message becomes `ambiguous`."""


class EntryKind(StrEnum):
    """What an entry is. Links and other things are never followed, opened or unpacked."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True)
class Entry:
    """One thing met in a folder or an archive, not read yet.

    `parts` is its raw path. `read(limit)` gives at most `limit` bytes of the content (of a link: of its
    target); it raises RefusedError for damaged data and OSError for a disk's trouble. `size` is what the
    entry says of itself, in bytes.
    """

    parts: tuple[str, ...]
    kind: EntryKind
    read: Callable[[int], bytes]
    size: int = 0
    modified: datetime | None = None


def read_capped(stream: BinaryIO, limit: int) -> bytes:
    """At most `limit` bytes. A plain `read(limit)` would reserve that much memory for the smallest file."""
    content = bytearray()
    while chunk := stream.read(min(_CHUNK, limit - len(content))):
        content += chunk
    return bytes(content)


def utc(seconds: float) -> datetime | None:
    """A modification time in whole seconds, or None where it lies outside the calendar."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


class Reading:
    """What has been read of one submission so far, by path; or why it cannot be read.

    `latest` is the latest modification time among its files, None where they have none that can be trusted.
    """

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.latest: datetime | None = None
        self.problem: str | None = None
        self.ambiguous: str | None = None
        self.archives: list[OpenedArchive] = []
        self._notes: dict[str, None] = {}
        self._entries = 0
        self._size = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks for the report, the first ones when there are many."""
        notes = tuple(self._notes)
        more = len(notes) - MAX_NOTES
        return notes if more <= 0 else (*notes[:MAX_NOTES], f"and {more} more remarks like these")

    def note(self, text: str) -> None:
        """Add a remark; a repeated one counts once."""
        self._notes[text] = None

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Keep whatever goes wrong with this submission to itself, as `problem` or `ambiguous`."""
        try:
            yield
        except RefusedError as error:
            self.problem = str(error)
        except NeedsPersonError as error:
            self.ambiguous = str(error)
        except OSError as error:  # without the path on this machine, which is no business of the student's
            self.ambiguous = f"{_UNREADABLE}: {shown(error.strerror or str(error))}"
        except Exception as error:  # noqa: BLE001 - our failure must neither stop the batch nor cost points
            self.ambiguous = f"{_UNREADABLE}: {shown(f'{type(error).__name__}: {error}')}"

    def beside(self) -> Reading:
        """A reading of its own for an archive in this one; what both hold together is what the caps count."""
        other = Reading()
        other._entries, other._size = self._entries, self._size
        return other

    def absorb(self, other: Reading, folder: str) -> None:
        """Take over what was read `beside`, below `folder`; of a spoilt one only its notes and what it cost."""
        self._entries, self._size = other._entries, other._size
        for note in other.notes:
            self.note(note)
        if not other.spoilt:
            self.contents |= {f"{folder}/{path}": content for path, content in other.contents.items()}

    @property
    def spoilt(self) -> bool:
        """Whether nothing of it counts."""
        return self.problem is not None or self.ambiguous is not None

    def take(self, entry: Entry, parts: tuple[str, ...]) -> None:
        """Read `entry` as the path `parts` of this submission, or drop it with a note.

        Raises RefusedError for an unsafe name and at the first cap, and what `entry.read` raises.
        """
        if is_unsafe(parts):
            raise RefusedError(f"unsafe archive: the name `{shown('/'.join(parts))}` leads outside it")
        if (litter := litter_root(parts)) is not None:
            self.note(f"litter ignored: {litter}")
            return
        self._count(entry, parts)
        path = shown_path(parts)
        if entry.kind is EntryKind.FILE:
            self._store(entry, path)
        elif entry.kind is EntryKind.LINK:
            target = entry.read(MAX_FILE).decode("utf-8", "surrogateescape")
            self.note(f"link skipped: {path} -> {shown(target)}")
        elif entry.kind is EntryKind.OTHER:
            self.note(f"not a regular file, skipped: {path}")

    def _count(self, entry: Entry, parts: tuple[str, ...]) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise RefusedError(f"too many entries: expected at most {MAX_ENTRIES}, found more")
        folders = len(parts) if entry.kind is EntryKind.FOLDER else len(parts) - 1
        if folders > MAX_DEPTH:
            raise RefusedError(f"folders too deep: expected at most {MAX_DEPTH} inside each other, found more")

    def _store(self, entry: Entry, path: str) -> None:
        content = b"" if entry.size > MAX_FILE else entry.read(MAX_FILE + 1)
        if max(entry.size, len(content)) > MAX_FILE:
            raise RefusedError(f"file too large: expected at most {MAX_FILE // MIB} MiB, `{path}` is larger")
        self._size += len(content)
        if self._size > MAX_SUBMISSION:
            raise RefusedError(f"too much: expected at most {MAX_SUBMISSION // MIB} MiB in all, found more")
        if path in self.contents:
            self.note(f"name found twice, the last one counts: {path}")
        self.contents[path] = content
        if entry.modified is not None:
            self.latest = max(self.latest or entry.modified, entry.modified)

    def drop_files_that_are_folders(self) -> None:
        """An archive can hold `a` and `a/b`, which no folder can: the deeper file stays."""
        folders = {path[:at] for path in self.contents for at, letter in enumerate(path) if letter == "/"}
        for path in sorted(folders & self.contents.keys()):
            del self.contents[path]
            self.note(f"both a file and a folder, the file is left out: {path}")

    def strip_top_folder(self) -> None:
        """Take away one folder that wraps everything."""
        tops = {path.split("/", 1)[0] if "/" in path else "" for path in self.contents}
        if len(tops) == 1 and "" not in tops:
            self.contents = {path.split("/", 1)[1]: content for path, content in self.contents.items()}

    def files(self) -> tuple[SubmittedFile, ...]:
        """All files, sorted by path; none of a spoilt submission."""
        if self.spoilt:
            return ()
        return tuple(SubmittedFile(path, content) for path, content in sorted(self.contents.items()))
