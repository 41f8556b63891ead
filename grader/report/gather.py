"""What reports are made from, gathered from a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from grader import __version__
from grader.assignment import Assignment
from grader.evidence import Evidence, ExecutionRecord
from grader.gradebook.desk_records import Comment
from grader.gradebook.grade_json import grade_json
from grader.gradebook.request_records import Request
from grader.gradebook.results import StudentFolder
from grader.gradebook.rows import StoredGrade
from grader.grading import Grade
from grader.report.audited import bounds_table
from grader.report.model import ClassReport, FeedbackReport, RunFacts, SubmissionFacts

CONSOLE_TAIL = 6000  # characters of console output that a report may show
WHAT_RAN = {
    "run": "Your code, as a script",
    "definitions": "Your definitions alone",
    "document": "Reading {about}",
    "files": "Reading {about}",
    "timed": "Timing: {about}",
}


def feedback_report(
    assignment: Assignment,
    graded: Grade,
    found: Evidence,
    folder: StudentFolder,
    attachment: bytes | None = None,
    comments: tuple[Comment, ...] = (),
    requests: tuple[Request, ...] = (),
) -> FeedbackReport:
    """What a student's report is made from; `attachment` is the grade as `grade.json`, if it is made already."""
    record = found.submission
    console = "\n".join(run.console for run in found.code_runs[:1])
    return FeedbackReport(
        assignment.title,
        assignment.course,
        assignment.id,
        graded,
        SubmissionFacts(
            record.entry or _only_document(assignment, found),
            tuple((file.path, file.size, file.sha256) for file in record.files),
            record.notes,
            record.sha256,
        ),
        (("grader", __version__), *sorted(found.environment.items())),
        console[-CONSOLE_TAIL:],
        attachment=grade_json(graded) if attachment is None else attachment,
        provenance=_provenance(assignment, found, folder),
        runs=_runs(graded, found),
        due=assignment.due,
        usual_cpu_s=assignment.usual_cpu_s,
        comments=comments,
        requests=requests,
    )


def _only_document(assignment: Assignment, found: Evidence) -> str | None:
    """Where nothing but rules for a report grades, it is what was graded; of several, none is named here."""
    judged = {criterion.id for criterion in assignment.rubric if criterion.check is not None}
    read = list(found.documents())
    return read[0] if judged and judged <= set(assignment.report_rules) and len(read) == 1 else None


def _runs(graded: Grade, found: Evidence) -> tuple[RunFacts, ...]:
    """How each box ended; of the first run of student code, what the grade says: it may have raised and gone on."""
    runs = [_run(one) for one in found.executions]
    if found.code_runs:
        index = found.executions.index(found.code_runs[0])
        runs[index] = replace(runs[index], status=graded.execution.status, reason=graded.execution.reason)
    return tuple(runs)


def _run(run: ExecutionRecord) -> RunFacts:
    what = WHAT_RAN.get(run.mode, run.mode).format(about=run.about)
    return RunFacts(what, run.status, run.reason, run.wall_s, run.cpu_s, run.peak_mib, run.device)


def _provenance(assignment: Assignment, found: Evidence, folder: StudentFolder) -> tuple[tuple[str, str], ...]:
    limits = assignment.limits
    return (
        ("limits", f"{limits.cpu_s:g} s CPU, {limits.wall_s:g} s wall, {limits.memory_mib} MiB memory"),
        ("seed", hashlib.sha256(str(found.seed).encode()).hexdigest()[:12] + " (digest: the seed itself is secret)"),
        ("submission", record_digest(found.submission.sha256)),
        ("evidence", record_digest(folder.evidence_sha256())),
    )


def record_digest(sha256: str) -> str:
    """A digest as reports show it."""
    return f"SHA-256 {sha256[:16]}…"


def class_report(assignment: Assignment, stored: Sequence[StoredGrade]) -> ClassReport:
    """What the class report is made from."""
    digest = hashlib.sha256("".join(sorted(found.evidence_sha256 for found in stored)).encode()).hexdigest()
    grades = tuple(found.grade for found in stored)
    measured = (*(assignment.measured() if assignment.measured else ()), *bounds_table(assignment.folder))
    pages = tuple((found.grade.student, f"{quote(found.folder, errors='replace')}/feedback.html") for found in stored)
    return ClassReport(
        assignment.title,
        assignment.course,
        assignment.id,
        grades,
        digest,
        assignment.due,
        measured=measured,
        pages=pages,
    )
