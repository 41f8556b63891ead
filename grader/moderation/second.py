"""The second mark: given without a look at the first, and never a change of the grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.batch.marking import Given, MarkingError, find_student, nobody, parse_points
from grader.gradebook.moderation import FirstMark, drawn_marks, insert_seconds, second_marks
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import Mark
from grader.people.resolve import UnknownStudentError

ALL = "hint: nothing was recorded; `grader moderate list DIR` shows what waits for you"


class ModerationError(MarkingError):
    """A second mark that cannot be given, or nothing to draw. The message is for the TA."""


@dataclass(frozen=True)
class DoubleMark:
    """One piece of work that two people marked; points as shares of what was possible."""

    criterion: str
    first: str
    second: str
    first_share: float
    second_share: float


@dataclass(frozen=True)
class Waiting:
    """Work to be marked a second time: nothing in it tells the first mark."""

    student: str
    folder: str
    mark: Mark


def waiting(book: Gradebook, author: str) -> list[Waiting]:
    """What is drawn, was first marked by somebody else, and this person has not marked yet; the first mark left out."""
    present = {one.grade.student: one for one in book.current()}
    done = {(one.first.id, one.author) for one in second_marks(book)}
    return [
        Waiting(first.student, present[first.student].folder, blind)
        for first in drawn_marks(book).values()
        if first.author != author and (first.id, author) not in done and first.student in present
        if (blind := _blind(present[first.student], first.criterion)) is not None
    ]


def _blind(stored: StoredGrade, criterion: str) -> Mark | None:
    """The criterion's title and points possible, and nothing of what it was given."""
    from dataclasses import replace

    from grader.finding import Finding

    mark = next((mark for mark in stored.grade.marks if mark.criterion == criterion), None)
    empty = Finding.ungraded("a second person marks this, without the first mark")
    return None if mark is None else replace(mark, finding=empty, points=None, by_hand=None)


def give_second(book: Gradebook, given: Sequence[Given], author: str) -> int:
    """Record second marks, all or none, and say how many. Raises ModerationError with every problem."""
    name = " ".join(author.split())
    if not name:
        raise ModerationError('--as: expected a name, found none\nhint: --as "Ada Lovelace"')
    numbers = {(first.student, first.criterion): (number, first) for number, first in drawn_marks(book).items()}
    present = {one.folder: one for one in book.current()}
    done = {(one.first.id, one.author) for one in second_marks(book)}
    marks: dict[int, tuple[int, Decimal, str]] = {}
    problems: list[str] = []
    for one in given:
        try:
            number, points = _checked(one, name, present, numbers, done)
            if number in marks:
                raise ModerationError(f"{one.student}, {one.criterion}: expected one mark, found a second one")
            marks[number] = (number, points, " ".join(one.reason.split()))
        except MarkingError as error:
            problems.append(f"{one.where}{error}")
    if problems:
        raise ModerationError("\n".join([*problems, ALL]))
    insert_seconds(book, list(marks.values()), name)
    return len(marks)


def _checked(
    one: Given,
    author: str,
    present: Mapping[str, StoredGrade],
    numbers: Mapping[tuple[str, str], tuple[int, FirstMark]],
    done: set[tuple[int, str]],
) -> tuple[int, Decimal]:
    try:
        stored = find_student(present, one.student, beginnings=not one.where)
    except UnknownStudentError as error:
        raise ModerationError(nobody(error, one.student, len(present))) from None
    student, what = stored.grade.student, f"{stored.grade.student}, {one.criterion}"
    if (student, one.criterion) not in numbers:
        raise ModerationError(f"{what}: expected a mark that was drawn, found one that was not")
    number, first = numbers[student, one.criterion]
    if first.author == author:
        raise ModerationError(f"{what}: expected another marker than the first one, found {author} again")
    if (first.id, author) in done:
        raise ModerationError(f"{what}: expected one second mark by {author}, found one already")
    mark = next(mark for mark in stored.grade.marks if mark.criterion == one.criterion)
    return number, parse_points(one.points, mark)


def double_marks(book: Gradebook) -> list[DoubleMark]:
    """What two people marked, as shares of the points that are possible now."""
    possible = {
        (one.grade.student, mark.criterion): mark.points_possible for one in book.current() for mark in one.grade.marks
    }
    return [
        DoubleMark(
            one.first.criterion,
            one.first.author,
            one.author,
            float(one.first.points / most),
            float(one.points / most),
        )
        for one in second_marks(book)
        if (most := possible.get((one.first.student, one.first.criterion)))
    ]
