"""Second marks, given blind: what waits for a TA, the page without the first mark, and how far people agree."""

from __future__ import annotations

from starlette.responses import Response

from grader.batch.marking import Given
from grader.desk import marking_page
from grader.desk.asked import NoSuchPage, PageAsked, goto
from grader.desk.points import chosen_of, points_of, reason_of
from grader.desk.recording import CannotRecord
from grader.gradebook.desk_records import MadeOf
from grader.moderation import agreement, double_marks, draw, give_second, proposed, waiting
from grader.report.wording import points

MOST_SEED = 2**31


def show(asked: PageAsked) -> Response:
    """`GET /second`: what waits for a second mark by this TA, and what second marks say of everybody."""
    book = asked.desk.roll.book
    found = waiting(book, asked.sitting.name)
    entries = {entry.folder: entry for entry in asked.entries.values()}
    marks = double_marks(book)
    return asked.page(
        "second.html.j2",
        title="Second marks",
        waiting=[(one.mark, entries[one.folder], asked.name_of(entries[one.folder])) for one in found],
        double=len(marks),
        agreed=agreement(marks) if marks else None,
        points=points,
    )


def drawn(asked: PageAsked) -> Response:
    """`POST /second`: draw so many marks of each person that a bias of 5 % is found."""
    known = agreement(double_marks(asked.desk.roll.book))
    each = known.needed if known.spread is not None else proposed()
    seed = asked.field("seed", "0")
    if not seed.isdecimal() or int(seed) >= MOST_SEED:
        raise CannotRecord(f"seed: expected a whole number below {MOST_SEED}, found {seed[:20]!r}")
    draw(asked.desk.roll.book, author=asked.sitting.name, seed=int(seed), each=each)
    return goto("/second")


def mark(asked: PageAsked) -> Response:
    """`GET /second/CRITERION/CODE`: the work, and nothing of the first mark."""
    _waits(asked)
    return marking_page.page(asked, MadeOf(), "", blind=True)


def _waits(asked: PageAsked) -> None:
    """Raises NoSuchPage for what does not wait for this TA."""
    criterion, entry, _ = marking_page.here_of(asked)
    found = waiting(asked.desk.roll.book, asked.sitting.name)
    if not any((one.folder, one.mark.criterion) == (entry.folder, criterion.id) for one in found):
        raise NoSuchPage


def decide(asked: PageAsked) -> Response:
    """`POST /second/CRITERION/CODE`: keep the second mark; no grade changes."""
    criterion, entry, first = marking_page.here_of(asked)
    known = asked.desk.roll.items()
    chosen = [one for one in chosen_of(MadeOf(asked.numbers("item")), known) if one.criterion == criterion.id]
    remark, own = " ".join(asked.field("remark").split()), asked.field("points").strip()
    if not own and not chosen:
        raise CannotRecord("expected points or an item, found neither\nhint: choose an item, or write the points")
    given = own or f"{points_of(chosen, first.points_possible):f}"
    reason = (
        reason_of(chosen, remark, points_of(chosen, first.points_possible), first.points_possible) if chosen else remark
    )
    give_second(
        asked.desk.roll.book, [Given(entry.stored.grade.student, criterion.id, given, reason)], asked.sitting.name
    )
    rest = waiting(asked.desk.roll.book, asked.sitting.name)
    codes = {one.folder: one.code for one in asked.entries.values()}
    return goto(f"/second/{rest[0].mark.criterion}/{codes[rest[0].folder]}" if rest else "/second")
