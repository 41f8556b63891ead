"""3  Evidence → one Finding per criterion. The one place where a check's own failure is caught."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from grader.assess.failure import OUR_FAULT, failed
from grader.assignment import Assignment
from grader.collect.drawn import ASK_AGAIN, drawn_otherwise
from grader.collect.templates import UNTOUCHED
from grader.errors import is_out_of_memory
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Listing, Remark
from grader.finding import NOT_ATTEMPTED, Finding, Outcome
from grader.gradebook import kept_exhibits
from grader.rubric import Criterion
from grader.sandbox.protocol import Status

LOG = logging.getLogger("grader")
MOST_WORDS = 500  # characters
PERSON = "a person has to look at this submission"
OUT_OF_MEMORY = "the grader could not assess this: it needs more memory than one submission may take"


def assess(assignment: Assignment, evidence: Evidence) -> dict[str, Finding]:
    """One finding for each criterion of the rubric, by id."""
    found = {criterion.id: assess_in(assignment, criterion, evidence) for criterion in assignment.rubric}
    return found | with_code(found, evidence)


def assess_in(assignment: Assignment, criterion: Criterion, evidence: Evidence) -> Finding:
    """What a criterion's check finds, seen with what is known of the whole submission.

    Where other numbers would be drawn now than the submission was asked with, nothing can be compared.
    """
    compares = criterion.check is not None and criterion.id not in assignment.report_rules
    if compares and (differs := drawn_otherwise(assignment, evidence)):
        return Finding.ungraded(differs, ASK_AGAIN)
    finding = _after_our_failure(assess_one(criterion, evidence), criterion.id, assignment, evidence)
    finding = _as_template(finding, criterion.id, assignment, evidence)
    return _for_newer_python(finding, criterion.id, assignment, evidence)


def _after_our_failure(finding: Finding, name: str, assignment: Assignment, evidence: Evidence) -> Finding:
    """What fails where nothing came back, by our fault, is a person's: a check need not have asked for the reason."""
    if finding.outcome is not Outcome.FAILED or name in assignment.report_rules or evidence.frames:
        return finding
    failed_here = any(run.status is Status.SANDBOX_FAILED for run in evidence.code_runs)
    if not (failed_here or evidence.submission.ambiguous):
        return finding
    why = evidence.why_missing()
    details = (finding.message, *finding.details)
    return Finding.ungraded(why.reason, why.hint or PERSON, details=details, exhibits=finding.exhibits)


def _for_newer_python(finding: Finding, name: str, assignment: Assignment, evidence: Evidence) -> Finding:
    """What does not pass where part of the code could not be read here is a person's: it may run elsewhere."""
    why = _newer_python(evidence)
    if why is None or finding.outcome not in (Outcome.FAILED, Outcome.PARTIAL) or name in assignment.report_rules:
        return finding
    details = (finding.message, *finding.details)
    return Finding.ungraded(
        why, "run it with that Python, and mark it by hand", details=details, exhibits=finding.exhibits
    )


def _newer_python(evidence: Evidence) -> str | None:
    """Why the work needs a newer Python, as the box says before student code can; older evidence says it itself."""
    told = [frame.header.get("why") for frame in evidence.frames[:2] if frame.header.get("kind") == "newer_python"]
    why = told[0] if told else evidence.environment.get("newer Python")
    return why[:MOST_WORDS] if isinstance(why, str) else None


def _as_template(finding: Finding, name: str, assignment: Assignment, evidence: Evidence) -> Finding:
    """What fails because the template was left as it was is not attempted, whatever a check found in it."""
    note = f"{evidence.submission.entry} is {UNTOUCHED}"
    if finding.outcome is not Outcome.FAILED or note not in evidence.submission.notes:
        return finding
    if name in assignment.report_rules or finding.message.startswith(NOT_ATTEMPTED):
        return finding
    details = (finding.message, *finding.details)
    return Finding.not_attempted(note, finding.hint, details=details, exhibits=finding.exhibits)


def with_code(findings: Mapping[str, Finding], evidence: Evidence) -> dict[str, Finding]:
    """The first finding that blames the program's first error, with the lines about that error."""
    error = evidence.first_error()
    if error is None or not error["code"] or error["line"] is None or error["first"] is None:
        return {}
    for name, finding in findings.items():
        if finding.outcome is Outcome.FAILED and error["kind"] in f"{finding.message} {finding.hint}":
            listing = Listing(
                "error",
                "Where your program stopped",
                f"{error['kind']}: {error['message']}"[:300],
                error["where"],
                "\n".join(error["code"]),
                error["first"],
                (Remark(error["line"], error["kind"]),),
            )
            return {name: replace(finding, exhibits=(*finding.exhibits, listing))}
    return {}


def assess_one(criterion: Criterion, evidence: Evidence) -> Finding:
    """Missing evidence is `failed` when the submission is at fault, `ungraded` when we are.

    Any other exception is a mistake in a check: `ungraded`, and logged.
    """
    if criterion.check is None:
        return _for_a_person(criterion, evidence)
    try:
        return checked(criterion.check(evidence))
    except MissingEvidence as missing:
        if missing.ours:
            return Finding.ungraded(missing.reason, missing.hint or PERSON)
        return Finding.failed(_sentence(missing.reason), missing.hint)
    except (Exception, SystemExit) as error:
        if is_out_of_memory(error):
            return Finding.ungraded(OUT_OF_MEMORY, OUR_FAULT)
        LOG.exception("%s: criterion %s could not be assessed", evidence.submission.folder, criterion.id)
        found = failed(error)
        return replace(found, message=f"{found.message}{_place(error)}")


def checked(found: object) -> Finding:
    """What a check returned, if it is a finding that can be kept. Raises TypeError."""
    if not isinstance(found, Finding):
        raise TypeError(f"the check returned {found!r:.80}, expected a Finding such as Finding.passed(...)")
    try:
        if found.exhibits:
            kept_exhibits.from_json(kept_exhibits.as_json({"": found.exhibits}))
    except (TypeError, ValueError) as error:
        words = " ".join(str(error).split())[:300]
        raise TypeError(
            f"expected exhibits of plain Python texts and numbers, found one that cannot be kept: {words}"
        ) from None
    return found


def _place(error: BaseException) -> str:
    """The file of an assignment and the line in which an exception was raised."""
    here = str(Path(__file__).parent)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and not frame.filename.startswith(here)
    ]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


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
        found = checked(criterion.shows(evidence))
    except MissingEvidence as missing:
        return Finding.ungraded(words, details=(f"nothing can be shown: {missing.reason}",))
    except (Exception, SystemExit):
        LOG.exception("%s: what helps with criterion %s is missing", evidence.submission.folder, criterion.id)
        return Finding.ungraded(words, details=("the grader failed at showing what helps with this",))
    details = (found.message, *found.details) if found.message else found.details
    return Finding.ungraded(words, details=details, exhibits=found.exhibits)
