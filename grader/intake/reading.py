"""What is read of one submission: entries go in one by one, and nothing goes past the caps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from grader.intake.archives import DOCUMENTS
from grader.intake.caps import CAPS, MIB, BombError, Caps, NeedsPersonError, RefusedError, mib
from grader.intake.entry import Entry, EntryKind
from grader.intake.environments import Environments, is_installed
from grader.intake.fitting import is_weights_name, may_be_work, too_large, too_many, too_much
from grader.intake.folders import MAX_DEPTH, too_deep
from grader.intake.kinds import content_kind
from grader.intake.left_out import grouped, moved, words
from grader.intake.names import ARCHIVE_SUFFIX, is_unsafe, litter_root, shown_path
from grader.intake.notebooks import without_outputs
from grader.intake.proper_names import with_proper_names
from grader.submission import LeftOut, OpenedArchive, SubmittedFile
from grader.words import printable

MAX_NOTES = 50
_UNREADABLE = "the grader could not read this submission"


class Reading:
    """What has been read of one submission so far, by path; or why it cannot be read.

    `latest` is the latest modification time among its files, None where they have none that can be trusted.
    """

    def __init__(self, caps: Caps = CAPS) -> None:
        self.caps = caps
        self.contents: dict[str, bytes] = {}
        self.latest: datetime | None = None
        self.problem: str | None = None
        self.ambiguous: str | None = None
        self.archives: list[OpenedArchive] = []
        self._notes: dict[str, None] = {}
        self._left_out: dict[str, LeftOut] = {}
        self._environments = Environments()
        self._entries = self._read = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks for the report, the first ones when there are many."""
        notes = (*map(words, self.left_out), *self._notes)
        more = len(notes) - MAX_NOTES
        return notes if more <= 0 else (*notes[:MAX_NOTES], f"and {more} more remarks like these")

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was not read, by path."""
        environments = (
            LeftOut(f"{root}/" if root else "./", 0, "Python environment", "an installed Python environment", files=0)
            for root in sorted(self._environments.found)
        )
        return (*environments, *grouped(self._left_out.values()))

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
            self.ambiguous = f"{_UNREADABLE}: {printable(error.strerror or str(error))}"
        except Exception as error:  # noqa: BLE001 - our failure must neither stop the batch nor cost points
            self.ambiguous = f"{_UNREADABLE}: {printable(f'{type(error).__name__}: {error}')}"

    @property
    def bombs(self) -> str | None:
        """What is said if all that was left out are archive bombs."""
        whys = [one.why for one in self._left_out.values()]
        return whys[0] if whys and all(why.startswith("archive bomb") for why in whys) else None

    def beside(self) -> Reading:
        """A reading of its own for an archive in this one; what both hold together is what the caps count."""
        other = Reading(self.caps)
        other._entries, other._read = self._entries, self._read
        return other

    def absorb(self, other: Reading, folder: str) -> None:
        """Take over what was read `beside`, below `folder`; of a spoilt one only its notes and what it cost."""
        self._entries, self._read = other._entries, other._read
        for note in other._notes:
            self.note(note)
        if not other.spoilt:
            below = f"{folder}/" if folder else ""
            self.contents |= {f"{below}{path}": content for path, content in other.contents.items()}
            self._left_out |= {f"{below}{one.path}": moved(one, folder) if folder else one for one in other.left_out}

    def inherit(self, other: Reading) -> None:
        """Take over the remarks and the time of what holds this."""
        self.latest = other.latest
        self._notes = dict(other._notes)
        self._left_out = {one.path: one for one in other.left_out}

    @property
    def spoilt(self) -> bool:
        """Whether nothing of it counts."""
        return self.problem is not None or self.ambiguous is not None

    def take(self, entry: Entry, parts: tuple[str, ...]) -> None:
        """Read `entry` as the path `parts` of this submission, or drop it with a note.

        Raises RefusedError for an unsafe name, NeedsPersonError for far too many entries, and what `entry.read` raises.
        """
        if is_unsafe(parts):
            raise RefusedError(f"unsafe archive: the name `{printable('/'.join(parts))}` leads outside it")
        if (litter := litter_root(parts)) is not None:
            self.note(f"litter ignored: {litter}")
            return
        self._entries += 1
        if self._entries > self.caps.listed:
            raise NeedsPersonError(f"too many files to look at: expected at most {self.caps.listed:,}, found more")
        path = shown_path(parts)
        if entry.kind is EntryKind.LINK:
            target = entry.read(MIB).decode("utf-8", "surrogateescape")
            self.note(f"link skipped: {path} -> {printable(target)}")
        elif entry.kind is EntryKind.OTHER:
            self.note(f"not a regular file, skipped: {path}")
        elif entry.kind is EntryKind.FOLDER and too_deep(parts):
            why = f"more than {MAX_DEPTH} folders deep, not looked into"
            self._left_out[path] = LeftOut(f"{path[:200]}…/", 0, "", why, work=True, files=0)
        elif entry.kind is EntryKind.FILE and not self._is_installed(parts):
            self._store(entry, path, depth=len(parts) - 1)

    def enters(self, parts: tuple[str, ...]) -> bool:
        """Whether to look into a folder: not into one that a Python environment has installed."""
        return not self._is_installed((*parts, "any.py"))

    def _is_installed(self, parts: tuple[str, ...]) -> bool:
        """Whether a file is one of a Python environment's; of a new one, what was read of it before goes too."""
        root = self._environments.root_of(parts)
        if root is None:
            return False
        if root not in self._environments.found:
            self._environments.found.add(root)
            for path in [path for path in self.contents if is_installed(path, root)]:
                del self.contents[path]
            for path in [path for path in self._left_out if is_installed(path, root)]:
                del self._left_out[path]
        return True

    def _store(self, entry: Entry, path: str, depth: int) -> None:
        work = may_be_work(path)
        if depth > self.caps.depth and not work:
            self._leave_out(path, entry.size, "", f"more than {self.caps.depth} folders deep")
            return
        most = self._most(path)
        spent = not work and self._read + entry.size > 3 * self.caps.submission
        try:
            content = b"" if entry.size > most or spent else entry.read(most + 1)
        except BombError as error:
            if work:
                raise
            self._read += entry.size
            self._leave_out(path, entry.size, "", str(error))
            return
        self._read += len(content)
        if self._read > 3 * self.caps.submission + self.caps.archive:
            raise NeedsPersonError(
                f"too much work to read: expected at most {mib(self.caps.submission)}, found far more"
            )
        if max(entry.size, len(content)) > most:
            self._too_large(entry, path, most)
        elif spent:
            self._leave_out(path, entry.size, "", self._too_much)
        elif len(content) > self.caps.file and path.lower().endswith(".ipynb"):
            self._store_slimmed(entry, path, content)
        else:
            self._keep(entry, path, content)

    def _most(self, path: str) -> int:
        """How large a file of this name may be."""
        if ARCHIVE_SUFFIX.search(path):
            return self.caps.archive
        if is_weights_name(path):
            return max(self.caps.weights, self.caps.file)
        suffix = path.lower().rpartition(".")[2]
        return {"pdf": self.caps.document, "ipynb": self.caps.notebook}.get(suffix, self.caps.file)

    def _too_large(self, entry: Entry, path: str, most: int) -> None:
        try:
            kind = content_kind(entry.read(4096))
            if kind == "zip archive" and path.lower().endswith(DOCUMENTS):
                kind = ""  # the list of its entries, which would tell, is at its end
        except (RefusedError, NeedsPersonError):
            kind = ""
        self._leave_out(path, entry.size, kind, f"larger than {mib(most)}")

    def _store_slimmed(self, entry: Entry, path: str, content: bytes) -> None:
        """A notebook without the pictures that are saved in it; they are not graded."""
        slim = without_outputs(content)
        if slim is None or len(slim) > self.caps.file:
            self._leave_out(path, len(content), "", f"larger than {mib(self.caps.file)}")
            return
        self.note(f"{path} ({mib(len(content))}): read without the outputs that are saved in it")
        self._keep(entry, path, slim)

    def _keep(self, entry: Entry, path: str, content: bytes) -> None:
        if path in self.contents:
            self.note(f"name found twice, the last one counts: {path}")
        self.contents[path] = content
        if entry.modified is not None:
            self.latest = max(self.latest or entry.modified, entry.modified)

    @property
    def _too_much(self) -> str:
        return f"more than {mib(self.caps.submission)} in all"

    def _leave_out(self, path: str, size: int, kind: str, why: str) -> None:
        self.contents.pop(path, None)
        self._left_out[path] = LeftOut(path, size, kind, why, work=may_be_work(path))

    def settle(self) -> None:
        """Leave out what is more than the caps allow. Raises NeedsPersonError if the work alone is too much."""
        opened = {one.path for one in self.archives if one.ambiguous is None}
        for path in too_large(self.contents, self.caps):
            if path in opened:
                self.note(f"{path} ({mib(len(self.contents.pop(path)))}): opened, and not kept itself")
            else:
                self._leave_out_read(path, f"larger than {mib(self.caps.file)}")
        for path in list(too_much(self.contents, self.caps)):
            self._leave_out_read(path, self._too_much)
        for path in too_many(self.contents, self.caps):
            self._leave_out(path, len(self.contents[path]), "", f"more than {self.caps.files:,} files in all")

    def _leave_out_read(self, path: str, why: str) -> None:
        content = self.contents[path]
        self._leave_out(path, len(content), content_kind(content[:4096]), why)

    def name_properly(self) -> None:
        """Give scripts and notebooks the names that fit what is in them."""
        self.contents, notes = with_proper_names(self.contents)
        for note in notes:
            self.note(note)

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
            top = f"{tops.pop()}/"
            self.contents = {path.removeprefix(top): content for path, content in self.contents.items()}
            self._left_out = {
                path.removeprefix(top): replace(one, path=one.path.removeprefix(top))
                for path, one in self._left_out.items()
            }

    def files(self) -> tuple[SubmittedFile, ...]:
        """All files, sorted by path; none of a spoilt submission."""
        if self.spoilt:
            return ()
        return tuple(SubmittedFile(path, content) for path, content in sorted(self.contents.items()))
