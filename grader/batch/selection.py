"""Which of the submissions that were found a batch is about."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import UserError
from grader.intake import Intake
from grader.intake.names import student_name
from grader.people.identity import Identity
from grader.people.resolve import UnknownStudentError, meant, unknown
from grader.submission import Submission
from grader.words import printable


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
    """The submissions of the students named, all if none is: by name, id, login, a file's or folder's name or path.

    Raises BatchError, with the names there are, for each that is not found.
    """
    if not names:
        return list(submissions)
    people = {one.folder: Identity(one.student, one.origin) for one in submissions if one.attempt == 1}
    people |= {one.folder: Identity(one.student, one.origin) for one in submissions if one.folder not in people}
    wanted: set[str] = set()
    lost: dict[str, UnknownStudentError] = {}
    for name in names:
        try:
            wanted.add(people[_meant(name, people)].student)
        except UnknownStudentError as error:
            lost[name] = error
    if several := [error for error in lost.values() if error.several]:
        raise BatchError("\n".join(f"--student: {error}" for error in several))
    if lost:
        near = list(dict.fromkeys(student for error in lost.values() for student in error.near))
        raise BatchError("--student: " + unknown(list(lost), [one.student for one in people.values()], near))
    return [one for one in submissions if one.student in wanted]


def _meant(name: str, people: Mapping[str, Identity]) -> str:
    """A file's name stands for the student in its name."""
    called = student_name(os.path.basename(name.rstrip("/")))  # noqa: PTH119 - a Path would drop more than the slash
    exact = [key for key, one in people.items() if one.student == printable(called)]
    return exact[0] if len(exact) == 1 else meant(name, people)
