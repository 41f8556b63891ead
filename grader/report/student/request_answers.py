"""What a student asked to be looked at again, and the answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.gradebook.request_records import Request
from grader.report.page import text
from grader.report.wording import sentence
from grader.words import plain

WORDS = 4000  # characters


@dataclass(frozen=True)
class RequestShown:
    """One request: the criterion's title, the day, the student's words, and what was answered."""

    title: str
    asked_at: str
    words: str
    answer: str


def asked(request: Request, titles: Mapping[str, str]) -> RequestShown:
    """A request as the report shows it."""
    title = text.lines(titles.get(request.criterion, request.criterion), 200)
    return RequestShown(title, request.asked_at[:10], text.lines(request.words, WORDS), _answer(request))


def _answer(request: Request) -> str:
    found = request.answer
    if found is None:
        return "Not answered yet."
    gave = (
        "The points stay as they were" if found.points is None else f"You have {plain(found.points)} points for it now"
    )
    return f"{gave}. {text.name(found.author)} on {found.at[:10]}: {sentence(text.lines(found.words, WORDS))}"
