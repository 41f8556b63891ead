"""What goes out: one result for each student, and the files made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from grader.assignment import Assignment
from grader.deadlines.calendar import calendar_of
from grader.errors import UserError
from grader.gradebook.results import Results
from grader.gradebook.store import Gradebook
from grader.grading import Grade
from grader.people.identity import Identity
from grader.people.roster import Roster

CENT = Decimal("0.01")


class ExportError(UserError):
    """Grades cannot be exported as asked. The message is for the TA."""


@dataclass(frozen=True)
class Result:
    """One student's current grade. `excused`: the assignment does not count for them."""

    identity: Identity
    grade: Grade
    folder: str
    excused: bool = False

    @property
    def student(self) -> str:
        """The name in the gradebook."""
        return self.identity.student

    @property
    def lms(self) -> str:
        """The LMS that the submission came from; empty for plain folders."""
        return "" if self.identity.origin is None else self.identity.origin.lms


@dataclass(frozen=True)
class Target:
    """What to export into: the LMS's own file, the column in it, and how points are scaled to its maximum."""

    into: Path | None = None
    column: str | None = None
    scale: bool = False


@dataclass(frozen=True)
class Export:
    """Files by name, and what a TA has to know. `problems` need a person."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """All results of a batch with what is needed to place them."""

    assignment: Assignment
    results: Sequence[Result]
    roster: Roster = field(default_factory=Roster)

    def points(self, result: Result, maximum: Decimal | None, *, scale: bool) -> Decimal | None:
        """A result's points on the LMS's scale; None while it is ungraded or excused.

        Raises ExportError if the LMS has another maximum and nobody asked for scaling.
        """
        if result.grade.points is None or result.excused:
            return None
        possible = result.grade.points_possible
        if maximum is None or maximum == possible:
            return result.grade.points
        if not scale:
            raise ExportError(
                f"expected {possible:f} points possible as in the rubric, found {maximum:f} in the LMS's file\n"
                "hint: change the LMS's item, or give --scale to convert the points"
            )
        return (result.grade.points * maximum / possible).quantize(CENT, ROUND_HALF_UP)

    def waiting(self) -> list[str]:
        """Remarks on those who get no points now."""
        open_ones = [result.student for result in self.results if result.grade.points is None and not result.excused]
        excused = [result.student for result in self.results if result.excused]
        lines = [f"ungraded, left blank: {student}" for student in open_ones]
        return [*lines, *(f"excused: {student}" for student in excused)]


def results_of(folder: Path, assignment: Assignment, gradebook: Gradebook) -> list[Result]:
    """The gradebook's current grades, sorted by student."""
    stored = gradebook.current()
    people = [Identity(found.grade.student, found.origin) for found in stored]
    terms = calendar_of(assignment, Results(folder), people, None)
    return [
        Result(person, found.grade, found.folder, terms.terms(person.student).excused)
        for person, found in zip(people, stored, strict=True)
    ]
