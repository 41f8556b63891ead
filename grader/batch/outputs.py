"""What is written from recorded grades: `grade.json`, reports and the CSV."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from grader.assignment import Assignment
from grader.deadlines.calendar import with_class_due, with_due
from grader.deadlines.extensions import Calendar
from grader.evidence import Evidence
from grader.files import write_atomically
from grader.gradebook.csv import write_csv
from grader.gradebook.grade_json import grade_json
from grader.gradebook.results import Results
from grader.gradebook.rows import StoredGrade
from grader.report.anonymous import without_name, without_names
from grader.report.gather import class_report, feedback_report
from grader.report.model import ReportError
from grader.report.stamp import shows, stamp_of
from grader.report.worker import ReportWorkers

LOG = logging.getLogger("grader")
NOT_WRITTEN = "it could not be written"
MAKE_ROOM = "hint: make room; the gradebook has every grade, and the same command writes what is missing"


@dataclass
class Outputs:
    """The files of a results folder. What cannot be written becomes one of `problems`; `reports` are made apart.

    `feedback.pdf` is there only while it shows the grade beside it, and `class.pdf` only while no newer grade is
    recorded: so whoever finds them after a kill knows that nothing is left to do.
    """

    assignment: Assignment
    calendar: Calendar
    results: Results
    reports: ReportWorkers | None = None
    anonymous: bool = False
    problems: list[str] = field(default_factory=list)
    _pending: list[tuple[str, Future[None]]] = field(default_factory=list)

    def write_grade(self, stored: StoredGrade, evidence: Evidence) -> None:
        """A student's files, from a grade that is in the gradebook. What goes wrong with them costs no grade."""
        try:
            self._write_grade(stored, evidence)
        except OSError as error:
            self.problems.append(f"{stored.grade.student}: its files cannot be written: {error}")
        except Exception as error:
            LOG.exception("%s: the report failed", stored.grade.student)
            self.problems.append(f"{stored.grade.student}: no report: {type(error).__name__}: {error}")

    def _write_grade(self, stored: StoredGrade, evidence: Evidence) -> None:
        folder, content = self.results.student(stored.folder), grade_json(stored.grade)
        if not folder.holds(content):
            folder.forget_report()
            write_atomically(folder.grade, content)
        if self.reports is not None:
            given = with_due(self.assignment, self.calendar, evidence.submission)
            shown = folder.with_exhibits(stored.grade)
            report = feedback_report(given, shown, evidence, folder, content, stored.comments, stored.requests)
            report = without_name(report) if self.anonymous else report
            if not shows(folder.feedback, report):
                self._pending.append((stored.grade.student, self.reports.submit_feedback(report, folder.feedback)))

    def are_there(self, stored: StoredGrade) -> bool:
        """Whether a student's files are as they should be; a report with or without the name, as is wanted now."""
        folder = self.results.student(stored.folder)
        names = "anonymous-" if self.anonymous else "named-"
        reported = self.reports is None or (stamp_of(folder.feedback) or "").startswith(names)
        return reported and folder.holds(grade_json(stored.grade))

    def finish(self, stored: Sequence[StoredGrade]) -> None:
        """Write the CSV and, unless it is there as it should be, the class report; wait for the reports."""
        try:
            write_csv([one.grade for one in stored], self.results.grades)
        except OSError as error:
            self.problems.append(f"{self.results.grades.name}: {NOT_WRITTEN}: {error.strerror}; {MAKE_ROOM}")
        if self.reports is not None and stored:
            report = class_report(with_class_due(self.assignment, self.calendar, stored), stored)
            report = without_names(report) if self.anonymous else report
            if not shows(self.results.class_report, report):
                self._pending.append(("class", self.reports.submit_class(report, self.results.class_report)))
        self.problems += [problem for name, future in self._pending if (problem := _problem(name, future))]


def _problem(name: str, future: Future[None]) -> str | None:
    try:
        future.result()
    except ReportError as error:
        return f"{name}: no PDF: {error}"
    except Exception as error:
        LOG.exception("%s: the report failed", name)
        return f"{name}: no PDF: {type(error).__name__}: {error}"
    return None


@contextmanager
def report_workers(jobs: int, *, pdf: bool) -> Iterator[ReportWorkers | None]:
    """Workers that are waited for, but not after Ctrl-C: the next run makes what they did not."""
    if not pdf:
        yield None
        return
    workers = ReportWorkers(jobs)
    try:
        yield workers
    except BaseException as error:
        if not isinstance(error, KeyboardInterrupt):
            workers.close()
        raise
    workers.close()
