"""What a class report says of the students: key figures, cases for a person, late work, runs, the roster."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.report import wording
from grader.report.causes import lost
from grader.report.cohort.class_items import MarksColumn, short
from grader.report.cohort.column_widths import column_widths
from grader.report.page import text
from grader.words import counted

ROSTER = {"Student": "name", "Points": "points", "Where points were lost": "lost", "Notes": "notes"}
ROSTER_SIZE, ROSTER_PADDING = 7.3, 8.6  # points, as in report.css

CASES, LATE = 40, 60


def totals(grades: Sequence[Grade]) -> list[Decimal]:
    """Points of the students whose every criterion is marked."""
    return [points for grade in grades if (points := grade.points) is not None]


def judged_totals(grades: Sequence[Grade]) -> list[Decimal]:
    """The totals; while everyone waits for a person, what all have so far."""
    return totals(grades) or [grade.points_so_far for grade in grades if judged_possible(grades)]


def judged_possible(grades: Sequence[Grade]) -> Decimal:
    """What the totals are of: all points, or what is judged of them while everyone waits for a person."""
    if totals(grades):
        return max(grade.points_possible for grade in grades)
    judged = [sum((m.points_possible for m in one.marks if m.points is not None), Decimal(0)) for one in grades]
    return max(judged, default=Decimal(0))


def so_far(grades: Sequence[Grade]) -> str:
    """What the figures are of while everyone waits for a person; nothing once somebody is graded."""
    if totals(grades) or not judged_possible(grades):
        return ""
    possible = max(grade.points_possible for grade in grades)
    return f"points of the {wording.points(judged_possible(grades))} judged so far, of {wording.points(possible)}"


def key_figures(grades: Sequence[Grade], graded: Sequence[Decimal], due: datetime | None) -> list[tuple[str, str, str]]:
    """(value, name, note) of the numbers at the top."""
    full = sum(all(mark.finding.outcome is Outcome.PASSED for mark in grade.marks) for grade in grades)
    late = sum(is_late(grade, due) for grade in grades)
    done, partly = len(totals(grades)), bool(so_far(grades))
    every = max((grade.points_possible for grade in grades), default=Decimal(0))
    possible = wording.points(judged_possible(grades) or every)
    whole = f"of {possible} judged so far" if partly else f"of {possible} points"
    quartiles = statistics.quantiles(graded, n=4, method="inclusive") if len(graded) > 1 else None
    spread = "–" if quartiles is None else f"{short(quartiles[0])}–{short(quartiles[2])}"
    return [
        (str(len(grades)), "students", f"{done} graded"),
        (short(statistics.median(graded)) if graded else "–", "median", whole),
        (short(statistics.mean(graded)) if graded else "–", "mean", whole),
        (spread, "middle half", "first to third quartile"),
        (str(full), "met all", wording.percent(full, len(grades))),
        (str(len(grades) - done), "open", "wait for a person"),
        (str(late), "late", wording.percent(late, len(grades))),
    ]


def points_alt(graded: Sequence[Decimal]) -> str:
    """The distribution of points in words."""
    if not graded:
        return ""
    ends = f"lowest {short(min(graded))}, highest {short(max(graded))}"
    median = short(statistics.median(graded))
    return f"Dot plot of the points of {counted(len(graded), 'student')}: median {median}, {ends}."


def cases_of(grades: Sequence[Grade]) -> tuple[list[tuple[str, str, str]], int]:
    """(student, criterion, reason) of what is ungraded, and how many rows more.

    Manual ones share a row, and so do criteria of a student that wait for one reason.
    """
    waiting: dict[tuple[str, str, bool], list[Grade]] = defaultdict(list)
    for grade in grades:
        for (reason, manual), titles in _waiting(grade).items():
            for title in titles if manual else [_together(titles, len(grade.marks))]:
                waiting[title, reason, manual].append(grade)
    rows = []
    for (title, message, manual), of in sorted(waiting.items(), key=lambda item: item[0]):
        if manual and len(of) > 1:
            rows.append((f"{len(of)} students", title, message))
        else:
            rows.extend((text.name(grade.student), title, message) for grade in of)
    return rows[:CASES], max(0, len(rows) - CASES)


def _waiting(grade: Grade) -> dict[tuple[str, bool], list[str]]:
    """The titles of a grade's open criteria by their reason, and whether a person was meant to grade them."""
    titles: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for mark in grade.marks:
        if mark.points is None:
            reason = wording.sentence(text.lines(mark.finding.message, 300))
            titles[reason, mark.manual].append(text.line(mark.title, 120))
    return titles


