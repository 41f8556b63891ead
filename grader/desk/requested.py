"""Regrade requests: what students asked to be looked at again, and answers to them, with other points or the same."""

from __future__ import annotations

import sqlite3

from starlette.responses import Response

from grader.desk.asked import NoSuchPage, PageAsked, goto
from grader.desk.recording import CannotRecord, Decision, Numbers, Stale, checked_key
from grader.desk.roll import RollEntry
from grader.desk.standing import standing
from grader.gradebook.desk_records import take_click
from grader.gradebook.request_records import Request, insert_answer, requests
from grader.grading import Mark

MOST_WORDS = 2000


def show(asked: PageAsked) -> Response:
    """`GET /requests`: those that wait first."""
    entries = {entry.stored.grade.student: entry for entry in asked.entries.values()}
    found = [(one, entries[one.student]) for one in _all(asked) if one.student in entries]
    return asked.page(
        "requests.html.j2",
        title="Regrade requests",
        waiting=[pair for pair in found if pair[0].answer is None],
        answered=[pair for pair in found if pair[0].answer is not None],
        name_of=asked.name_of,
    )


def _all(asked: PageAsked) -> tuple[Request, ...]:
    with asked.desk.roll.book.reading() as connection:
        return requests(connection)


def _named(asked: PageAsked) -> tuple[Request, RollEntry, Mark]:
    """The request of the address, on work that is graded now. Raises NoSuchPage."""
    request = next((one for one in _all(asked) if str(one.id) == asked.path("number")), None)
    entry = next(
        (one for one in asked.entries.values() if request and one.stored.grade.student == request.student), None
    )
    mark = entry.mark(request.criterion) if entry and request else None
    if request is None or entry is None or mark is None:
        raise NoSuchPage
    return request, entry, mark


def one(asked: PageAsked) -> Response:
    """`GET /request/N`."""
    return _page(asked)


def _page(asked: PageAsked, *, changed: bool = False) -> Response:
    request, entry, mark = _named(asked)
    return asked.page(
        "request.html.j2",
        status=409 if changed else 200,
        title="Regrade request",
        request=request,
        **standing(asked, entry, mark),
        typed={"points": asked.field("points"), "words": asked.field("words")},
        changed=changed,
    )


def answer(asked: PageAsked) -> Response:
    """`POST /request/N`: the answer, and a mark in the same transaction if points are given."""
    request, entry, _ = _named(asked)
    words, name = " ".join(asked.field("words").split()), asked.sitting.name
    if not 0 < len(words) <= MOST_WORDS:
        raise CannotRecord(
            f"answer: expected 1 to {MOST_WORDS} characters, which the student reads; found {len(words)}"
        )

    def keep(connection: sqlite3.Connection, numbers: Numbers) -> None:
        insert_answer(connection, request, words, name, numbers.get((entry.folder, request.criterion)))

    if asked.field("points").strip():
        decision = Decision(entry.code, request.criterion, asked.field("base"), (), words, asked.field("points"))
        try:
            asked.desk.recorder.record([decision], name, asked.field("key"), keep)
        except Stale:
            return _page(asked, changed=True)
    else:
        with asked.desk.roll.book.transaction() as connection:
            if take_click(connection, checked_key(asked.field("key")), name):
                keep(connection, {})
        asked.desk.results.student(entry.folder).forget_report()
    return goto("/requests")
