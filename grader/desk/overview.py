"""The first page: how far marking is, for the class and for each TA; and how one likes to go through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from grader.desk import queue, sitting
from grader.desk.aside import Split
from grader.desk.asked import PageAsked, goto, seated
from grader.desk.queue import QueuePlace, QueueProgress
from grader.desk.recording import CannotRecord, author_of
from grader.desk.roll import RollEntry
from grader.report.wording import points

MOST_TAS = 50


@dataclass(frozen=True)
class CriterionRow:
    """A criterion on the first page."""

    id: str
    title: str
    points: str
    progress: QueueProgress
    for_people: bool


@dataclass(frozen=True)
class MarkerShare:
    """A TA on the first page: how many of the present marks are theirs, and how far their part is."""

    name: str
    marks: int
    part: QueueProgress | None


def show(asked: PageAsked) -> Response:
    """`GET /`."""
    entries, desk = asked.entries, asked.desk
    asked_for = [one.id for one in queue.for_people(desk.assignment, entries)]
    rows = [
        CriterionRow(
            one.id,
            one.title,
            points(one.points),
            queue.progress(entries, [QueuePlace(one.id, code) for code in entries]),
            one.id in asked_for,
        )
        for one in desk.assignment.rubric
    ]
    whole = queue.progress(entries, [QueuePlace(one, code) for one in asked_for for code in entries])
    split = desk.aside.split()
    return asked.page(
        "overview.html.j2",
        title="Overview",
        rows=rows,
        whole=whole,
        shares=_shares(asked, entries, split),
        split=split,
        students=len(entries),
        done=asked.query("done") == "1",
        remark_on_work=desk.works.remark,
    )


def _shares(asked: PageAsked, entries: Mapping[str, RollEntry], split: Split) -> list[MarkerShare]:
    counts = queue.counts_of(entries)
    names = list(dict.fromkeys([*split.names, *counts]))
    return [MarkerShare(name, counts.get(name, 0), _part(asked, entries, split, name)) for name in names]


def _part(asked: PageAsked, entries: Mapping[str, RollEntry], split: Split, name: str) -> QueueProgress | None:
    if name not in split.names:
        return None
    return queue.progress(entries, queue.share(asked.desk.assignment, entries, split, name))


def settings(asked: PageAsked) -> Response:
    """`POST /settings`: the TA's name and wishes; a box that is not ticked sends nothing."""
    given = {name: asked.field(name) for name in ("name", "by", "order") if asked.field(name)}
    if asked.field("wishes"):
        given |= {flag: asked.field(flag, "0") for flag in ("mine", "anonymous")}
    if "name" in given:
        author_of(given["name"])
    changed = sitting.changed(asked.sitting, given)
    return seated(goto(inside(asked.field("back"))), asked.desk, changed)


def inside(address: str) -> str:
    """An address of the desk's own; its first page for any other."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def part_work(asked: PageAsked) -> Response:
    """`POST /split`: the names of those who share the work, and by what it is parted."""
    names = tuple(dict.fromkeys(author_of(line) for line in asked.field("names").splitlines() if line.strip()))
    if len(names) > MOST_TAS:
        raise CannotRecord(f"expected at most {MOST_TAS} names, found {len(names)}")
    asked.desk.aside.set_split(Split("criteria" if asked.field("split_by") == "criteria" else "students", names))
    return goto("/")
