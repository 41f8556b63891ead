"""A desk as tests talk to it: pages asked for and forms sent as a browser would."""

from __future__ import annotations

import re
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from typing import Any

from tiny_course import Course

from grader.catalog import load_assignment
from grader.desk.app import app
from grader.desk.desk import Desk, opened
from grader.desk.queue import QueuePlace
from grader.desk.recording import Decision, base_of
from grader.gradebook.desk_records import RubricItem, insert_item

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another client
    from starlette.testclient import TestClient

TA = "A. Kay"
HOST = "127.0.0.1:8000"
OURS = {"sec-fetch-site": "same-origin"}


@contextmanager
def open_desk(course: Course) -> Iterator[Desk]:
    """The desk on a course's results, with the work read already."""
    with opened(course.out, partial(load_assignment, root=course.reference), course.submissions) as desk:
        desk.works.read(frozenset(entry.stored.submission_sha256 for entry in desk.roll.now().values()))
        yield desk


class Client:
    """A TA's browser."""

    def __init__(self, desk: Desk, name: str = "") -> None:
        self.desk = desk
        self.http = TestClient(app(desk, {HOST}), base_url=f"http://{HOST}", follow_redirects=False)
        assert self.http.get(f"/?key={desk.secret}").status_code == 303
        if name:
            self.post("/settings", name=name, back="/")

    def get(self, path: str, status: int = 200) -> str:
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def post(self, path: str, status: int = 303, **fields: Any) -> Any:
        data = {"token": self.desk.token, "key": secrets.token_hex(8), **fields}
        answer = self.http.post(path, data=data, headers=OURS)
        assert answer.status_code == status, answer.text
        return answer

    def code(self, student: str) -> str:
        return self.desk.roll.code(student)

    def base(self, student: str, criterion: str = "style") -> str:
        """What the page of a mark was made from."""
        found = re.search(r'name="base" value="(\w+)"', self.get(f"/mark/{criterion}/{self.code(student)}"))
        assert found
        return found[1]

    def mark(self, student: str, criterion: str = "style", status: int = 303, **fields: Any) -> Any:
        """Open the page and record what is given."""
        data = {"base": self.base(student, criterion), **fields}
        return self.post(f"/mark/{criterion}/{self.code(student)}", status, **data)

    def new_item(self, words: str, worth: str, criterion: str = "style", student: str = "ada") -> int:
        """Make an item; its number."""
        self.post("/items", words=words, worth=worth, criterion=criterion, code=self.code(student))
        return max(self.desk.roll.items())


def text_of(html: str) -> str:
    """A page's words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def decision(desk: Desk, student: str, criterion: str = "style", **given: Any) -> Decision:
    """A decision on what stands now."""
    entry = desk.roll.now()[desk.roll.code(student)]
    mark = entry.mark(criterion)
    assert mark is not None
    return Decision(entry.code, criterion, base_of(desk.roll, entry, mark), **given)


def item(desk: Desk, words: str, points: Any, criterion: str = "style") -> int:
    """An item made without a page."""
    from decimal import Decimal

    with desk.roll.book.transaction() as connection:
        return insert_item(connection, RubricItem(0, 0, criterion, words, Decimal(str(points)), TA)).item


__all__ = ["QueuePlace"]
