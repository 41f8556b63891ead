"""The evidence that a student's grade rests on: that of the one attempt, or of the best of several."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from grader.assess.assessors import Assessed
from grader.assess.failure import reason_of
from grader.assignment import Assignment
from grader.batch.selection import BatchError
from grader.collect.collect import collect, submission_record
from grader.evidence import Evidence
from grader.grading import grade_evidence
from grader.policies import Terms
from grader.sandbox.protocol import Device, Sandbox, wall_of
from grader.submission import Submission

LOG = logging.getLogger("grader")


@dataclass(frozen=True)
class Collector:
    """Collects evidence in `sandbox`. A failure of the grader's becomes evidence that says so, and is never graded.

    `stage` is told what a student's submission is busy with, `terms` says when a student's work was due, `asked_with`
    is the digest of what submissions are asked for, and `assess` tells what an attempt's evidence leads to.
    """

    assignment: Assignment
    sandbox: Sandbox | None
    seed: int
    device: Device
    asked_with: str
    terms: Callable[[str], Terms]
    stage: Callable[[str, str], None]
    assess: Callable[[Evidence], Assessed]

    def best(self, submission: Submission) -> Evidence:
        """The evidence of the attempt that counts: where several may, of the one that earns most."""
        if not submission.rivals:
            return self.one(submission)
        found = [self.one(attempt) for attempt in (*submission.rivals, submission)]
        best = max(found, key=self._standing)
        record = best.submission
        note = f"attempt {record.attempt} of {len(found)} counts: the one with the most points"
        return replace(best, submission=replace(record, sha256=submission.sha256, notes=(*record.notes, note)))

    def _standing(self, found: Evidence) -> tuple[bool, Decimal]:
        """An attempt that we failed at comes first: a person has to look before another one can be called the best."""
        terms, findings = self.terms(found.submission.student), self.assess(found).findings
        graded = grade_evidence(self.assignment, found, findings, terms)
        ours = any(row.points is None and not row.manual for row in graded.marks)
        return ours, graded.points_so_far

    def one(self, submission: Submission) -> Evidence:
        """The evidence of one attempt."""
        try:
            if self.sandbox is None:
                raise BatchError("no sandbox")
            found = collect(
                submission,
                self.assignment,
                self.sandbox,
                seed=self.seed,
                device=self.device,
                stage=lambda words: self.stage(submission.student, words),
            )
            return replace(found, asked_with=self.asked_with)
        except Exception as error:
            LOG.exception("%s: the grader failed", submission.folder)
            record = submission_record(submission, None)
            wall = wall_of(self.sandbox) if self.sandbox is not None else "bubblewrap"
            record = replace(record, files=(), problem=None, ambiguous=reason_of(error))
            return Evidence(record, self.seed, environment={"sandbox": wall})
