"""The page to mark at: a criterion of a student, what shows how good it is, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from grader.desk import items, queue, sight
from grader.desk.asked import NoSuchPage, PageAsked, goto, url
from grader.desk.points import HOW, chosen_of, points_of, signed
from grader.desk.queue import QueuePlace
from grader.desk.recording import Decision, Stale, base_of
from grader.desk.roll import RollEntry
from grader.desk.standing import standing
from grader.gradebook.desk_records import MadeOf, RubricItem, comments_of
from grader.grading import Mark
from grader.report.wording import TAGS, moment, points
from grader.rubric import Criterion

NOTHING = MadeOf()


@dataclass(frozen=True)
class ItemChoice:
    """An item beside its check box; `digit` is the key that turns it on and off."""

    item: int
    words: str
    points: str
    value: Decimal
    digit: str
    chosen: bool


def here_of(asked: PageAsked) -> tuple[Criterion, RollEntry, Mark]:
    """What the address names. Raises NoSuchPage."""
    criterion, entry = asked.desk.criterion(asked.path("criterion")), asked.entry(asked.path("code"))
    mark = None if criterion is None else entry.mark(criterion.id)
    if criterion is None or mark is None:
        raise NoSuchPage
    return criterion, entry, mark


def show(asked: PageAsked) -> Response:
    """`GET /mark/CRITERION/CODE`."""
    return page(asked, _drafted(asked))


def _drafted(asked: PageAsked) -> MadeOf | None:
    """What was chosen before an item was added, so that no click is lost on the way."""
    if "on" not in asked.request.query_params:
        return None
    numbers = [int(one) for one in asked.query("on").split(",") if one.isdecimal()]
    return MadeOf(tuple(numbers), asked.query("remark"), own_points=False)


def page(asked: PageAsked, draft: MadeOf | None = None, typed: str | None = None, *, blind: bool = False) -> Response:
    """The page, with what was chosen and typed so far; a `blind` one says nothing of marks that people gave."""
    desk = asked.desk
    criterion, entry, mark = here_of(asked)
    known = desk.roll.items()
    made_of = draft or (entry.made_of.get(criterion.id, NOTHING) if mark.by_hand else NOTHING)
    here, entries = QueuePlace(criterion.id, entry.code), asked.entries
    places = queue_of(asked, criterion.id)
    before, after = (None, None) if blind else queue.beside(places, here)
    if after is not None:
        sight.read_ahead(desk.works.of(entries[after.code].stored.submission_sha256))
    with desk.roll.book.reading() as connection:
        comments = () if blind else comments_of(connection, entry.stored.grade.student)
    shown = next(one for one in desk.shown(entry).marks if one.criterion == criterion.id)
    chosen = chosen_of(made_of, known)
    if typed is None:
        typed = f"{mark.points:f}" if made_of.own_points and mark.by_hand and mark.points is not None else ""
    return asked.page(
        "mark.html.j2",
        blind=blind,
        action=f"/{'second' if blind else 'mark'}/{criterion.id}/{entry.code}",
        title=f"{criterion.title}: {asked.name_of(entry)}",
        criterion=criterion,
        entry=entry,
        who=asked.name_of(entry),
        mark=mark,
        tag=TAGS[mark.finding.outcome],
        possible=points(mark.points_possible),
        standing=None if mark.points is None else points(mark.points),
        total=_total(entry),
        others=_others(entry, criterion.id),
        base=base_of(desk.roll, entry, mark),
        choices=choices(known, criterion.id, made_of),
        made_of=made_of,
        typed=typed,
        worth=points(points_of(chosen, mark.points_possible)) if chosen else "",
        how=HOW,
        exhibits=sight.exhibits(shown),
        files=sight.files(desk.works.of(entry.stored.submission_sha256), comments),
        comments=comments,
        remark_on_work=desk.works.remark,
        before=before,
        after=after,
        at=places.index(here) + 1 if here in places else 0,
        count=len(places),
        left=sum(queue.is_open(entries[place.code], place.criterion) for place in places),
        moment=moment,
    )


def queue_of(asked: PageAsked, criterion: str) -> list[QueuePlace]:
    """The places that the TA goes through, when at a criterion."""
    split = asked.desk.aside.split()
    return queue.places(asked.desk.assignment, asked.entries, asked.sitting.wish, criterion, split, asked.sitting.name)


def choices(known: Mapping[int, RubricItem], criterion: str, made_of: MadeOf) -> list[ItemChoice]:
    """The criterion's items; a retired one is there only for a mark that has it."""
    shown = [
        item
        for item in known.values()
        if item.criterion == criterion and (not item.retired or item.item in made_of.items)
    ]
    return [
        ItemChoice(
            one.item,
            one.words,
            signed(one.points) if one.points else "",
            one.points,
            str(number) if number < 10 else "",
            one.item in made_of.items,
        )
        for number, one in enumerate(shown, start=1)
    ]


