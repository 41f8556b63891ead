"""One decision for a group: the marks that it gives, and what they change, before anything is recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from grader.batch.marking import Given, MarkingError, checked, find_student
from grader.gradebook.rows import StoredGrade
from grader.grading import CENT
from grader.groups.grouping import Group, GroupMember
from grader.people.resolve import UnknownStudentError
from grader.words import counted

_SHARE = re.compile(r"\s*(\d{1,3})\s*%\s*", re.ASCII)
NEVER = "1970-01-01T00:00:00Z"


class GroupError(MarkingError):
    """There is no such group, or the decision does not fit it. The message is for the TA."""


@dataclass(frozen=True)
class DecidedChange:
    """What a decision does to one mark. `before` is None while it is open."""

    student: str
    criterion: str
    before: Decimal | None
    after: Decimal

    def as_dict(self) -> dict[str, object]:
        """The change for other programs; `before` is null while the mark is open."""
        before = None if self.before is None else float(self.before)
        return {"student": self.student, "criterion": self.criterion, "before": before, "after": float(self.after)}


def named(groups: Sequence[Group], wanted: str) -> Group:
    """The group with an id, or with the only id that begins so; `ID.2` is its second part alone. Raises GroupError."""
    name, dot, number = wanted.strip().lower().partition(".")
    found = [group for group in groups if name and group.id.startswith(name)]
    if len(found) == 1:
        return _part(found[0], number) if dot else found[0]
    told = f"found {', '.join(group.id for group in found)}" if found else f"found none called {wanted!r:.40}"
    raise GroupError(
        f"group: expected the id of one of the {counted(len(groups), 'group')} there are now, {told}\n"
        "hint: `grader groups DIR` lists them; a group that gained or lost a member, or was marked, has another id"
    )


def _part(group: Group, number: str) -> Group:
    if not (number.isdecimal() and 1 <= int(number) <= len(group.parts)):
        raise GroupError(
            f"group {group.id}: expected a part from 1 to {len(group.parts)} after the dot, found {number!r:.20}\n"
            f"hint: `grader groups DIR {group.id}` lists them"
        )
    part = group.parts[int(number) - 1]
    return replace(group, parts=(part,), why=part.why)


def decision(
    group: Group, points: str, reason: str, present: Mapping[str, StoredGrade], exceptions: Sequence[str] = ()
) -> list[Given]:
    """The same mark for all members but the exceptions. `points` are a number, or a share of what each criterion
    gives, such as `50%`; `present` are the grades as they are now, by folder.

    Raises GroupError for an exception who is no member, or points that do not fit.
    """
    left = _without(group, present, exceptions)
    if not left:
        raise GroupError(f"group {group.id}: expected at least one member to mark, found exceptions alone")
    return [
        Given(member.student, mark.criterion, _points(points, mark.points_possible), reason, f"{member.student}: ")
        for member in left
        for mark in member.marks
    ]


def _without(group: Group, present: Mapping[str, StoredGrade], exceptions: Sequence[str]) -> list[GroupMember]:
    members = {member.folder: present[member.folder] for member in group.members}
    out, problems = set(), []
    for name in exceptions:
        try:
            out.add(find_student(members, name).folder)
        except UnknownStudentError as error:
            near = f" (did you mean {' or '.join(error.near)}?)" if error.near else ""
            problems.append(f"--except: expected one of the {len(members)} members, found {name!r}{near}")
    if problems:
        raise GroupError("\n".join([*problems, f"hint: `grader groups DIR {group.id}` lists them"]))
    return [member for member in group.members if member.folder not in out]


def _points(points: str, possible: Decimal) -> str:
    """A share as points, rounded as the grader rounds; what is no share is left for `checked` to judge."""
    share = _SHARE.fullmatch(points)
    if share is None:
        return points
    if int(share[1]) > 100:
        raise GroupError(f"points: expected 0% to 100%, found {points.strip()}")
    return f"{(possible * int(share[1]) / 100).quantize(CENT, ROUND_HALF_UP):f}"


def preview(
    given: Sequence[Given], present: Mapping[str, StoredGrade], author: str = "nobody yet"
) -> list[DecidedChange]:
    """What the marks would change, checked as if they were recorded. Raises MarkingError with every problem."""
    marks = checked(given, present, author, NEVER)
    return [
        DecidedChange(present[folder].grade.student, mark.criterion, mark.previous, mark.points)
        for folder, found in marks.items()
        for mark in found
    ]
