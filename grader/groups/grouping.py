"""Lost marks in groups: each group has one criterion or one cause, the same points, and one kind of failure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from grader.exhibit import Quote
from grader.gradebook.rows import StoredGrade
from grader.grading import Mark
from grader.groups.follow_on import together
from grader.groups.likeness import FEW_TOKENS, alike_texts, in_order, normalised_program
from grader.groups.reasons import Reason, close, reason_of
from grader.groups.sets import Sets
from grader.report.causes import lost
from grader.submission import SubmittedFile

SAME_WORDS, SAME_NUMBERS, SAME_CODE, SAME_TEXT, SAME_KIND = (
    "the same words",
    "the same numbers",
    "the same code, but for names",
    "nearly the same text",
    "the same kind of failure",
)


@dataclass(frozen=True)
class GroupMember:
    """What one student lost for one reason: the marks, in the rubric's order."""

    student: str
    folder: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class GroupPart:
    """Members of a group whose mistake is the same as far as can be told, and what tells it."""

    why: str
    members: tuple[GroupMember, ...]


@dataclass(frozen=True)
class Group:
    """Members that lost the same points of the same criteria by one kind of failure.

    `id` stands for exactly these members with these marks: with another member or another mark it is another one.
    `parts` tell mistakes apart as finely as can be told, the largest first.
    """

    id: str
    criteria: tuple[str, ...]
    title: str
    outcome: str
    points: tuple[Decimal | None, ...]
    possible: tuple[Decimal, ...]
    why: str
    parts: tuple[GroupPart, ...]

    @property
    def members(self) -> tuple[GroupMember, ...]:
        """All of them, part by part."""
        return tuple(member for part in self.parts for member in part.members)

    @property
    def example(self) -> Mark:
        """A mark that shows what the failure is."""
        return self.members[0].marks[0]

    @property
    def size(self) -> int:
        """How many marks one decision gives."""
        return len(self.members) * len(self.criteria)


Files = Mapping[str, Sequence[SubmittedFile]]
Parts = list[GroupPart]


def groups_of(stored: Sequence[StoredGrade], files: Files | None = None) -> list[Group]:
    """The groups of all marks that lost points or wait for a person, and that no person has decided yet: those that
    settle most marks first.

    `stored` are grades with their exhibits (`StudentFolder.with_exhibits`), `files` what was handed in, by the
    students' folders; without them code is not compared, and nobody knows which mistake was carried on into which.
    """
    found = files or {}
    blocks: dict[tuple[object, ...], list[GroupMember]] = defaultdict(list)
    for one in stored:
        for member in undecided(one):
            blocks[_block(member)].append(member)
    order = [mark.criterion for one in stored for mark in one.grade.marks]
    ordered = sorted(blocks.values(), key=lambda members: order.index(members[0].marks[0].criterion))
    groups = [parts for members in ordered for parts in _groups(members, found)]
    reasons = {one.folder: together(one.grade, found.get(one.folder, ())) for one in stored}
    merged = [_group(parts) for parts in _merged(groups, reasons)]
    return sorted(merged, key=lambda group: (-group.size, group.criteria, group.id))


def undecided(stored: StoredGrade) -> Iterator[GroupMember]:
    """Each mark of a student that lost points or waits for a person, and that no person has given."""
    for mark in stored.grade.marks:
        if mark.by_hand is None and (mark.points is None or lost(mark) > 0):
            yield GroupMember(stored.grade.student, stored.folder, (mark,))


def _block(member: GroupMember) -> tuple[object, ...]:
    """Only members of one block can be in one group: one decision gives all of them the same."""
    return tuple((mark.criterion, mark.finding.outcome, mark.points, mark.points_possible) for mark in member.marks)


def _merged(groups: Sequence[Parts], reasons: Mapping[str, Mapping[str, int]]) -> Iterator[Parts]:
    """Groups of the very same students become one where each of these lost all of it for one reason."""
    together: dict[object, list[Parts]] = defaultdict(list)
    for parts in groups:
        members = [member for part in parts for member in part.members]
        cause = {(member.folder, reasons[member.folder][member.marks[0].criterion]) for member in members}
        together[frozenset(cause)].append(parts)
    yield from map(_as_one, together.values())


def _as_one(groups: Sequence[Parts]) -> Parts:
    """Several groups of the same members as one, whose parts are as fine as all of theirs."""
    if len(groups) == 1:
        return groups[0]
    found: dict[str, list[tuple[int, GroupPart, GroupMember]]] = defaultdict(list)
    for parts in groups:
        for number, part in enumerate(parts):
            for member in part.members:
                found[member.folder].append((number, part, member))
    cells: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for folder, places in found.items():
        cells[tuple(number for number, _, _ in places)].append(folder)
    return [_joined([found[folder] for folder in cells[cell]]) for cell in sorted(cells)]


def _joined(members: Sequence[Sequence[tuple[int, GroupPart, GroupMember]]]) -> GroupPart:
    whole = tuple(
        replace(places[0][2], marks=tuple(mark for _, _, member in places for mark in member.marks))
        for places in members
    )
    return GroupPart(members[0][0][1].why if len(whole) > 1 else "", whole)