def _total(entry: RollEntry) -> str:
    grade = entry.stored.grade
    so_far = "" if grade.points is not None else " so far"
    return f"{points(grade.points_so_far)} of {points(grade.points_possible)}{so_far}"


def _others(entry: RollEntry, criterion: str) -> list[tuple[str, str, str, bool]]:
    """The student's other criteria: id, title, points, and whether it is this one."""
    return [
        (
            mark.criterion,
            mark.title,
            f"{'–' if mark.points is None else points(mark.points)} / {points(mark.points_possible)}",
            mark.criterion == criterion,
        )
        for mark in entry.stored.grade.marks
    ]


def decide(asked: PageAsked) -> Response:
    """`POST /mark/CRITERION/CODE`: record it, then on to the next open one."""
    criterion, entry, _ = here_of(asked)
    if asked.field("words").strip():
        return items.add(asked)  # an item that was begun is not lost
    decision = Decision(
        entry.code,
        criterion.id,
        asked.field("base"),
        asked.numbers("item"),
        asked.field("remark"),
        asked.field("points"),
    )
    try:
        asked.desk.recorder.record([decision], asked.sitting.name, asked.field("key"))
    except Stale as stale:
        return _conflict(asked, stale.decisions)
    return goto(next_address(asked, QueuePlace(criterion.id, entry.code)))


def next_address(asked: PageAsked, here: QueuePlace) -> str:
    """Where marking goes on after a place."""
    entries, places = asked.entries, queue_of(asked, here.criterion)
    held = asked.desk.aside.held(asked.sitting.session)
    busy = {place for place in places if f"{place.criterion}/{place.code}" in held}
    found = queue.next_open(places, entries, here, busy) or queue.beside(places, here)[1]
    return url(found) if found else "/?done=1"


def _conflict(asked: PageAsked, decisions: Sequence[Decision]) -> Response:
    """What stands now beside what the TA was about to give: nothing was recorded."""
    criterion, entry, mark = here_of(asked)
    known, decision = asked.desk.roll.items(), decisions[0]
    made_of = MadeOf(decision.items, decision.remark, bool(decision.points))
    chosen = chosen_of(made_of, known)
    return asked.page(
        "conflict.html.j2",
        status=409,
        title="Changed meanwhile",
        criterion=criterion,
        **standing(asked, entry, mark),
        decision=decision,
        chosen=chosen,
        mine=decision.points or (points(points_of(chosen, mark.points_possible)) if chosen else "nothing"),
        go_on=next_address(asked, QueuePlace(criterion.id, entry.code)),
        moment=moment,
    )


def hold(asked: PageAsked) -> Response:
    """`POST /hold`: this page is open; who else has it open."""
    place = asked.field("place")
    criterion, _, code = place.partition("/")
    if asked.desk.criterion(criterion) is None or code not in asked.entries:
        raise NoSuchPage
    others = asked.desk.aside.hold(place, asked.sitting.session, asked.sitting.name)
    entry = asked.entry(code)
    mark = entry.mark(criterion)
    changed = mark is not None and base_of(asked.desk.roll, entry, mark) != asked.field("base")
    return asked.page("held_part.html.j2", others=others, changed=changed, mark=mark)


def go(asked: PageAsked) -> Response:
    """`GET /next`: the first open place of a criterion, or of all."""
    entries, asked_for = asked.entries, asked.query("criterion")
    known = [one.id for one in queue.for_people(asked.desk.assignment, entries)]
    if asked_for and asked.desk.criterion(asked_for) is None:
        raise NoSuchPage
    for criterion in [asked_for] if asked_for else known:
        places = queue_of(asked, criterion)
        held = asked.desk.aside.held(asked.sitting.session)
        busy = {place for place in places if f"{place.criterion}/{place.code}" in held}
        found = queue.next_open(places, entries, None, busy) or (places[0] if asked_for and places else None)
        if found:
            return goto(url(found))
    return goto("/?done=1")
