"""Which of the submissions that were found a batch is about."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import UserError
from grader.intake import Intake
from grader.intake.names import student_name
from grader.submission import Submission
from grader.words import printable

LISTED = 20


class BatchError(UserError):
    """A batch cannot be started as asked. The message is for the TA."""


def apart(intake: Intake, path: Path, out: Path) -> Intake:
    """The submissions without the results, if these lie in the same folder.

    Raises BatchError if a student's results would be written among submitted files.
    """
    given, results = Path(os.path.realpath(path)), Path(os.path.realpath(out))
    if given.is_dir() and results.parent == given and _is_free(results):
        kept = tuple(s for s in intake.submissions if s.student != printable(results.name))
        return replace(intake, submissions=kept)
    if given.is_dir() and results.is_relative_to(given):
        raise BatchError(
            f"--out: expected a folder apart from the submissions, {out} is among them\n"
            "hint: give a new folder, such as results/"
        )
    clash = [s.student for s in intake.submissions if given.is_relative_to(results / s.folder)]
    if clash:
        raise BatchError(
            f"--out: the results of {clash[0]} would be written to {results / clash[0]}, where the "
            "submissions are\nhint: give a new folder, such as results/"
        )
    return intake


def _is_free(folder: Path) -> bool:
    """Whether `folder` is not there yet, is empty, or holds results already: it is no student's."""
    if not folder.is_dir():
        return not folder.exists()
    names = {item.name for item in folder.iterdir()}
    return not names - {".lock"} or "gradebook.sqlite" in names


def chosen(submissions: Sequence[Submission], names: Sequence[str]) -> list[Submission]:
    """The submissions of the students named, all if none is. A file's or folder's name or path stands for its student.

    Raises BatchError, with the names there are, if one is not found.
    """
    if not names:
        return list(submissions)
    found = {name: [s for s in submissions if _is_named(s, name)] for name in names}
    if unknown := [name for name, those in found.items() if not those]:
        raise BatchError(_unknown(unknown, sorted({s.student for s in submissions})))
    wanted = {s.folder for those in found.values() for s in those}
    return [s for s in submissions if s.folder in wanted]


def _is_named(submission: Submission, name: str) -> bool:
    last = os.path.basename(name.rstrip("/"))  # noqa: PTH119 - a Path would drop more than the last slash
    return (
        submission.student in (name, printable(name), printable(last), printable(student_name(last)))
        or submission.folder == name
    )


def _unknown(unknown: Sequence[str], known: Sequence[str]) -> str:
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    close = [match for name in unknown for match in difflib.get_close_matches(printable(name), known, 2)]
    hint = f"did you mean {' or '.join(close)}?" if close else "give a name as it is listed, or leave --student out"
    return (
        f"--student: expected one of {', '.join(known[:LISTED])}{more}; "
        f"found {', '.join(printable(name) for name in unknown)}\nhint: {hint}"
    )
