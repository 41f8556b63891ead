"""What changed between two gradings of a class: whose points, by how much, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.gradebook.grade_json import grade_dict
from grader.gradebook.rows import StoredGrade
from grader.grading import Grade, Mark
from grader.words import plain

ZERO = Decimal(0)
LISTED = 12


@dataclass(frozen=True)
class Difference:
    """One student's change. `lines` say why, one for each criterion and for the late penalty."""

    student: str
    head: str
    lines: tuple[str, ...]
    gain: Decimal = ZERO
    old: Grade | None = None
    new: Grade | None = None


def differences(old: Sequence[StoredGrade], new: Sequence[StoredGrade]) -> list[Difference]:
    """Everybody who has other points or other outcomes now, the greatest change first."""
    before, after = ({found.grade.student: found for found in stored} for stored in (old, new))
    found = [
        Difference(student, "only in the new results", (), new=after[student].grade)
        for student in sorted(after.keys() - before.keys())
    ]
    found += [
        Difference(student, "only in the old results", (), old=before[student].grade)
        for student in sorted(before.keys() - after.keys())
    ]
    for student in sorted(before.keys() & after.keys()):
        if lines := _lines(before[student], after[student]):
            found.append(_difference(before[student].grade, after[student].grade, lines))
    return sorted(found, key=lambda one: (-abs(one.gain), one.student))


def _difference(old: Grade, new: Grade, lines: list[str]) -> Difference:
    gain = new.points_so_far - old.points_so_far
    possible = plain(new.points_possible)
    if (old.points, old.points_possible) == (new.points, new.points_possible):
        return Difference(new.student, f"{_total(new)} of {possible} points as before", tuple(lines), gain, old, new)
    sign = "+" if gain > 0 else "−" if gain < 0 else "±"
    was = "" if old.points_possible == new.points_possible else f" of {plain(old.points_possible)}"
    head = f"{_total(old)}{was} → {_total(new)} of {possible} points ({sign}{plain(abs(gain))})"
    return Difference(new.student, head, tuple(lines), gain, old, new)


def _total(grade: Grade) -> str:
    return plain(grade.points) if grade.points is not None else f"({plain(grade.points_so_far)})"


def _lines(old: StoredGrade, new: StoredGrade) -> list[str]:
    """Why; empty if a reader of the grade sees no change of points or outcomes."""
    before, after = ({mark.criterion: mark for mark in found.grade.marks} for found in (old, new))
    lines = [
        line
        for criterion in dict.fromkeys([*after, *before])
        if (line := _of_criterion(before.get(criterion), after.get(criterion)))
    ]
    if old.grade.late_penalty != new.grade.late_penalty:
        reason = f": {new.grade.late_reason or 'no longer late'}"
        lines.append(f"late penalty {plain(old.grade.late_penalty)} → {plain(new.grade.late_penalty)}{reason}")
    if lines and old.submission_sha256 != new.submission_sha256:
        lines.insert(0, "another submission is graded")
    elif lines and old.evidence_sha256 != new.evidence_sha256:
        lines.insert(0, "the same submission was run again")
    return lines


def _of_criterion(old: Mark | None, new: Mark | None) -> str | None:
    if old is None and new is not None:
        return f"{new.criterion}: new criterion, {_points(new)}"
    if new is None and old is not None:
        return f"{old.criterion}: no longer asked, had {_points(old)}"
    if old is None or new is None:
        return None
    if (old.points, old.points_possible, old.finding.outcome) == (new.points, new.points_possible, new.finding.outcome):
        return None
    same = old.finding.message == new.finding.message
    why = new.finding.message if same else f"{new.finding.message} (before: {old.finding.message})"
    return f"{new.criterion}: {_points(old)} → {_points(new)}, {new.finding.outcome}: {why}"


def _points(mark: Mark) -> str:
    earned = "open" if mark.points is None else plain(mark.points)
    return f"{earned} of {plain(mark.points_possible)}"


def by_cause(found: Sequence[Difference]) -> list[tuple[str, list[str]]]:
    """Each reason with its students, the commonest first."""
    causes: dict[str, list[str]] = {}
    for one in found:
        for line in one.lines:
            causes.setdefault(line, []).append(one.student)
    return sorted(causes.items(), key=lambda pair: -len(pair[1]))


def shared(found: Sequence[Difference]) -> list[str]:
    """A line for each reason that several students share."""
    return [
        f"{len(students)} students: {line} ({_listed(students)})"
        for line, students in by_cause(found)
        if len(students) > 1
    ]


def _listed(students: Sequence[str]) -> str:
    more = f" and {len(students) - LISTED} more" if len(students) > LISTED else ""
    return ", ".join(students[:LISTED]) + more


def as_dict(found: Sequence[Difference], students: int) -> dict[str, object]:
    """All of it for other programs; `points` is null while marks are open."""
    return {
        "students": students,
        "changes": [
            {
                "student": one.student,
                "old": None if one.old is None else grade_dict(one.old),
                "new": None if one.new is None else grade_dict(one.new),
                "gain": float(one.gain),
                "causes": list(one.lines),
            }
            for one in found
        ],
        "causes": [{"cause": line, "students": students} for line, students in by_cause(found)],
    }


def summary(found: Sequence[Difference], students: int) -> str:
    """How many change which way."""
    if not found:
        return f"no change: {students} student{'' if students == 1 else 's'}"
    up, down = sum(one.gain > 0 for one in found), sum(one.gain < 0 for one in found)
    rest = len(found) - up - down
    other = f", {rest} otherwise" if rest else ""
    return f"{len(found)} of {students} students change: {up} gain points, {down} lose points{other}"
