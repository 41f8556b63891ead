"""What comes next: places (a criterion of a student) in the order in which a TA wants to mark them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.assignment import Assignment
from grader.batch.marking_sheet import for_a_person, own_text
from grader.desk.aside import Split, part_of
from grader.desk.roll import RollEntry, shuffled
from grader.rubric import Criterion

Order = Literal["random", "name", "alike"]
By = Literal["criterion", "student"]
_NUMBERS = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class QueuePlace:
    """A criterion of a student."""

    criterion: str
    code: str


@dataclass(frozen=True)
class Wish:
    """How a TA wants to go through the class; `mine` leaves out what is another's part."""

    by: By = "criterion"
    order: Order = "random"
    mine: bool = False


@dataclass(frozen=True)
class QueueProgress:
    """How many of how many places have their points."""

    done: int
    total: int


def is_open(entry: RollEntry, criterion: str) -> bool:
    """Whether a person still has to give these points."""
    mark = entry.mark(criterion)
    return mark is not None and mark.points is None


def for_people(assignment: Assignment, entries: Mapping[str, RollEntry]) -> list[Criterion]:
    """The criteria that people mark: those without a check, and those that need a person for anybody."""
    needed = {mark.criterion for entry in entries.values() for mark in entry.stored.grade.marks if for_a_person(mark)}
    return [criterion for criterion in assignment.rubric if criterion.manual or criterion.id in needed]


def ordered(entries: Mapping[str, RollEntry], order: Order, criterion: str = "") -> list[RollEntry]:
    """The class by name, at random but always the same, or so that those with the same finding come together."""
    if order == "name":
        return sorted(entries.values(), key=lambda entry: entry.stored.grade.student.casefold())
    if order == "alike" and criterion:
        return sorted(entries.values(), key=lambda entry: (_likeness(entry, criterion), shuffled(entry.code)))
    return sorted(entries.values(), key=lambda entry: shuffled(entry.code))


def _likeness(entry: RollEntry, criterion: str) -> tuple[str, str]:
    """What was found, numbers left out; then the beginning of what the student wrote."""
    mark = entry.mark(criterion)
    if mark is None:
        return ("", "")
    return (_NUMBERS.sub("#", mark.finding.message), " ".join(own_text(mark).casefold().split())[:200])


def places(
    assignment: Assignment, entries: Mapping[str, RollEntry], wish: Wish, criterion: str, split: Split, ta: str
) -> list[QueuePlace]:
    """Everything in a TA's queue, in its order: one criterion of everybody, or student after student."""
    mine = _mine(assignment, entries, wish, split, ta)
    if wish.by == "criterion":
        found = [QueuePlace(criterion, entry.code) for entry in ordered(entries, wish.order, criterion)]
    else:
        asked = for_people(assignment, entries)
        found = [QueuePlace(one.id, entry.code) for entry in ordered(entries, wish.order) for one in asked]
    return [place for place in found if place in mine] if mine is not None else found


def _mine(
    assignment: Assignment, entries: Mapping[str, RollEntry], wish: Wish, split: Split, ta: str
) -> Collection[QueuePlace] | None:
    return share(assignment, entries, split, ta) if wish.mine and ta in split.names else None


def share(assignment: Assignment, entries: Mapping[str, RollEntry], split: Split, ta: str) -> frozenset[QueuePlace]:
    """A TA's part of all that people mark."""
    criteria = [one.id for one in for_people(assignment, entries)]
    codes = [entry.code for entry in sorted(entries.values(), key=lambda entry: shuffled(entry.code, "split"))]
    if split.by == "criteria":
        own = part_of(criteria, split.names, ta)
        return frozenset(QueuePlace(criterion, code) for criterion in own for code in codes)
    return frozenset(QueuePlace(criterion, code) for criterion in criteria for code in part_of(codes, split.names, ta))


def beside(queue: Sequence[QueuePlace], here: QueuePlace) -> tuple[QueuePlace | None, QueuePlace | None]:
    """The places before and after this one."""
    if here not in queue:
        return None, None
    at = queue.index(here)
    return (queue[at - 1] if at else None), (queue[at + 1] if at + 1 < len(queue) else None)


def next_open(
    queue: Sequence[QueuePlace],
    entries: Mapping[str, RollEntry],
    here: QueuePlace | None = None,
    held: Collection[QueuePlace] = (),
) -> QueuePlace | None:
    """The first open place after this one, beginning again at the end; one that others hold only if no other is."""
    start = queue.index(here) + 1 if here in queue else 0
    turned = [*queue[start:], *queue[:start]]
    found = [place for place in turned if is_open(entries[place.code], place.criterion) and place != here]
    return next((place for place in found if place not in held), found[0] if found else None)


def progress(entries: Mapping[str, RollEntry], asked: Collection[QueuePlace]) -> QueueProgress:
    """How far marking is."""
    known = [entries[place.code].mark(place.criterion) for place in asked if place.code in entries]
    marks = [mark for mark in known if mark is not None]
    return QueueProgress(sum(mark.points is not None for mark in marks), len(marks))


def counts_of(entries: Mapping[str, RollEntry]) -> dict[str, int]:
    """How many of the present marks each person gave."""
    found: dict[str, int] = {}
    for entry in entries.values():
        for mark in entry.stored.grade.marks:
            if mark.by_hand is not None:
                found[mark.by_hand.author] = found.get(mark.by_hand.author, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
