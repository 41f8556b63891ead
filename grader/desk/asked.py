"""A request as the pages see it, and their answers."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from grader.desk import sitting as sittings
from grader.desk.desk import Desk
from grader.desk.queue import QueuePlace
from grader.desk.roll import RollEntry
from grader.desk.sitting import Sitting
from grader.errors import UserError
from grader.gradebook.connection import GradebookError
from grader.gradebook.results import ResultsError
from grader.report.page.template import render

MOST_FIELDS, MOST_FIELD = 200, 200_000


class NoSuchPage(Exception):
    """Nothing has that address."""


@dataclass(frozen=True)
class PageAsked:
    """One request: the desk, who asks, and the form that came with it."""

    desk: Desk
    request: Request
    sitting: Sitting
    form: FormData | None = None

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """A value of the address's query."""
        return self.request.query_params.get(name, default)

    def field(self, name: str, default: str = "") -> str:
        """A text of the form."""
        value = self.form.get(name, default) if self.form is not None else default
        return value if isinstance(value, str) else default

    def numbers(self, name: str) -> tuple[int, ...]:
        """The numbers of the form under one name."""
        values = self.form.getlist(name) if self.form is not None else []
        return tuple(int(value) for value in values if isinstance(value, str) and value.isdecimal() and len(value) < 10)

    @property
    def entries(self) -> Mapping[str, RollEntry]:
        """The students of the class, as they are recorded now."""
        return self.desk.roll.now()

    def entry(self, code: str) -> RollEntry:
        """A student by code. Raises NoSuchPage."""
        found = self.entries.get(code)
        if found is None:
            raise NoSuchPage
        return found

    def name_of(self, entry: RollEntry) -> str:
        """The student's name, or a stand-in where the TA does not want to see it."""
        return f"Student {entry.code[:6]}" if self.sitting.anonymous else entry.stored.grade.student

    def title_of(self, criterion: str) -> str:
        """A criterion's title; its id where the assignment has it no more."""
        return next((one.title for one in self.desk.assignment.rubric if one.id == criterion), criterion)

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """A page of the desk."""
        shown = render(
            f"desk/{template}",
            token=self.desk.token,
            key=secrets.token_urlsafe(12),
            me=self.sitting,
            assignment=self.desk.assignment,
            named=not self.desk.name_header,
            url=url,
            title_of=self.title_of,
            **context,
        )
        return HTMLResponse(shown, status)


def url(place: QueuePlace, **query: str) -> str:
    """The address of a place to mark at."""
    more = f"?{urlencode(query)}" if query else ""
    return f"/mark/{place.criterion}/{place.code}{more}"


def goto(address: str) -> Response:
    """Go on at another page of the desk."""
    return RedirectResponse(address, 303)


Handler = Callable[[PageAsked], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def answers(handler: Handler, *, nameless: bool = False) -> Endpoint:
    """A handler as an endpoint. A form counts only with the desk's token; marks need a name."""

    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        form = None
        if request.method == "POST":
            form = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD)
            if not hmac.compare_digest(str(form.get("token", "")).encode(), desk.token.encode()):
                return _refused(
                    PageAsked(desk, request, Sitting()), "This form is not of this desk. Load the page again.", 403
                )
        asked = PageAsked(desk, request, _sitting(desk, request), form)
        if not asked.sitting.name and not nameless:
            return asked.page("name.html.j2", title="Your name", back=str(request.url.path), status=200)
        return await run_in_threadpool(_answer, handler, asked)

    return endpoint


def _answer(handler: Handler, asked: PageAsked) -> Response:
    try:
        return handler(asked)
    except NoSuchPage:
        return _refused(asked, "There is no such page on this desk.", 404)
    except ResultsError as error:
        return _refused(asked, f"{error}\nNothing was recorded. What you entered is still here: try again.", 503)
    except GradebookError as error:
        return _refused(asked, str(error), 503)
    except UserError as error:
        return _refused(asked, str(error), 422)


def _refused(asked: PageAsked, words: str, status: int) -> Response:
    """Said beside the form where the page can do that, else as a page."""
    lines: Sequence[str] = words.split("\n")
    part = "refused_part.html.j2" if asked.request.headers.get("hx-request") else "refused.html.j2"
    return asked.page(part, status=status, title="Not done", lines=lines)


def _sitting(desk: Desk, request: Request) -> Sitting:
    found = sittings.read(request.cookies.get(f"{desk.cookie}-ta", ""))
    if desk.name_header:
        return sittings.changed(Sitting(**{**vars(found), "name": ""}), {"name": request.headers.get(desk.name_header)})
    return found


def seated(answer: Response, desk: Desk, sitting: Sitting) -> Response:
    """An answer that keeps the TA's sitting."""
    answer.set_cookie(
        f"{desk.cookie}-ta",
        sittings.as_cookie(sitting),
        httponly=True,
        samesite="strict",
        max_age=180 * 86400,
        path="/",
    )
    return answer
