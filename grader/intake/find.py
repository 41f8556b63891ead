"""The submissions in a folder or in an archive of one; one submission's trouble stays its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from grader.errors import UserError
from grader.intake.archives import archive_format
from grader.intake.candidates import Candidate, download_candidates, folder_candidates
from grader.intake.caps import CAPS, MAX_FILE, Caps, NeedsPersonError, RefusedError
from grader.intake.class_archive import archive_candidates, archived_download, listing
from grader.intake.downloads import plan
from grader.intake.entry import read_capped
from grader.intake.folders import open_regular
from grader.intake.layouts import PLAIN, AmbiguousLayoutError, is_work, recognised
from grader.intake.names import litter_root, safe_folders
from grader.intake.places import GRADESCOPE_METADATA
from grader.intake.when import Times, handed_in_at
from grader.submission import Submission
from grader.words import printable

EXPECTED = "hint: give the folder that holds, per student, a sub-folder, an archive or a .py/.ipynb/.pdf file"


class IntakeError(UserError):
    """PATH cannot be used at all. The message says what was expected, what was found, and a `hint:`."""


@dataclass(frozen=True)
class IntakeOptions:
    """How to read PATH. `layout` is one of `layouts.CHOICES`; None recognises it. Times that a download gives
    without a time zone are read in `zone`. `times` says what counts as the time of handing in where it says none.
    """

    layout: str | None = None
    zone: tzinfo = UTC
    caps: Caps = CAPS
    times: Times = "told"


@dataclass(frozen=True)
class Intake:
    """The submissions, sorted by student and attempt, and the names of what lay beside them.

    Only an LMS's download has several attempts of a student. `source` says what PATH was recognised as.
    """

    submissions: tuple[Submission, ...]
    ignored: tuple[str, ...]
    source: str = "folder of submissions"

    @property
    def summary(self) -> str:
        """What was recognised and how many of what."""
        students = len({submission.student for submission in self.submissions})
        files = sum(len(submission.files) for submission in self.submissions)
        counts = ((students, "student"), (len(self.submissions), "attempt"), (files, "file"))
        return f"{self.source}: " + ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)


@dataclass(frozen=True)
class _Found:
    candidates: list[Candidate]
    ignored: list[str]
    source: str


def find_submissions(path: Path, options: IntakeOptions = IntakeOptions()) -> Intake:
    """Read every submission in `path`: a folder, an archive of such a folder, or an LMS's download, packed or not.

    A submission that cannot be read has a `problem` (its own fault) or is `ambiguous` (a person must look).
    Raises IntakeError if `path` does not exist, is a file but no archive, holds no submission, or can be read
    in two ways.
    """
    try:
        found = _found(path, options)
    except FileNotFoundError:
        raise IntakeError(f"expected a folder or an archive, {path} does not exist\n{EXPECTED}") from None
    except OSError as error:
        raise IntakeError(f"{path} cannot be read: {error.strerror or error}\n{EXPECTED}") from error
    except (RefusedError, NeedsPersonError) as error:
        raise IntakeError(f"{path}: {error}\nhint: make the archive again, or unpack it and give the folder") from error
    except AmbiguousLayoutError as error:
        raise IntakeError(f"{path}: {error}") from error
    if not found.candidates:
        raise IntakeError(f"expected submissions in {path}, found none\n{EXPECTED}")
    return Intake(_submissions(found.candidates, options.times), tuple(sorted(found.ignored)), found.source)


def _found(path: Path, options: IntakeOptions) -> _Found:
    real = Path(os.path.realpath(path, strict=True))  # PATH itself may be a link: the instructor gave it
    if real.is_dir():
        return _in_folder(real, options)
    with open_regular(real) as stream:
        if archive_format(stream) is None:
            raise IntakeError(f"expected a folder or an archive, {path} is neither\n{EXPECTED}")
        return _in_archive(stream, options)


def _in_folder(folder: Path, options: IntakeOptions) -> _Found:
    tops = _tops(folder)
    layout, within = recognised(tops, options.layout), folder
    inner = [name for name, is_folder in tops.items() if not litter_root((name,)) and (is_folder or is_work(name))]
    if (
        len(inner) == 1 and tops[inner[0]] and (layout is None or not layout.places(tops))
    ):  # unpacked into a folder of its own
        within = folder / inner[0]  # the download was unpacked into a folder of its own
        tops = _tops(within)
        layout = recognised(tops, options.layout)
    if layout is None:
        return _Found(*folder_candidates(folder, options.caps), "folder of submissions")
    sorted_out = plan(layout, tops, options.zone, _metadata(within))
    return _Found(*download_candidates(within, sorted_out, options.caps), f"{layout.title} download, unpacked")


def _tops(folder: Path) -> dict[str, bool]:
    """The names in a folder, and whether they are folders; earlier results and links are left out."""
    with os.scandir(folder) as items:
        found = {item.name: item.is_dir(follow_symlinks=False) for item in items if not item.is_symlink()}
    return {name: is_folder for name, is_folder in found.items() if not (folder / name / "gradebook.sqlite").exists()}


def _metadata(folder: Path) -> bytes | None:
    try:
        with open_regular(folder / GRADESCOPE_METADATA) as stream:
            return read_capped(stream, MAX_FILE)
    except OSError:
        return None


def _in_archive(stream: BinaryIO, options: IntakeOptions) -> _Found:
    listed = listing(stream)
    for depth in (0, 1):
        tops = listed.tops(depth)
        layout = recognised(tops, options.layout)
        if layout is not None and layout.places(tops):
            sorted_out = plan(layout, tops, options.zone, listed.metadata)
            return _Found(*archived_download(stream, depth, sorted_out, options.caps), f"{layout.title} download")
    if options.layout not in (None, PLAIN):
        return _Found([], [], "")
    return _Found(*archive_candidates(stream, listed, options.caps), "archive of submissions")


def _submissions(candidates: Sequence[Candidate], times: Times) -> tuple[Submission, ...]:
    ordered = sorted(candidates, key=lambda candidate: (candidate.student, _moment(candidate), candidate.name))
    folders = safe_folders(candidate.student for candidate in ordered)
    return tuple(
        submission
        for student, group in groupby(ordered, key=lambda candidate: candidate.student)
        for submission in _attempts(student, folders[student], list(group), times)
    )


def _moment(candidate: Candidate) -> datetime:
    told = candidate.hand_in.submitted_at if candidate.hand_in is not None else None
    return told or candidate.modified


def _attempts(student: str, folder: str, candidates: list[Candidate], times: Times) -> list[Submission]:
    if len(candidates) > 1 and candidates[0].hand_in is None:
        latest = max(candidate.modified for candidate in candidates)
        return [Submission(student, folder, (), latest, ambiguous=_several(candidates), timed=False)]
    return [
        _submission(student, folder, number, candidate, times) for number, candidate in enumerate(candidates, start=1)
    ]


def _submission(student: str, folder: str, attempt: int, candidate: Candidate, times: Times) -> Submission:
    reading, hand_in = candidate.read(), candidate.hand_in
    submitted_at, timed = handed_in_at(candidate, reading, times)
    if hand_in is not None and hand_in.note is not None:
        reading.note(hand_in.note)
    return Submission(
        student,
        folder,
        reading.files(),
        submitted_at,
        attempt,
        reading.notes,
        reading.problem,
        reading.ambiguous,
        None if hand_in is None else hand_in.origin,
        timed,
        archives=tuple(reading.archives),
        left_out=() if reading.spoilt else reading.left_out,
    )


def _several(candidates: Sequence[Candidate]) -> str:
    names = [f"`{printable(candidate.name)}`" for candidate in candidates]
    count = "two" if len(names) == 2 else str(len(names))
    return f"{count} submissions of one student: {', '.join(names[:-1])} and {names[-1]}; hint: keep one of them"
