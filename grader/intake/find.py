"""The submissions in a folder or in an archive of one; one submission's trouble stays its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from grader.errors import UserError
from grader.intake.archives import archive_format
from grader.intake.candidates import Candidate, folder_candidates
from grader.intake.class_archive import archive_candidates
from grader.intake.folders import open_regular
from grader.intake.names import safe_folders, shown
from grader.intake.reading import NeedsPersonError, RefusedError
from grader.submission import Submission

EXPECTED = "hint: give the folder that holds, per student, a sub-folder, an archive or a .py/.ipynb/.pdf file"


class IntakeError(UserError):
    """PATH cannot be used at all. The message says what was expected, what was found, and a `hint:`."""


@dataclass(frozen=True)
class Intake:
    """The submissions, sorted by student, and the names of what lay beside them."""

    submissions: tuple[Submission, ...]
    ignored: tuple[str, ...]


def find_submissions(path: Path) -> Intake:
    """Read every submission in `path`: a folder, or an archive of such a folder.

    A submission that cannot be read has a `problem` (its own fault) or is `ambiguous` (a person must look).
    Raises IntakeError if `path` does not exist, is a file but no archive, or holds no submission.
    """
    try:
        candidates, ignored = _candidates(path)
    except FileNotFoundError:
        raise IntakeError(f"expected a folder or an archive, {path} does not exist\n{EXPECTED}") from None
    except OSError as error:
        raise IntakeError(f"{path} cannot be read: {error.strerror or error}\n{EXPECTED}") from error
    except (RefusedError, NeedsPersonError) as error:
        raise IntakeError(f"{path}: {error}\nhint: make the archive again, or unpack it and give the folder") from error
    if not candidates:
        raise IntakeError(f"expected submissions in {path}, found none\n{EXPECTED}")
    return Intake(_submissions(candidates), tuple(sorted(ignored)))


def _candidates(path: Path) -> tuple[list[Candidate], list[str]]:
    real = Path(os.path.realpath(path, strict=True))  # PATH itself may be a link: the instructor gave it
    if real.is_dir():
        return folder_candidates(real)
    with open_regular(real) as stream:
        if archive_format(stream) is None:
            raise IntakeError(f"expected a folder or an archive, {path} is neither\n{EXPECTED}")
        return archive_candidates(stream)


def _submissions(candidates: Sequence[Candidate]) -> tuple[Submission, ...]:
    ordered = sorted(candidates, key=lambda candidate: (candidate.student, candidate.name))
    folders = safe_folders(candidate.student for candidate in ordered)
    return tuple(
        _submission(student, folders[student], list(group))
        for student, group in groupby(ordered, key=lambda candidate: candidate.student)
    )


def _submission(student: str, folder: str, candidates: list[Candidate]) -> Submission:
    if len(candidates) > 1:
        latest = max(candidate.modified for candidate in candidates)
        return Submission(student, folder, (), latest, ambiguous=_several(candidates))
    reading = candidates[0].read()
    return Submission(
        student,
        folder,
        reading.files(),
        reading.latest or candidates[0].modified,
        notes=reading.notes,
        problem=reading.problem,
        ambiguous=reading.ambiguous,
        archives=tuple(reading.archives),
    )


def _several(candidates: Sequence[Candidate]) -> str:
    names = [f"`{shown(candidate.name)}`" for candidate in candidates]
    count = "two" if len(names) == 2 else str(len(names))
    return f"{count} submissions of one student: {', '.join(names[:-1])} and {names[-1]}; hint: keep one of them"
