"""Looking for students, items, and words that were said before; and the remarks that can be said again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from grader.desk.asked import PageAsked
from grader.desk.points import signed
from grader.desk.roll import RollEntry
from grader.report.wording import points

MOST_FOUND, MOST_REMARKS = 40, 8


@dataclass(frozen=True)
class UsedRemark:
    """Words that a person gave beside a mark, and how many students have them."""

    words: str
    criterion: str
    students: int
    first: RollEntry


def show(asked: PageAsked) -> Response:
    """`GET /search?q=`."""
    words = asked.query("q").casefold().split()
    entries = asked.entries
    students = [one for one in entries.values() if _has(words, _names(asked, one))] if words else []
    items = [one for one in asked.desk.roll.items().values() if words and _has(words, one.words)]
    return asked.page(
        "search.html.j2",
        title="Search",
        q=asked.query("q"),
        students=sorted(students, key=asked.name_of)[:MOST_FOUND],
        more=max(0, len(students) - MOST_FOUND),
        items=items[:MOST_FOUND],
        remarks=said(entries, words)[:MOST_FOUND] if words else [],
        name_of=asked.name_of,
        signed=signed,
        points=points,
        first=asked.desk.assignment.rubric[0].id,
    )


def _names(asked: PageAsked, entry: RollEntry) -> str:
    """What a student is found by: what is shown of them, and never more than that."""
    if asked.sitting.anonymous:
        return asked.name_of(entry)
    origin = entry.stored.origin
    return " ".join((entry.stored.grade.student, entry.folder, origin.user if origin else ""))


def _has(words: Iterable[str], text: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def said(entries: Mapping[str, RollEntry], words: Iterable[str], criterion: str = "") -> list[UsedRemark]:
    """Remarks that were given before and have these words, those that most students have first."""
    found: dict[tuple[str, str], list[RollEntry]] = {}
    for entry in entries.values():
        for name, made_of in entry.made_of.items():
            if made_of.remark and criterion in ("", name) and _has(words, made_of.remark):
                found.setdefault((made_of.remark, name), []).append(entry)
    said = [UsedRemark(remark, name, len(having), having[0]) for (remark, name), having in found.items()]
    return sorted(said, key=lambda one: (-one.students, one.words))


def suggest(asked: PageAsked) -> Response:
    """`GET /suggest?criterion=&remark=`: remarks on the criterion that begin to say the same."""
    words = asked.query("remark").casefold().split()
    found = said(asked.entries, words, asked.query("criterion"))
    return asked.page("suggest_part.html.j2", remarks=found[:MOST_REMARKS])
