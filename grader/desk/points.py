"""Rubric items → points and the reason that a student reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from grader.gradebook.desk_records import MadeOf, RubricItem
from grader.grading import ZERO
from grader.words import plain

HOW = "Items that give points are added from 0; with deductions alone, they are taken off full points."


def points_of(chosen: Sequence[RubricItem], possible: Decimal) -> Decimal:
    """What items come to: deductions are taken off the points that others give, or off all that is possible."""
    given = [item.points for item in chosen if item.points > 0]
    start = sum(given, ZERO) if given else possible
    taken = sum((item.points for item in chosen if item.points < 0), ZERO)
    return min(possible, max(ZERO, start + taken))


def reason_of(chosen: Sequence[RubricItem], remark: str, points: Decimal, possible: Decimal) -> str:
    """What a student reads beside their points; without a word of the TA's, only whether all or nothing was given."""
    words = [f"{item.words} ({signed(item.points)})" if item.points else item.words for item in chosen]
    told = "; ".join([*words, *([remark] if remark else [])])
    if told or 0 < points < possible:
        return told
    return "all that was asked for is there" if points else "nothing of what was asked for is there"


def signed(points: Decimal) -> str:
    """Points with their sign: `+1.5`, `−0.5`."""
    return f"+{plain(points)}" if points > 0 else f"−{plain(-points)}" if points < 0 else "0"


def chosen_of(made_of: MadeOf, items: Mapping[int, RubricItem]) -> list[RubricItem]:
    """The items of a mark as they are now, in the order in which they were made."""
    return [items[number] for number in sorted(made_of.items) if number in items]
