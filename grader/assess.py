"""3  Evidence → one Finding per criterion. The one place where a check's own failure is caught."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from grader.assignment import Assignment, Criterion
from grader.collect.newer_python import KEY as NEWER_PYTHON
from grader.collect.templates import UNTOUCHED
from grader.deadlines.terms import Terms
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Listing, Remark
from grader.finding import NOT_ATTEMPTED, Finding, Outcome
from grader.grading import ExecutionSummary, Grade, HandMark, grade
from grader.policies import Charge
from grader.sandbox.protocol import Status

LOG = logging.getLogger("grader")
SHOWN_ERRORS = 4


def assess(assignment: Assignment, evidence: Evidence) -> dict[str, Finding]:
    """One finding for each criterion of the rubric, by id."""
    found = {criterion.id: assess_one(criterion, evidence) for criterion in assignment.rubric}
    found = {name: _as_template(finding, name, assignment, evidence) for name, finding in found.items()}
    found = {name: _for_newer_python(finding, name, assignment, evidence) for name, finding in found.items()}
    return found | _with_code(found, evidence)


def _for_newer_python(finding: Finding, name: str, assignment: Assignment, evidence: Evidence) -> Finding:
    """What does not pass where part of the code could not be read here is a person's: it may run elsewhere."""
    why = evidence.environment.get(NEWER_PYTHON)
    if why is None or finding.outcome not in (Outcome.FAILED, Outcome.PARTIAL) or name in assignment.report_rules:
        return finding
    details = (finding.message, *finding.details)
    return Finding.ungraded(why, "run it with that Python, and mark it by hand", details=details,
                            exhibits=finding.exhibits)  # fmt: skip


def _as_template(finding: Finding, name: str, assignment: Assignment, evidence: Evidence) -> Finding:
    """What fails because the template was left as it was is not attempted, whatever a check found in it."""
    note = f"{evidence.submission.entry} is {UNTOUCHED}"
    if finding.outcome is not Outcome.FAILED or note not in evidence.submission.notes:
        return finding
    if name in assignment.report_rules or finding.message.startswith(NOT_ATTEMPTED):
        return finding
    details = (finding.message, *finding.details)
    return Finding.not_attempted(note, finding.hint, details=details, exhibits=finding.exhibits)


def _with_code(findings: Mapping[str, Finding], evidence: Evidence) -> dict[str, Finding]:
    """The first finding that blames the program's first error, with the lines about that error."""
    error = evidence.first_error()
    if error is None or not error["code"] or error["line"] is None or error["first"] is None:
        return {}
    for name, finding in findings.items():
        if finding.outcome is Outcome.FAILED and error["kind"] in f"{finding.message} {finding.hint}":
            listing = Listing(
                "error", "Where your program stopped", f"{error['kind']}: {error['message']}"[:300], error["where"],
                "\n".join(error["code"]), error["first"], (Remark(error["line"], error["kind"]),),
            )  # fmt: skip
            return {name: replace(finding, exhibits=(*finding.exhibits, listing))}
    return {}


def assess_one(criterion: Criterion, evidence: Evidence) -> Finding:
    """Missing evidence is `failed` when the submission is at fault, `ungraded` when we are.

    Any other exception is a mistake in a check: `ungraded`, and logged.
    """
    if criterion.check is None:
        return _for_a_person(criterion, evidence)
    try:
        return criterion.check(evidence)
    except MissingEvidence as missing:
        if missing.ours:
            return Finding.ungraded(missing.reason, missing.hint or "a person has to look at this submission")
        return Finding.failed(_sentence(missing.reason), missing.hint)
    except Exception as error:
        LOG.exception("%s: criterion %s could not be assessed", evidence.submission.folder, criterion.id)
        return Finding.ungraded(
            f"the grader failed at this criterion: {type(error).__name__}: {error}",
            "this is not the student's fault: a person has to look",
        )


def _sentence(reason: str) -> str:
    """What was not attempted says so with its first words."""
    words = NOT_ATTEMPTED.lower()
    return f"{NOT_ATTEMPTED}{reason.removeprefix(words)}" if reason.startswith(words) else reason


def _for_a_person(criterion: Criterion, evidence: Evidence) -> Finding:
    """What a person who grades a criterion is shown; whatever goes wrong with that, a person grades it."""
    words = "a person grades this"
    if criterion.shows is None:
        return Finding.ungraded(words)
    try:
        found = criterion.shows(evidence)
    except MissingEvidence as missing:
        return Finding.ungraded(words, details=(f"nothing can be shown: {missing.reason}",))
    except Exception:
        LOG.exception("%s: what helps with criterion %s is missing", evidence.submission.folder, criterion.id)
        return Finding.ungraded(words, details=("the grader failed at showing what helps with this",))
    return Finding.ungraded(f"{words}: {found.message}" if found.message else words, found.hint,
                            details=found.details, exhibits=found.exhibits)  # fmt: skip


def grade_evidence(
    assignment: Assignment,
    evidence: Evidence,
    terms: Terms | None = None,
    given: Mapping[str, HandMark] = MappingProxyType({}),
    findings: Mapping[str, Finding] | None = None,
) -> Grade:
    """A submission's grade from its evidence, the student's terms and what a person gave: the same ones give the same
    grade.

    `findings`, if they are known already, are not made again.
    """
    record = evidence.submission
    holds = terms or Terms(assignment.due)

    def charge(earned: Decimal) -> Charge:
        return holds.charge(assignment.late_policy, record.told_at, record.origin, assignment.points, earned)

    return grade(
        assignment,
        assess(assignment, evidence) if findings is None else findings,
        student=record.student,
        attempt=record.attempt,
        submitted_at=record.told_at,
        execution=execution_summary(evidence),
        charge=charge,
        given=given,
    )


def execution_summary(found: Evidence) -> ExecutionSummary:
    """The first execution of student code, or of a document if there is none: what a person wants to know of it."""
    runs = found.code_runs or found.executions
    if not runs:
        status = Status.SANDBOX_FAILED if found.submission.ambiguous else Status.NO_RESULT
        reason = found.submission.problem or found.submission.ambiguous or "nothing was run"
        return ExecutionSummary(status, reason, 0.0, 0.0, 0, "none", found.sandbox)
    first = runs[0]
    errors = found.errors() if first.status is Status.EXITED else []
    return ExecutionSummary(
        Status.RAISED if errors else first.status,
        _errors_words(errors) if errors else first.reason,
        first.wall_s,
        first.cpu_s,
        first.peak_mib,
        first.device,
        found.sandbox,
    )


def _errors_words(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first errors, and how many more there are: in a notebook each cell may fail on its own."""
    words = "; ".join(_error_words(error) for error in errors[:SHOWN_ERRORS])
    more = len(errors) - SHOWN_ERRORS
    return f"{words}; and {more} more" if more > 0 else words


def _error_words(error: Mapping[str, Any]) -> str:
    line = f" line {error['line']}," if error.get("line") else ""
    return f"{error.get('where')},{line} {error.get('kind')}: {error.get('message')}"[:500]