def _together(titles: Sequence[str], criteria: int) -> str:
    """The titles in one cell."""
    return f"all {criteria} criteria" if len(titles) == criteria > 1 else text.line("; ".join(titles), 240)


def is_late(grade: Grade, due: datetime | None) -> bool:
    """Whether it came after the deadline or lost points for that."""
    when = grade.submitted_at
    after = due is not None and when is not None and when.tzinfo is not None and when > due
    return after or grade.late_penalty > 0


def late_rows(grades: Sequence[Grade], due: datetime | None) -> tuple[list[tuple[str, str, str, str, str]], int]:
    """(student, submitted, how late, points lost, why) of late work, latest first, and how many rows more."""
    late = sorted((grade for grade in grades if is_late(grade, due)), key=lambda grade: grade.student)
    late.sort(key=lambda grade: grade.submitted_at or wording.UNDATED, reverse=True)
    rows = [
        (
            text.name(grade.student),
            wording.moment(grade.submitted_at),
            wording.lateness(grade.submitted_at, due) or "late",
            wording.points(grade.late_penalty),
            wording.sentence(text.lines(grade.late_reason, 300)),
        )
        for grade in late
    ]
    return rows[:LATE], max(0, len(rows) - LATE)


def run_rows(grades: Sequence[Grade]) -> list[dict[str, str]]:
    """How the students' code ended, most frequent first, with the time and memory it took."""
    ended: dict[str, list[Grade]] = defaultdict(list)
    for grade in grades:
        ended[grade.execution.status].append(grade)
    return [_ended(status, of) for status, of in sorted(ended.items(), key=lambda item: (-len(item[1]), item[0]))]


def _ended(status: str, grades: Sequence[Grade]) -> dict[str, str]:
    cpu, memory = [grade.execution.cpu_s for grade in grades], [grade.execution.peak_mib for grade in grades]
    words = wording.CLASS_STATUS.get(status, text.line(status) or "unknown")
    return {
        "status": words[:1].upper() + words[1:],
        "students": str(len(grades)),
        "median": f"{statistics.median(cpu):.1f}",
        "longest": f"{max(cpu):.1f}",
        "memory": f"{max(memory):,}",
    }


def runs_alt(seconds: Sequence[float]) -> str:
    """The distribution of CPU times in words."""
    return (
        f"Dot plot of the CPU time of {counted(len(seconds), 'student')}: "
        f"median {statistics.median(seconds):.1f}, shortest {min(seconds):.1f}, longest {max(seconds):.1f} seconds."
    )


def ranked(grades: Sequence[Grade]) -> list[Grade]:
    """All grades, most points first."""
    return sorted(grades, key=lambda grade: (-grade.points_so_far, grade.student, grade.attempt))


def roster(grades: Sequence[Grade], columns: Sequence[MarksColumn], pages: Mapping[str, str]) -> list[dict[str, str]]:
    """All students by points; criteria are named by their letters. `pages` has the students' reports."""
    letters = {column.criterion: column.letter for column in columns}
    return [{**_student(grade, letters), "page": pages.get(grade.student, "")} for grade in ranked(grades)]


def roster_widths(roster: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """The headings of that table and, in percent, how wide their columns are on paper."""
    texts = [[heading, *(row[name] for row in roster)] for heading, name in ROSTER.items()]
    widths = column_widths([["#", str(len(roster))], *texts], ROSTER_SIZE, ROSTER_PADDING)
    return [(heading, f"{width:.1f}") for heading, width in zip(("#", *ROSTER), widths, strict=True)]


def _student(grade: Grade, letters: Mapping[str, str]) -> dict[str, str]:
    gone = [(letters[mark.criterion], wording.points(lost(mark))) for mark in grade.marks]
    waiting = [letters[mark.criterion] for mark in grade.marks if mark.points is None]
    notes = [f"late −{wording.points(grade.late_penalty)}"] if grade.late_penalty else []
    notes += [f"open: {', '.join(waiting)}"] if waiting else []
    return {
        "name": text.name(grade.student),
        "points": wording.points(grade.points_so_far) + (" ?" if waiting else ""),
        "lost": ", ".join(f"{letter} −{points}" for letter, points in gone if points != "0") or "nothing",
        "notes": "; ".join(notes),
    }


def share_of(mark: Mark | None) -> float | None:
    """The share of its points that a mark earned; None while it is open."""
    return None if mark is None or mark.points is None else wording.share(mark.points, mark.points_possible)
