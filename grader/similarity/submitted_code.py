"""A student's code as one text: scripts, and the code cells of notebooks, in the order of their paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.batch.source_code import parts_of
from grader.submission import SubmittedFile

MOST_LINES = 20_000


@dataclass(frozen=True)
class ProgramLine:
    """One line of code, and where it stands: a script, or a cell of a notebook."""

    where: str
    number: int
    text: str


@dataclass(frozen=True)
class Program:
    """All code of one student."""

    student: str
    lines: tuple[ProgramLine, ...]

    @property
    def text(self) -> str:
        """The lines as one text; place i of `lines` is line i of it."""
        return "".join(f"{line.text}\n" for line in self.lines)


def program_of(student: str, files: Iterable[SubmittedFile]) -> Program:
    """The code among files; other files say nothing, and what cannot be read is left out. Nothing is run."""
    found = [
        ProgramLine(part.name, number, text)
        for file in sorted(files, key=lambda file: file.path)
        for part in parts_of(file)
        for number, text in enumerate(part.lines, start=1)
    ]
    return Program(student, tuple(found[:MOST_LINES]))
