"""What need not be done again: work that is graded as it would be now, and evidence that still answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from grader.batch.basis import Basis, is_stopped, stopped
from grader.batch.outputs import Outputs
from grader.collect import saved_evidence
from grader.collect.collect import submission_record
from grader.deadlines.extensions import Calendar
from grader.evidence import Evidence
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.sandbox.protocol import UNPROTECTED
from grader.submission import Origin, Submission


@dataclass(frozen=True)
class Unchanged:
    """Compares what is recorded with what a batch would do. `wall` is what its sandbox is made of.

    A student's `grade.json` is there only while the evidence beside it is the one it was made from: so nothing of the
    evidence has to be read to know that nothing is left to do.
    """

    gradebook: Gradebook
    outputs: Outputs
    basis: Basis
    calendar: Calendar
    wall: str

    def basis_of(self, student: str, submitted_at: datetime | None, origin: Origin | None) -> str:
        """Digest of what a student's grade rests on beside the evidence; `submitted_at` if anybody knows it."""
        nothing = origin is None and submitted_at is None
        told = None if nothing or self.basis.assignment.attempts.counts == "best" else (submitted_at, origin)
        return self.basis.of(self.calendar.terms(student), (told, self.calendar.submitted(student)))

    def is_done(self, submission: Submission) -> bool:
        """Whether the gradebook has this very work, graded as it would be now.

        Files that a killed run did not write are written now.
        """
        stored = self._recorded(submission)
        if stored is None:
            return False
        basis = self.basis_of(submission.student, submission.told_at, submission.origin)
        if stored.basis not in (basis, stopped(basis)):
            return False
        if not self.outputs.results.student(stored.folder).has_evidence():
            return False
        return self.outputs.are_there(stored) or self._write_again(stored)

    def is_current(self, stored: StoredGrade) -> bool:
        """Whether a recorded grade is the one that its evidence would get now, and its files are there."""
        folder, grade = self.outputs.results.student(stored.folder), stored.grade
        return (
            stored.basis == self.basis_of(grade.student, grade.submitted_at, stored.origin)
            and folder.has_evidence()
            and folder.evidence_sha256() == stored.evidence_sha256
            and self.outputs.are_there(stored)
        )

    def saved_evidence(self, submission: Submission) -> Evidence | None:
        """Saved evidence for this submission, if its probes are unchanged and only the checks differ."""
        stored = self._recorded(submission)
        if stored is None or submission.rivals:
            return None
        folder = self.outputs.results.student(stored.folder)
        try:
            saved = saved_evidence.load(folder.evidence)
            fits = folder.evidence_sha256() == stored.evidence_sha256 and saved.asked_with == self.basis.asked_with
        except Exception:  # noqa: BLE001 - whatever is wrong with it, collecting anew is right
            return None
        if not fits or submission.origin is None:
            return saved if fits else None
        record = submission_record(submission, saved.submission.entry)
        notes = tuple(dict.fromkeys((*record.notes, *saved.submission.notes)))
        return replace(saved, submission=replace(record, notes=notes))

    def _recorded(self, submission: Submission) -> StoredGrade | None:
        """The recorded grade of this very work; None also while it waits for us.

        What ended the process that assessed it would do so again: that waits for `regrade`. A grade made without a
        sandbox is made again as soon as there is one.
        """
        stored = self.gradebook.find(submission.student, submission.sha256)
        if stored is None:
            return None
        waits = any(row.points is None and not row.manual for row in stored.grade.marks)
        if waits and not is_stopped(stored.basis):
            return None
        return None if stored.grade.execution.sandbox == UNPROTECTED != self.wall else stored

    def _write_again(self, stored: StoredGrade) -> bool:
        folder = self.outputs.results.student(stored.folder)
        try:
            evidence = saved_evidence.load(folder.evidence)
            if folder.evidence_sha256() != stored.evidence_sha256:
                return False
        except (OSError, ValueError):
            return False
        self.outputs.write_grade(stored, evidence)
        return True
