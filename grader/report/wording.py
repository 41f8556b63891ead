"""The words and short numbers of a report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from grader.finding import Outcome
from grader.grading import Grade
from grader.report.causes import Cause
from grader.sandbox.protocol import UNPROTECTED
from grader.words import counted


@dataclass(frozen=True)
class Tag:
    """An outcome in print: a class for its colour, and icon and word, which do without colour."""

    css: str
    words: str


TAGS = {
    Outcome.PASSED: Tag("passed", "✓ met"),
    Outcome.PARTIAL: Tag("partial", "△ partly"),
    Outcome.FAILED: Tag("failed", "✗ not met"),
    Outcome.UNGRADED: Tag("ungraded", "? for a person"),
}

STATUS = {
    "exited": "ran to its end",
    "raised": "stopped with an exception",
    "timed_out": "stopped: time limit",
    "cpu_exceeded": "stopped: CPU time limit",
    "out_of_memory": "stopped: memory limit",
    "too_much_output": "stopped: output limit",
    "no_result": "gave no result",
    "bad_result": "gave a result that cannot be read",
    "sandbox_failed": "could not be run, which costs nothing",
}


CLASS_STATUS = {**STATUS, "sandbox_failed": "could not be run: for a person"}


def points(value: Decimal) -> str:
    """Points without needless zeros: 8, 7.5, 0.33."""
    short = f"{value:.2f}"
    return short.rstrip("0").rstrip(".") if "." in short else short


def sentence(words: str) -> str:
    """A message as a sentence: a capital where the first word is a plain one, a full stop at its end."""
    first = words.split(" ", 1)[0]
    start = words[:1].upper() + words[1:] if first.isascii() and first.isalpha() and first.islower() else words
    return start if not start or start.rstrip().endswith((".", "!", "?", "…", ":")) else start.rstrip() + "."


def share(part: Decimal | int, whole: Decimal | int) -> float:
    """A share between 0 and 1; nothing of nothing is 0."""
    return min(1.0, max(0.0, float(part) / float(whole))) if whole else 0.0


def percent(part: Decimal | int, whole: Decimal | int) -> str:
    """A whole percentage with a thin space."""
    return f"{100 * share(part, whole):.0f}\u202f%"


def moment(when: datetime | None) -> str:
    """Date and time to the minute, in UTC when the time zone is known."""
    if when is None:
        return "not told"
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when.tzinfo else f"{when:%Y-%m-%d %H:%M}"


def lateness(submitted_at: datetime | None, due: datetime | None) -> str:
    """Whether a submission came in time, or by how much too late; nothing without a deadline or a time."""
    if due is None or submitted_at is None or (submitted_at.tzinfo is None) != (due.tzinfo is None):
        return ""
    hours = (submitted_at - due).total_seconds() / 3600
    if hours <= 0:
        return "in time"
    days = int(hours // 24)
    rest = counted(max(1, round(hours - 24 * days)), "hour") if days < 3 else ""
    return " and ".join(filter(None, (counted(days, "day") if days else "", rest))) + " late"


UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # a report never reads the clock


def w3c_date(when: datetime | None) -> str:
    """The form that HTML and PDF metadata want."""
    when = when or UNDATED
    known = when.astimezone(UTC) if when.tzinfo else when
    return f"{known:%Y-%m-%dT%H:%M:%SZ}"


def waiting(grade: Grade) -> int:
    """How many criteria need a person."""
    return sum(mark.points is None for mark in grade.marks)


def judged(grade: Grade) -> str:
    """“of 10”, or how much of it is judged so far and how much is open."""
    done = sum((mark.points_possible for mark in grade.marks if mark.points is not None), Decimal(0))
    rest = grade.points_possible - done
    return f"of {points(done)} judged, {points(rest)} open" if waiting(grade) else f"of {points(done)}"


def summary(grade: Grade, causes: Sequence[Cause]) -> str:
    """Two or three sentences: what is met, why points are lost, what is open."""
    counts = {outcome: sum(mark.finding.outcome is outcome for mark in grade.marks) for outcome in Outcome}
    total, passed = len(grade.marks), counts[Outcome.PASSED]
    if passed == total:
        every = f"all {total} criteria" if total > 1 else "the criterion"
        return f"You met {every}: nothing is left to repair."
    clauses = [f"You met {passed} of {counted(total, 'criterion', 'criteria')}"]
    if counts[Outcome.PARTIAL]:
        clauses.append(f"{counts[Outcome.PARTIAL]} in part")
    sentences = [joined(clauses), *_why(causes)]
    if need := counts[Outcome.UNGRADED]:
        sentences.append(f"{counted(need, 'criterion', 'criteria')} {'waits' if need == 1 else 'wait'} for a person")
    return ". ".join(sentences) + "."


def _why(causes: Sequence[Cause]) -> list[str]:
    """Where the points went: to one cause that cost several criteria, or to which criteria."""
    if not causes:
        return []
    lost, top = sum((cause.lost for cause in causes), Decimal(0)), causes[0]
    if top.title:
        share = "all of" if top.lost == lost else f"{points(top.lost)} of"
        return [f"One cause explains {share} the {_points_lost(lost)}: {top.title[:1].lower()}{top.title[1:]}"]
    named = joined([f"“{one.first.title}” ({points(one.lost)})" for one in causes[:3]])
    rest = f", and {len(causes) - 3} more" if len(causes) > 3 else ""
    return [f"{_points_lost(lost)}: {named}{rest}"]


def _points_lost(lost: Decimal) -> str:
    return f"{points(lost)} {'point' if lost == 1 else 'points'} lost"


def unprotected(grades: Sequence[Grade]) -> str | None:
    """The warning on grades that were made without a sandbox, None if none was."""
    count = sum(grade.execution.sandbox == UNPROTECTED for grade in grades)
    if count == 0:
        return None
    found = "This grade was" if len(grades) == 1 else f"{count} of {counted(len(grades), 'grade')} were"
    return f"{found} made without a sandbox: the submitted code could have changed it. Not for handing back."


_OWN = re.compile(r"(?<!\w)(?<!your )(?<!Your )(?<!no )(?<!a )(?<!one )(?=(?:Figures?|Tables?|Listings?) [\dA-Z]\d*\b)")


def own(words: str) -> str:
    """What a check says of the student's document: its “Figure 5” is theirs, not one of the report."""
    return _OWN.sub(lambda at: "your " if at.start() else "Your ", words)


def joined(clauses: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return " and ".join(filter(None, (", ".join(clauses[:-1]), clauses[-1])))
