"""Practice before real marks: examples with a mark that was agreed on, marked by whoever begins."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from grader.batch.marking import find_student, nobody, parse_points
from grader.gradebook.moderation import (
    FirstMark,
    example_marks,
    first_marks,
    insert_example,
    insert_practice,
    practice_marks,
)
from grader.gradebook.store import Gradebook
from grader.moderation.second import ModerationError
from grader.people.resolve import UnknownStudentError

NEAR = 0.1  # of the points: so close a mark is as good as the agreed one


@dataclass(frozen=True)
class Practised:
    """A mark for practice beside the agreed one. `near` says whether it is within a tenth of the points."""

    agreed: FirstMark
    points: Decimal
    near: bool


def add_example(book: Gradebook, student: str, criterion: str, author: str) -> FirstMark:
    """Make a mark by a person an example for practice: its points and reason are what was agreed on.

    Raises ModerationError if nobody gave that mark.
    """
    name = _student(book, student)
    for one in first_marks(book):
        if (one.student, one.criterion) == (name, criterion):
            insert_example(book, one, author)
            return one
    raise ModerationError(
        f"{name}, {criterion}: expected a mark that a person gave, found none\n"
        f"hint: agree on it and give it first, with `grader mark DIR {name} {criterion} POINTS --reason TEXT`"
    )


def examples(book: Gradebook, author: str) -> list[tuple[FirstMark, bool]]:
    """The examples, and whether this person has practised on each."""
    done = {one.first.id for one in practice_marks(book) if one.author == author}
    return [(one, one.id in done) for one in example_marks(book).values()]


def practise(book: Gradebook, student: str, criterion: str, points: str, author: str) -> Practised:
    """Keep a mark for practice and show the agreed one. It changes no grade, and is given before one can see that.

    Raises ModerationError for what is no example, MarkingError for impossible points.
    """
    name = _student(book, student)
    known = {(one.student, one.criterion): (number, one) for number, one in example_marks(book).items()}
    if (name, criterion) not in known:
        told = ", ".join(f"{one} {of}" for one, of in known) or "there are none yet"
        raise ModerationError(f"{name}, {criterion}: expected an example ({told}), found another mark")
    number, agreed = known[name, criterion]
    [mark] = [
        mark
        for stored in book.current()
        if stored.grade.student == name
        for mark in stored.grade.marks
        if mark.criterion == criterion
    ]
    given = parse_points(points, mark)
    insert_practice(book, number, given, author)
    return Practised(agreed, given, abs(given - agreed.points) <= mark.points_possible * Decimal(str(NEAR)))


def _student(book: Gradebook, name: str) -> str:
    present = {one.folder: one for one in book.current()}
    try:
        return find_student(present, name).grade.student
    except UnknownStudentError as error:
        raise ModerationError(nobody(error, name, len(present))) from None
