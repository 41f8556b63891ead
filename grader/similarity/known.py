"""What everybody may hold: the course's own files, and the work of earlier years."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.assignment import Assignment
from grader.intake.find import find_submissions
from grader.similarity.submitted_code import Program, program_of
from grader.submission import SubmittedFile

GIVEN = ("starter", "provided", "hidden", "inside")
PROGRAMS = (".py", ".ipynb")


def known_files(assignment: Assignment) -> list[Program]:
    """The starter, what is provided, and the official solutions of an assignment; each file is a program."""
    return [program for name in GIVEN for program in _programs(assignment.folder / name)]


def known_in(path: Path) -> list[Program]:
    """The programs in a file, a folder of files or of submissions, or an archive. Raises IntakeError."""
    if path.suffix.lower() in PROGRAMS:
        return [_program(path)]
    if path.is_dir():
        return list(_programs(path))
    return [program_of(one.student, one.files) for one in find_submissions(path).submissions]


def _programs(folder: Path) -> Iterator[Program]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PROGRAMS and path.is_file():
            yield _program(path)


def _program(path: Path) -> Program:
    return program_of(path.name, [SubmittedFile(path.name, path.read_bytes())])
