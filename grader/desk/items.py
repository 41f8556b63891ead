"""Rubric items: made while marking, changed once for everybody who has them, and who that is."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from starlette.responses import Response

from grader.desk.asked import NoSuchPage, PageAsked, goto
from grader.desk.points import chosen_of, points_of, signed
from grader.desk.recording import CannotRecord, Decision, Numbers, Stale, base_of, checked_key
from grader.desk.roll import RollEntry
from grader.gradebook.desk_records import RubricItem, insert_item, take_click
from grader.grading import Mark
from grader.report.wording import points

MOST_WORDS = 300  # characters
MOST_POINTS = Decimal(100_000)


@dataclass(frozen=True)
class ItemChange:
    """A student who has an item: their points before and after it is changed."""

    entry: RollEntry
    mark: Mark
    before: Decimal
    after: Decimal
    own_points: bool


def add(asked: PageAsked) -> Response:
    """`POST /items`: a new item, chosen at once for the mark that is being made."""
    criterion = asked.field("criterion")
    if asked.desk.criterion(criterion) is None:
        raise NoSuchPage
    item = RubricItem(
        0, 0, criterion, words_of(asked.field("words")), item_points(asked.field("worth")), asked.sitting.name
    )
    key = checked_key(asked.field("key"))
    with asked.desk.roll.book.transaction() as connection:
        if take_click(connection, f"item {key}", asked.sitting.name):
            item = insert_item(connection, item)
    chosen = [*asked.numbers("item"), *([item.item] if item.item else [])]
    query = urlencode({"on": ",".join(map(str, chosen)), "remark": asked.field("remark")})
    return goto(f"/mark/{criterion}/{asked.entry(asked.field('code')).code}?{query}#items")


def words_of(text: str) -> str:
    """An item's words. Raises CannotRecord."""
    words = " ".join(text.split())
    if not 0 < len(words) <= MOST_WORDS:
        raise CannotRecord(f"an item's words: expected 1 to {MOST_WORDS} characters, found {len(words)}")
    return words


def item_points(text: str) -> Decimal:
    """An item's points, to 0.01, below 0 for a deduction. Raises CannotRecord."""
    clean = text.strip().replace(",", ".").replace("−", "-") or "0"
    try:
        found = Decimal(clean)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > MOST_POINTS or found != round(found, 2):
        raise CannotRecord(f"an item's points: expected a number to 0.01 such as -0.5, found {text.strip()[:40]!r}")
    return round(found, 2).normalize() + Decimal(0)


def show(asked: PageAsked) -> Response:
    """`GET /item/N`: the item, who has it, and the form to change it."""
    item = _item(asked)
    having = changes(asked.entries, asked.desk.roll.items(), item)
    return _page(asked, item, having, _state(item, having))


def _item(asked: PageAsked) -> RubricItem:
    number = asked.path("number")
    found = asked.desk.roll.items().get(int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None:
        raise NoSuchPage
    return found


def changes(entries: Mapping[str, RollEntry], items: Mapping[int, RubricItem], item: RubricItem) -> list[ItemChange]:
    """Everybody who has an item, with what their points become when it is as given."""
    after = {**items, item.item: item}
    found = []
    for entry in entries.values():
        mark, made_of = entry.mark(item.criterion), entry.made_of.get(item.criterion)
        if mark is None or mark.by_hand is None or mark.points is None or not made_of or item.item not in made_of.items:
            continue
        new = mark.points if made_of.own_points else points_of(chosen_of(made_of, after), mark.points_possible)
        found.append(ItemChange(entry, mark, mark.points, new, made_of.own_points))
    return sorted(found, key=lambda change: (change.before == change.after, change.entry.code))


def _state(item: RubricItem, having: list[ItemChange]) -> str:
    """What the preview shows, as one word: who has the item, with which points."""
    shown = (item.version, sorted((one.entry.code, str(one.before), one.own_points) for one in having))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def change(asked: PageAsked) -> Response:
    """`POST /item/N`: first whose points would change, then, if that still holds, the change for all of them."""
    item, items = _item(asked), asked.desk.roll.items()
    fresh = replace(
        item,
        words=words_of(asked.field("words")),
        points=item_points(asked.field("worth")),
        retired=asked.field("retired") == "1",
        author=asked.sitting.name,
    )
    having = changes(asked.entries, items, fresh)
    state = _state(item, changes(asked.entries, items, item))
    if asked.field("step") != "apply" or asked.field("state") != state:
        return _preview(asked, fresh, having, state, stale=asked.field("step") == "apply")
    same = (fresh.words, fresh.points) == (item.words, item.points)
    decisions = [] if same else [_again(asked, one) for one in having]

    def keep(connection: sqlite3.Connection, _: Numbers) -> None:
        if connection.execute("SELECT max(id) FROM item WHERE item = ?", (item.item,)).fetchone()[0] != item.version:
            raise CannotRecord("somebody else changed this item meanwhile\nhint: load the page again")
        insert_item(connection, fresh)

    try:
        asked.desk.recorder.record(decisions, asked.sitting.name, asked.field("key"), keep, {item.item: fresh})
    except Stale:
        return _preview(asked, fresh, changes(asked.entries, items, fresh), state, stale=True)
    return goto(f"/item/{item.item}?changed=1")


def _again(asked: PageAsked, one: ItemChange) -> Decision:
    """The same decision as before: the item is another one now."""
    made_of = one.entry.made_of[one.mark.criterion]
    return Decision(
        one.entry.code,
        one.mark.criterion,
        base_of(asked.desk.roll, one.entry, one.mark),
        made_of.items,
        made_of.remark,
        f"{one.mark.points:f}" if made_of.own_points else "",
    )


def _preview(asked: PageAsked, fresh: RubricItem, having: list[ItemChange], state: str, *, stale: bool) -> Response:
    return _page(asked, fresh, having, state, "stale" if stale else "fresh")


def _page(
    asked: PageAsked, item: RubricItem, having: list[ItemChange], state: str, preview: str | None = None
) -> Response:
    return asked.page(
        "item.html.j2",
        status=409 if preview == "stale" else 200,
        title=f"RubricItem: {item.words}",
        item=item,
        criterion=asked.desk.criterion(item.criterion),
        having=having,
        name_of=asked.name_of,
        points=points,
        signed=signed,
        preview=preview,
        state=state,
    )
