"""The desk of one folder of results: everything its pages need, opened once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.selection import BatchError
from grader.desk.aside import Aside
from grader.desk.page_pictures import PagePictures
from grader.desk.recording import MarkRecorder
from grader.desk.roll import Roll, RollEntry
from grader.desk.works import Works
from grader.files import write_atomically
from grader.gradebook.csv import write_csv
from grader.gradebook.grade_json import grade_json
from grader.gradebook.results import Results
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import Grade
from grader.rubric import Criterion

SUBMISSIONS = "submissions"  # the setting of a batch that says where the work lay


@dataclass(kw_only=True)
class Desk:
    """What pages are made from. `secret` opens it; `name_header` is where a login before it writes who it is."""

    assignment: Assignment
    results: Results
    roll: Roll
    recorder: MarkRecorder
    aside: Aside
    works: Works
    pictures: PagePictures
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    name_header: str = ""
    cookie: str = "grader"

    @property
    def token(self) -> str:
        """What every form of the desk carries, and nobody else can know."""
        return hmac.new(self.secret.encode(), b"forms", hashlib.sha256).hexdigest()[:32]

    def criterion(self, name: str) -> Criterion | None:
        """A criterion of the rubric."""
        return next((one for one in self.assignment.rubric if one.id == name), None)

    def shown(self, entry: RollEntry) -> Grade:
        """A student's grade with its figures and tables."""
        return _shown(self.results, entry.stored)

    def bring_up_to_date(self) -> int:
        """Write what other programs read, where a desk was stopped before it could; how many students that was."""
        behind = 0
        for entry in self.roll.now().values():
            folder, content = self.results.student(entry.folder), grade_json(entry.stored.grade)
            if not folder.holds(content):
                folder.forget_report()
                write_atomically(folder.grade, content)
                behind += 1
        self.write_table()
        return behind

    def write_table(self) -> None:
        """Write `grades.csv`."""
        ordered = sorted(self.roll.now().values(), key=lambda entry: entry.stored.grade.student)
        write_csv([entry.stored.grade for entry in ordered], self.results.grades)


@lru_cache(maxsize=256)
def _shown(results: Results, stored: StoredGrade) -> Grade:
    return results.student(stored.folder).with_exhibits(stored.grade)


@contextmanager
def opened(
    out: Path, load: Callable[[str], Assignment], submissions: Path | None = None, sandbox: str = "auto"
) -> Iterator[Desk]:
    """The desk of a folder that a batch filled; its gradebook is closed when it is left.

    Raises BatchError, GradebookError or AssignmentError.
    """
    results = Results(out)
    if not results.gradebook.exists():
        raise BatchError(
            f"{out}: expected a folder of results with gradebook.sqlite, found none\nhint: `grader grade` makes one"
        )
    with Gradebook(results.gradebook) as book:
        roll = Roll(book)
        assignment = load(roll.batch.assignment)
        told = roll.batch.settings.get(SUBMISSIONS, "")
        works = Works(submissions or (Path(told) if told else None))
        aside, pictures = Aside(out), PagePictures(sandbox)
        try:
            works.start([entry.stored.submission_sha256 for entry in roll.now().values()])
            yield Desk(
                assignment=assignment,
                results=results,
                roll=roll,
                recorder=MarkRecorder(assignment, results, roll),
                aside=aside,
                works=works,
                pictures=pictures,
            )
        finally:
            aside.close()
            works.close()
