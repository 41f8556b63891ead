"""One student's attempt as it was handed in: bytes and facts, nothing imported, nothing run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SubmittedFile:
    """A regular file of a submission, by its path inside the submission."""

    path: str
    content: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hex digest of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class ArchiveEntry:
    """What an archive says of one entry: `kind` is file, folder, link or other. `path` is as shown, not as used."""

    path: str
    kind: str
    size: int


@dataclass(frozen=True)
class OpenedArchive:
    """An archive among what was handed in. Its files are files of the submission, below `folder`.

    `problem` says why nothing of it could be read (encrypted, damaged, a bomb, ...), `ambiguous` why a person
    has to look; `entries` is then what was met until then. `kind` is what it is by its content.
    """

    path: str
    folder: str
    size: int
    sha256: str
    entries: tuple[ArchiveEntry, ...] = ()
    problem: str | None = None
    ambiguous: str | None = None
    kind: str = ""


@dataclass(frozen=True)
class LeftOut:
    """What was handed in and not read, because it is too large, too much or not asked for.

    `path` is a file's, or a folder's with `/` at its end, of which so many `files` were left out (0 if nobody counted
    them); `size` is in bytes.
    `kind` is what it is by its first bytes, as far as they tell. `work`: by its name it may hold what is asked for.
    """

    path: str
    size: int
    kind: str
    why: str
    work: bool = False
    files: int = 1


@dataclass(frozen=True)
class Member:
    """A person behind a submission, as the LMS names them; what it does not tell is empty."""

    name: str
    id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Origin:
    """Where an LMS's download had a submission: what finds its student again when grades go back.

    `user` is the LMS's own id of who handed in (a student or a group), `name` its name there, `place` the name
    of the file or folder. `marked_late`: the LMS calls it late.
    """

    lms: str
    user: str
    name: str
    place: str
    marked_late: bool = False
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    `student` is the name as the course wrote it (untrusted text); `folder` is a safe, unique file name made
    from it. `problem` says why nothing of it can be read (a bomb, an unsafe archive, ...); `ambiguous` says
    why a person must decide what counts (two archives of one student). `notes` are remarks for the report:
    links skipped, litter ignored. `left_out` is what was not read. `archives` are those that were opened, the one that
    holds everything included.
    `origin` is there if it came in an LMS's download. `timed` is false where nobody knows when it was handed in.
    `rivals` are other attempts, of which the best will count.
    """

    student: str
    folder: str
    files: tuple[SubmittedFile, ...]
    submitted_at: datetime
    attempt: int = 1
    notes: tuple[str, ...] = ()
    problem: str | None = None
    ambiguous: str | None = None
    origin: Origin | None = None
    timed: bool = True
    rivals: tuple[Submission, ...] = ()
    archives: tuple[OpenedArchive, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def told_at(self) -> datetime | None:
        """When it was handed in; None where nobody knows."""
        return self.submitted_at if self.timed else None

    @property
    def sha256(self) -> str:
        """Digest of names and contents, and of a problem if there is one: the same for the same work."""
        digest = hashlib.sha256(f"{self.student}\0{self.problem}\0{self.ambiguous}".encode("utf-8", "replace"))
        for file in sorted(self.files, key=lambda file: file.path):
            digest.update(f"\0{file.path}\0{file.sha256}".encode("utf-8", "replace"))
        for rival in self.rivals:
            digest.update(f"\0{rival.sha256}".encode())
        return digest.hexdigest()
