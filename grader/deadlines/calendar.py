"""The calendar of a batch: the assignment's deadline and the extensions given now or kept from before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from grader.assignment import Assignment
from grader.deadlines.extensions import Calendar, ExtensionsError, calendar, read_extensions
from grader.evidence import SubmissionRecord
from grader.files import write_atomically
from grader.gradebook.results import Results
from grader.gradebook.rows import StoredGrade
from grader.people.identity import Identity
from grader.people.resolve import close_to
from grader.submission import Submission

CLOCKS_APART = timedelta(minutes=10)


@dataclass(frozen=True)
class ExtensionsFile:
    """An extensions file to use from now on, and the zone of times in it that have none."""

    path: Path
    zone: tzinfo | None = None


def zone_of(assignment: Assignment) -> tzinfo:
    """The time zone of the deadline, else UTC."""
    return UTC if assignment.due is None or assignment.due.tzinfo is None else assignment.due.tzinfo


def calendar_of(
    assignment: Assignment, results: Results, students: Sequence[Identity], given: ExtensionsFile | None
) -> Calendar:
    """Each student's deadline. Extensions that are given are kept with the results; without any, those kept hold.

    Raises ExtensionsError.
    """
    path, zone = (results.extensions, None) if given is None else (given.path, given.zone)
    try:
        rows = read_extensions(path, zone or zone_of(assignment)) if given or path.exists() else ()
    except OSError as error:
        raise ExtensionsError(f"{path}: expected extensions that can be read, found: {error.strerror}") from error
    found = calendar(assignment.due, rows, students)
    if given is not None:
        try:
            write_atomically(results.extensions, found.content(assignment.due))
        except OSError as error:
            raise ExtensionsError(f"{results.extensions}: it could not be written: {error.strerror}") from error
    return found


def with_times(submissions: Sequence[Submission], found: Calendar) -> list[Submission]:
    """The submissions with the times that the extensions file tells. Raises ExtensionsError if it cannot mean one."""
    several = {one.student for one in submissions if one.attempt > 1 and found.submitted(one.student)}
    if several:
        raise ExtensionsError(
            f"extensions: `submitted` tells when one attempt was handed in, {min(several)} has several"
        )
    return [_with_time(one, found) for one in submissions]


def _with_time(submission: Submission, found: Calendar) -> Submission:
    moment = found.submitted(submission.student)
    return submission if moment is None else replace(submission, submitted_at=moment.astimezone(UTC), timed=True)


def remarks(
    submissions: Sequence[Submission], found: Calendar, assignment: Assignment, now: datetime
) -> tuple[list[str], list[str]]:
    """What a TA has to know about times: remarks, and what needs a person."""
    students = [one.student for one in submissions]
    notes = [_nobody(row.student, students) for row in found.others]
    policy = assignment.late_policy
    late = [
        one.student
        for one in submissions
        if not one.timed
        and one.origin is not None
        and one.origin.marked_late
        and policy.takes_points
        and not found.terms(one.student).waived
    ]
    known_on_time = {"canvas"}  # it marks what is late
    unknown = [
        one
        for one in submissions
        if not one.timed
        and found.terms(one.student).due is not None
        and not (one.origin is not None and one.origin.lms in known_on_time)
    ]
    if unknown and policy.takes_points:
        notes.append(
            f"{len(unknown)} of {len(submissions)} submissions have no time: nothing is taken off for being late; "
            "hint: give times in the column `submitted` of --extensions, or ask for those of the files (--times file) "
            "or of the last commits (--times git)"
        )
    notes += in_the_future(submissions, now)
    problems = [
        f"{name}: marked late, when it was handed in is not told: no penalty yet; "
        "hint: give `submitted` or `waive` in --extensions"
        for name in late
    ]
    return notes, problems


def _nobody(name: str, students: Sequence[str]) -> str:
    near = close_to(name, students)
    hint = f"; hint: did you mean {' or '.join(near)}?" if near else ""
    return f"extensions: nobody called {name} handed in{hint}"


def in_the_future(submissions: Sequence[Submission], now: datetime) -> list[str]:
    """Remarks on work that was handed in later than now: a clock is wrong, or a time zone."""
    return [
        f"{one.student}: handed in {one.submitted_at:%Y-%m-%d %H:%M} UTC, which lies in the future; "
        "hint: look at the clock and the time zone"
        for one in submissions
        if one.timed and one.submitted_at > now + CLOCKS_APART
    ]


def with_due(assignment: Assignment, found: Calendar, record: SubmissionRecord) -> Assignment:
    """The assignment with the deadline that a student's report tells: their own, none if their time is not known."""
    return replace(assignment, due=found.terms(record.student).due if record.timed else None)


def with_class_due(assignment: Assignment, found: Calendar, stored: Sequence[StoredGrade]) -> Assignment:
    """The assignment with the deadline that the class report tells; none if it could not say who was late."""
    untimed = any(one.grade.submitted_at is None for one in stored)
    return replace(assignment, due=None if untimed else found.due)