def _groups(members: Sequence[GroupMember], files: Files) -> Iterator[Parts]:
    reasons = [_reason(member) for member in members]
    same, why = _same(members, reasons, files)
    kinds = Sets(len(members))
    for one, other in _equal([reason.kind for reason in reasons]):
        kinds.join(one, other)
    for place in range(len(members)):
        kinds.join(place, same.of(place))
    for group in kinds.all():
        parts: dict[int, list[int]] = defaultdict(list)
        for place in group:
            parts[same.of(place)].append(place)
        ordered = sorted(parts.values(), key=lambda part: (-len(part), part))
        parts_of = [GroupPart(_why(part, why), tuple(members[place] for place in part)) for part in ordered]
        yield [replace(part, members=_ordered(part.members, files)) for part in parts_of]


def _ordered(members: tuple[GroupMember, ...], files: Files) -> tuple[GroupMember, ...]:
    """Members so that programs that are alike follow each other."""
    programs = [normalised_program(files.get(member.folder, ())) for member in members]
    return tuple(members[place] for place in in_order(programs))


def _reason(member: GroupMember) -> Reason:
    """Why; what only a person grades says nothing yet."""
    mark = member.marks[0]
    waits = mark.manual and mark.points is None
    return Reason("", "", (), "") if waits else reason_of(mark)


def _same(members: Sequence[GroupMember], reasons: Sequence[Reason], files: Files) -> tuple[Sets, dict[int, str]]:
    """Members of the same mistake, and by which sign each was found to be."""
    same, why = Sets(len(members)), dict[int, str]()

    def join(pairs: Iterable[tuple[int, int]], sign: str) -> None:
        for one, other in pairs:
            if same.join(one, other):
                why.setdefault(one, sign)
                why.setdefault(other, sign)

    join(_equal([reason.exact for reason in reasons]), SAME_WORDS)
    join(_close(reasons), SAME_NUMBERS)
    join(alike_texts([_text(member) for member in members]), SAME_TEXT)
    join(_equal([_program(member, reason, files) for member, reason in zip(members, reasons, strict=True)]), SAME_CODE)
    return same, why


def _equal(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    first: dict[str, int] = {}
    for place, value in enumerate(values):
        if value:
            if value in first:
                yield first[value], place
            first.setdefault(value, place)


def _close(reasons: Sequence[Reason]) -> Iterator[tuple[int, int]]:
    """Pairs of the same words whose numbers are the same but for rounding."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for place, reason in enumerate(reasons):
        heads = kinds[reason.words]
        near = next((head for head in heads if reason.words and close(reasons[head].numbers, reason.numbers)), None)
        if near is None:
            heads.append(place)
        else:
            yield near, place


def _text(member: GroupMember) -> str:
    """What the student wrote that the criterion is about, where a person reads it."""
    quotes = [one for mark in member.marks for one in mark.finding.exhibits if isinstance(one, Quote)]
    return "\n".join(passage.text for quote in quotes for passage in quote.passages)


def _program(member: GroupMember, reason: Reason, files: Files) -> str:
    """All the code, but for names and layout, with the kind of failure: where results are drawn at random, the same
    program fails with other numbers. Programs that are merely alike may hold different mistakes.
    """
    tokens = normalised_program(files.get(member.folder, ()))
    return f"{reason.words}\n{' '.join(tokens)}" if reason.words and len(tokens) >= FEW_TOKENS else ""


def _why(part: Sequence[int], why: Mapping[int, str]) -> str:
    return next((why[place] for place in part if place in why), "")


def _group(parts: Sequence[GroupPart]) -> Group:
    marks = parts[0].members[0].marks
    title = marks[0].title if len(marks) == 1 else f"{marks[0].title} and {len(marks) - 1} more"
    return Group(
        id=_id(parts),
        criteria=tuple(mark.criterion for mark in marks),
        title=title,
        outcome=marks[0].finding.outcome.value,
        points=tuple(mark.points for mark in marks),
        possible=tuple(mark.points_possible for mark in marks),
        why=parts[0].why if len(parts) == 1 else SAME_KIND,
        parts=tuple(parts),
    )


def _id(parts: Sequence[GroupPart]) -> str:
    told = sorted(
        (member.folder, mark.criterion, str(mark.points), mark.finding.message)
        for part in parts
        for member in part.members
        for mark in member.marks
    )
    return hashlib.sha256(repr(told).encode("utf-8", "backslashreplace")).hexdigest()[:8]


def as_dict(group: Group) -> dict[str, Any]:
    """A group for other programs; `points` is null while they are open."""
    return {
        "id": group.id,
        "criteria": list(group.criteria),
        "title": group.title,
        "outcome": group.outcome,
        "points": [None if points is None else float(points) for points in group.points],
        "points_possible": [float(points) for points in group.possible],
        "marks": group.size,
        "why": group.why,
        "message": group.example.finding.message,
        "hint": group.example.finding.hint,
        "students": [member.student for member in group.members],
        "parts": [
            {
                "id": f"{group.id}.{number}",
                "why": part.why,
                "message": part.members[0].marks[0].finding.message,
                "students": [member.student for member in part.members],
            }
            for number, part in enumerate(group.parts, start=1)
        ],
    }
