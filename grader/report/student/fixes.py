"""What to fix, in the order of points, with the evidence beside it; and what paper has no room for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from grader.finding import NOT_ATTEMPTED, Outcome
from grader.grading import Grade, Mark
from grader.report import wording
from grader.report.causes import Cause, causes_of, lost
from grader.report.exhibits import draft, numbered
from grader.report.page import text
from grader.report.page.blocks import Block
from grader.report.page.numbering import Numbering
from grader.report.student.feedback_rows import LINE, place, title

DETAILS = 6  # of a criterion on paper; the page for browsers has them all
MOST_DETAILS = 30
FIXES_MM, GOOD_MM, ALL_GOOD_MM = 400.0, 105.0, 175.0  # what exhibits may take of the paper
_AGAIN = re.compile(r" \([^()]*line \d+\)")  # the place, which Python repeats behind a syntax error


@dataclass(frozen=True)
class Fix:
    """Something to do, what it may earn, and what shows it. `waits` are the criteria that wait for it."""

    labels: tuple[str, ...]
    title: str
    tag: wording.Tag
    gain: str
    message: str
    hint: str | None
    waits: tuple[str, ...]
    stops: bool
    details: tuple[str, ...]
    blocks: tuple[Block, ...]
    evidence: Markup


@dataclass(frozen=True)
class More:
    """What the page for browsers alone says of a criterion."""

    title: str
    tag: wording.Tag
    message: str
    details: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass
class DrawnExhibits:
    """The exhibits of a report, drawn once: those on paper get their numbers first."""

    numbering: Numbering
    blocks: list[Block] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)
    _drawn: dict[str, tuple[Block, ...]] = field(default_factory=dict)

    def take(self, mark: Mark, room_mm: float, *, figures_only: bool = False) -> tuple[tuple[Block, ...], float]:
        """Number those of a mark's exhibits that fit, in order; and the room that is left."""
        kept: list[Block] = []
        for one in self._of(mark):
            high = one.height_mm
            if high <= room_mm and (one.kind == "figure" or not figures_only):
                room_mm -= high
                kept.append(one)
        kept.sort(key=lambda one: one.kind == "figure")  # a figure never breaks: what can goes first
        return tuple(self._number(mark, one) for one in kept), room_mm

    def rest(self, mark: Mark) -> tuple[Block, ...]:
        """Number those of a mark's exhibits that have no number yet."""
        taken = self.labels.get(mark.criterion, [])
        return tuple(self._number(mark, one) for one in self._of(mark) if one.label not in taken)

    def _of(self, mark: Mark) -> tuple[Block, ...]:
        if mark.criterion not in self._drawn:
            self._drawn[mark.criterion] = tuple(draft(one, mark.criterion) for one in mark.finding.exhibits)
        return self._drawn[mark.criterion]

    def _number(self, mark: Mark, one: Block) -> Block:
        made = numbered(one, self.numbering)
        self.blocks.append(made)
        self.labels.setdefault(mark.criterion, []).append(made.label)
        return made


def fixes(grade: Grade, shown: DrawnExhibits, usual_cpu_s: float | None = None) -> list[Fix]:
    """What to do, most points to gain first; what stops everything else before it."""
    room, made = FIXES_MM, []
    for cause in causes_of(grade):
        blocks, room = shown.take(cause.first, room)
        evidence = shown.numbering.refs(tuple(one.label for one in blocks))
        made.append(replace(_fix(cause, grade, usual_cpu_s), blocks=blocks, evidence=evidence))
    return made


def _fix(cause: Cause, grade: Grade, usual_cpu_s: float | None) -> Fix:
    mark = cause.first
    return Fix(
        tuple(place(one.criterion) for one in cause.marks),
        text.line(cause.title, 200) or title(mark),
        wording.TAGS[mark.finding.outcome],
        wording.points(cause.lost),
        _why(cause, grade, usual_cpu_s),
        _hint(cause),
        tuple(title(one) for one in cause.marks) if cause.title else (),
        cause.stops,
        _details(mark, DETAILS),
        (),
        Markup(""),
    )


def _why(cause: Cause, grade: Grade, usual_cpu_s: float | None) -> str:
    if cause.stops:
        run, usual = grade.execution, ""
        if usual_cpu_s is not None and run.status in ("timed_out", "cpu_exceeded"):
            usual = f". Yours used {run.cpu_s:.0f} s of CPU time; most need about {usual_cpu_s:g} s"
        return text.lines(f"{_AGAIN.sub('', run.reason)}{usual}", 600)
    same = cause.title.startswith(NOT_ATTEMPTED)
    return "" if same else wording.own(text.lines(cause.first.finding.message, 600))


def _hint(cause: Cause) -> str | None:
    hints = dict.fromkeys(one.finding.hint for one in cause.marks if one.finding.hint)
    kept = next(iter(hints), None)
    if cause.stops and cause.title.split(" ", 2)[:2] in (["A", "syntax"], ["Syntax", "errors"]):
        kept = "run the file from the start, mend the first error that Python names, and run it again until it ends"
    return None if kept is None else wording.own(text.lines(kept, 320))


def _details(mark: Mark, most: int) -> tuple[str, ...]:
    told = mark.finding.untold
    kept = [wording.own(text.lines(detail, 500)) for detail in told[:most]]
    return (*kept, f"… and {len(told) - most} more") if len(told) > most else tuple(kept)


def good_figures(grade: Grade, shown: DrawnExhibits) -> list[Block]:
    """Figures of criteria that are met or open, as many as there is room for."""
    room = GOOD_MM if any(lost(mark) > 0 for mark in grade.marks) else ALL_GOOD_MM
    made: list[Block] = []
    for mark in grade.marks:
        if lost(mark) == 0:
            blocks, room = shown.take(mark, room, figures_only=True)
            made += blocks
    return made


def more(grade: Grade, shown: DrawnExhibits) -> list[More]:
    """Whatever of the criteria is not on paper: exhibits, details, messages that were cut."""
    return list(_more(grade, shown))


def _more(grade: Grade, shown: DrawnExhibits) -> Iterator[More]:
    for mark in grade.marks:
        finding, met = mark.finding, lost(mark) == 0
        told = finding.untold if met or len(finding.untold) > DETAILS else ()
        rest = shown.rest(mark)
        if rest or told or (finding.outcome is Outcome.PASSED and len(finding.message) > LINE - len(title(mark))):
            message = wording.own(text.lines(finding.message))
            details = _details(mark, MOST_DETAILS) if told else ()
            yield More(title(mark), wording.TAGS[finding.outcome], message, details, rest)
