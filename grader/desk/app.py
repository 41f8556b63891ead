"""The pages of the desk by address, behind its guard."""

from __future__ import annotations

from collections.abc import Collection

from starlette.applications import Starlette
from starlette.routing import Route

from grader.desk import comments, items, marking_page, media, overview, requested, search, second_marks, together
from grader.desk.asked import Handler, answers
from grader.desk.desk import Desk
from grader.desk.guard import Guard

GETS: tuple[tuple[str, Handler], ...] = (
    ("/", overview.show),
    ("/next", marking_page.go),
    ("/mark/{criterion}/{code}", marking_page.show),
    ("/item/{number}", items.show),
    ("/groups", together.show),
    ("/group/{id}", together.one),
    ("/second", second_marks.show),
    ("/second/{criterion}/{code}", second_marks.mark),
    ("/requests", requested.show),
    ("/request/{number}", requested.one),
    ("/search", search.show),
    ("/suggest", search.suggest),
    ("/figure/{criterion}/{code}/{number}", media.figure),
    ("/file/{code}/{file}", media.file),
    ("/output/{code}/{file}/{cell}/{number}", media.output),
    ("/page/{code}/{file}/{number}", media.page),
    ("/pages/{code}/{file}", media.pages),
)
POSTS: tuple[tuple[str, Handler], ...] = (
    ("/mark/{criterion}/{code}", marking_page.decide),
    ("/hold", marking_page.hold),
    ("/items", items.add),
    ("/item/{number}", items.change),
    ("/comment/{criterion}/{code}", comments.add),
    ("/comment/{criterion}/{code}/{number}/remove", comments.remove),
    ("/group/{id}", together.decide),
    ("/second", second_marks.drawn),
    ("/second/{criterion}/{code}", second_marks.decide),
    ("/request/{number}", requested.answer),
    ("/split", overview.part_work),
)


def app(desk: Desk, hosts: Collection[str], *, secure: bool = False) -> Guard:
    """The desk as an ASGI application, reached under `hosts`; `secure` where a proxy before it speaks HTTPS."""
    pages = Starlette(
        routes=[
            Route("/static/{name}", answers(media.static, nameless=True)),
            Route("/settings", answers(overview.settings, nameless=True), methods=["POST"]),
            *(Route(path, answers(handler)) for path, handler in GETS),
            *(Route(path, answers(handler), methods=["POST"]) for path, handler in POSTS),
        ]
    )
    pages.state.desk, pages.state.groups = desk, together.Groups(desk)
    return Guard(pages, desk.secret, frozenset(hosts), desk.cookie, secure)
