"""The submissions in a folder or in an archive of one; one submission's trouble stays its own."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from grader.errors import UserError
from grader.intake.archives import archive_format
from grader.intake.candidates import Candidate
from grader.intake.caps import NeedsPersonError, RefusedError
from grader.intake.class_source import Found, IntakeOptions, in_archive, in_folder
from grader.intake.folders import open_regular
from grader.intake.layouts import AmbiguousLayoutError
from grader.intake.names import safe_folders
from grader.intake.when import Times, handed_in_at
from grader.intake.zip_names import check_encoding
from grader.submission import Submission
from grader.words import printable

EXPECTED = "hint: give the folder that holds, per student, a sub-folder, an archive or a .py/.ipynb/.pdf file"

_COPY = re.compile(r" ?\(\d{1,2}\)$")
_AS_FOUND = IntakeOptions()


class IntakeError(UserError):
    """PATH cannot be used at all. The message says what was expected, what was found, and a `hint:`."""


@dataclass(frozen=True)
class Intake:
    """The submissions, sorted by student and attempt, and the names of what lay beside them.

    Only an LMS's download has several attempts of a student. `source` says what PATH was recognised as, `remarks` what
    a person should know of it.
    """

    submissions: tuple[Submission, ...]
    ignored: tuple[str, ...]
    source: str = "folder of submissions"
    remarks: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """What was recognised and how many of what."""
        students = len({submission.student for submission in self.submissions})
        files = sum(len(submission.files) for submission in self.submissions)
        counts = ((students, "student"), (len(self.submissions), "attempt"), (files, "file"))
        return f"{self.source}: " + ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)


def find_submissions(path: Path, options: IntakeOptions = _AS_FOUND) -> Intake:
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
    submissions = _submissions(found.candidates, options.times)
    return Intake(submissions, tuple(sorted(found.ignored)), found.source, found.remarks)


def _found(path: Path, options: IntakeOptions) -> Found:
    real = Path(os.path.realpath(path, strict=True))  # PATH itself may be a link: the instructor gave it
    if options.caps.encoding is not None:
        check_encoding(options.caps.encoding)
    if real.is_dir():
        return in_folder(real, options)
    with open_regular(real) as stream:
        if archive_format(stream) is None:
            raise IntakeError(f"expected a folder or an archive, {path} is neither\n{EXPECTED}")
        return in_archive(stream, options)


def _submissions(candidates: Sequence[Candidate], times: Times) -> tuple[Submission, ...]:
    ordered = sorted(
        _without_copies(candidates), key=lambda candidate: (candidate.student, _moment(candidate), candidate.name)
    )
    folders = safe_folders(candidate.student for candidate in ordered)
    return tuple(
        submission
        for student, group in groupby(ordered, key=lambda candidate: candidate.student)
        for submission in _attempts(student, folders[student], list(group), times)
    )


def _without_copies(candidates: Sequence[Candidate]) -> list[Candidate]:
    """`ada (1).zip` beside `ada.zip` is a second download, or a second version, of the same student."""
    known = {candidate.student for candidate in candidates if candidate.hand_in is None}
    return [
        replace(one, student=base) if one.hand_in is None and (base := _COPY.sub("", one.student)) in known else one
        for one in candidates
    ]


def _moment(candidate: Candidate) -> datetime:
    told = candidate.hand_in.submitted_at if candidate.hand_in is not None else None
    return told or candidate.modified


def _attempts(student: str, folder: str, candidates: list[Candidate], times: Times) -> list[Submission]:
    if len(candidates) > 1 and candidates[0].hand_in is None:
        if (same := _same(student, folder, candidates, times)) is not None:
            return [same]
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


def _same(student: str, folder: str, candidates: list[Candidate], times: Times) -> Submission | None:
    """The one submission that several files hold, if they hold the same."""
    first, *others = (_submission(student, folder, 1, candidate, times) for candidate in candidates)
    contents = sorted(file.sha256 for file in first.files)
    if not contents or any(sorted(file.sha256 for file in other.files) != contents for other in others):
        return None
    listed = ", ".join(printable(candidate.name) for candidate in candidates)
    return replace(first, notes=(*first.notes, f"the same work came {len(candidates)} times: {listed}"))


def _several(candidates: Sequence[Candidate]) -> str:
    names = [f"`{printable(candidate.name)}`" for candidate in candidates]
    count = "two" if len(names) == 2 else str(len(names))
    return f"{count} submissions of one student: {', '.join(names[:-1])} and {names[-1]}; hint: keep one of them"
