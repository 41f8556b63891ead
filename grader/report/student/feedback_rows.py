"""The rubric of a feedback report, the criteria that are met, and the marks that people gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from grader.finding import Outcome
from grader.grading import Grade, HandMark, Mark
from grader.report import wording
from grader.report.causes import lost
from grader.report.page import text
from grader.report.page.numbering import Numbering

SHARE_MM = 22  # length of the bars in report.css
LINE = 100  # characters of a criterion that is met: its title and what was found
TITLE_RUN = 40  # characters of a heading that fit on a line


@dataclass(frozen=True)
class RubricRow:
    """A criterion's row in the first table; `place` is where more is said of it."""

    title: str
    place: str
    tag: wording.Tag
    hand: bool
    bar_mm: str
    share: str
    points: str
    evidence: Markup


@dataclass(frozen=True)
class Hand:
    """A mark that a person gave: what, when, why, and what stood there before."""

    title: str
    points: str
    before: str
    author: str
    at: str
    reason: str


def rows(grade: Grade, shown: Mapping[str, Sequence[str]], numbering: Numbering) -> list[RubricRow]:
    """The rubric, each row with links to the exhibits that are `shown` for it, by criterion."""
    return [_row(mark, shown.get(mark.criterion, ()), numbering) for mark in grade.marks]


def by_hand(grade: Grade) -> list[Hand]:
    """The marks that people gave, in the rubric's order."""
    return [_hand(mark, mark.by_hand) for mark in grade.marks if mark.by_hand is not None]


def _hand(mark: Mark, given: HandMark) -> Hand:
    before = "–" if given.previous is None else wording.points(given.previous)
    return Hand(
        title(mark, TITLE_RUN),
        _points(mark),
        f"{before}, by {text.line(given.previous_author, 80)}",
        text.line(given.author, 80),
        wording.moment(datetime.fromisoformat(given.at)),
        text.lines(given.reason, 600),
    )


def said(mark: Mark) -> tuple[str, str]:
    """A criterion's title and its message."""
    return title(mark), wording.own(text.lines(mark.finding.message, 300))


def in_one_line(mark: Mark) -> tuple[str, str]:
    """A criterion's title, and as much of its message as fits beside it on a line."""
    words = text.label(wording.own(mark.finding.message), max(20, LINE - len(title(mark))))
    return title(mark), words


def title(mark: Mark, run: int = text.RUN) -> str:
    """A criterion's title, which is never empty."""
    return text.line(mark.title, 160, run) or text.line(mark.criterion, 80)


def place(criterion: str) -> str:
    """The label of the paragraph that says what to fix for a criterion."""
    return f"fix-{criterion}"


def _points(mark: Mark) -> str:
    earned = "–" if mark.points is None else wording.points(mark.points)
    return f"{earned} / {wording.points(mark.points_possible)}"


def _row(mark: Mark, shown: Sequence[str], numbering: Numbering) -> RubricRow:
    earned = Decimal(0) if mark.points is None else mark.points
    return RubricRow(
        title(mark, TITLE_RUN),
        place(mark.criterion) if lost(mark) > 0 else "",
        wording.TAGS[mark.finding.outcome],
        mark.by_hand is not None,
        f"{SHARE_MM * wording.share(earned, mark.points_possible):.2f}",
        "open" if mark.points is None else wording.percent(earned, mark.points_possible),
        _points(mark),
        _evidence(mark, shown, numbering),
    )


def _evidence(mark: Mark, shown: Sequence[str], numbering: Numbering) -> Markup:
    labels = [*(["tab-hand"] if mark.by_hand is not None else []), *shown[:4]]
    if labels:
        return Markup(", ").join(numbering.ref(label) for label in labels)
    if lost(mark) > 0:
        return numbering.ref("sec-next")
    return numbering.ref("sec-good") if mark.finding.outcome is Outcome.PASSED else Markup("–")
