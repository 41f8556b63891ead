"""The parts of a feedback report: what to do next, the rubric's rows, and a section for each criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from grader.finding import Finding, Outcome
from grader.grading import Grade, HandMark, Mark
from grader.report import wording
from grader.report.exhibits import block
from grader.report.page import text
from grader.report.page.blocks import Block
from grader.report.page.numbering import Numbering

SHARE_MM = 22  # length of the bars in report.css
DETAILS = 30
CARDS = 4  # with the score and the rubric on the first page
TITLE_RUN = 40  # characters of a heading that fit on a line


@dataclass(frozen=True)
class Section:
    """A criterion that has more to show than its message."""

    label: str
    number: int
    title: str
    tag: wording.Tag
    points: str
    message: str
    hint: str | None
    details: tuple[str, ...]
    blocks: tuple[Block, ...]
    evidence: Markup


@dataclass(frozen=True)
class RubricRow:
    """A criterion's row in the first table."""

    title: str
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


@dataclass(frozen=True)
class Card:
    """Something to do, and what it may earn."""

    title: str
    gain: str
    message: str
    hint: str | None
    evidence: Markup


def sections(grade: Grade, numbering: Numbering) -> dict[str, Section]:
    """By criterion, in the rubric's order; numbers their exhibits. Raises ReportError for a key that is taken."""
    return {mark.criterion: _section(mark, numbering) for mark in grade.marks if _shows_more(mark.finding)}


def rows(grade: Grade, known: Mapping[str, Section], numbering: Numbering) -> list[RubricRow]:
    """The rubric, each row with links to its evidence."""
    return [_row(mark, known.get(mark.criterion), numbering) for mark in grade.marks]


def cards(grade: Grade, known: Mapping[str, Section], numbering: Numbering) -> list[Card]:
    """What to do next, most points to gain first."""
    return [_card(mark, known.get(mark.criterion), numbering) for mark in to_repair(grade)]


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


def to_repair(grade: Grade) -> list[Mark]:
    """Marks with points left to gain, most first."""
    open_marks = [mark for mark in grade.marks if wording.to_gain(mark) > 0]
    return sorted(open_marks, key=lambda mark: -wording.to_gain(mark))


def said(mark: Mark) -> tuple[str, str]:
    """A criterion's title and its message."""
    return title(mark), text.lines(mark.finding.message, 300)


def title(mark: Mark, run: int = text.RUN) -> str:
    """A criterion's title, which is never empty."""
    return text.line(mark.title, 160, run) or text.line(mark.criterion, 80)


def _shows_more(finding: Finding) -> bool:
    return bool(finding.details or finding.exhibits)


def _section(mark: Mark, numbering: Numbering) -> Section:
    finding = mark.finding
    label = f"sec-{mark.criterion}"
    number = numbering.define(label, "Section", title(mark))
    blocks = tuple(block(exhibit, mark.criterion, numbering) for exhibit in finding.exhibits)
    details = [text.lines(detail, 500) for detail in finding.details[:DETAILS]]
    if len(finding.details) > DETAILS:
        details.append(f"… and {len(finding.details) - DETAILS} more")
    return Section(
        label,
        number,
        title(mark, TITLE_RUN),
        wording.TAGS[finding.outcome],
        _points(mark),
        text.lines(finding.message),
        None if finding.hint is None else text.lines(finding.hint),
        tuple(details),
        blocks,
        numbering.refs(tuple(one.label for one in blocks)),
    )


def _points(mark: Mark) -> str:
    earned = "–" if mark.points is None else wording.points(mark.points)
    return f"{earned} / {wording.points(mark.points_possible)}"


def _row(mark: Mark, section: Section | None, numbering: Numbering) -> RubricRow:
    earned = Decimal(0) if mark.points is None else mark.points
    return RubricRow(
        title(mark, TITLE_RUN),
        wording.TAGS[mark.finding.outcome],
        mark.by_hand is not None,
        f"{SHARE_MM * wording.share(earned, mark.points_possible):.2f}",
        "open" if mark.points is None else wording.percent(earned, mark.points_possible),
        _points(mark),
        _evidence(mark, section, numbering),
    )


def _evidence(mark: Mark, section: Section | None, numbering: Numbering) -> Markup:
    hand = ["tab-hand"] if mark.by_hand is not None else []
    if section is not None or hand:
        shown = [one.label for one in section.blocks][:4] or [section.label] if section is not None else []
        labels = hand + shown
        return Markup(", ").join(numbering.ref(label) for label in labels)
    if mark.points is not None and wording.to_gain(mark) > 0:
        return numbering.ref("sec-next")
    return numbering.ref("sec-good") if mark.finding.outcome is Outcome.PASSED else Markup("–")


def _card(mark: Mark, section: Section | None, numbering: Numbering) -> Card:
    labels = [] if section is None else [one.label for one in section.blocks][:2] or [section.label]
    return Card(
        title(mark),
        wording.points(wording.to_gain(mark)),
        text.lines(mark.finding.message, 320),
        None if mark.finding.hint is None else text.lines(mark.finding.hint, 320),
        Markup(" and ").join(numbering.ref(label, page=True) for label in labels),
    )
