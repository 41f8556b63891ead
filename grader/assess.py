"""3  Evidence → one Finding per criterion. The one place where a check's own failure is caught."""

from __future__ import annotations

import logging

from grader.assignment import Assignment, Criterion
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding

LOG = logging.getLogger("grader")


def assess(assignment: Assignment, evidence: Evidence) -> dict[str, Finding]:
    """One finding for each criterion of the rubric, by id."""
    return {criterion.id: assess_one(criterion, evidence) for criterion in assignment.rubric}


def assess_one(criterion: Criterion, evidence: Evidence) -> Finding:
    """Missing evidence is `failed` when the submission is at fault, `ungraded` when we are.

    Any other exception is a mistake in a check: `ungraded`, and logged.
    """
    if criterion.check is None:
        return Finding.ungraded("a person grades this")
    try:
        return criterion.check(evidence)
    except MissingEvidence as missing:
        if missing.ours:
            return Finding.ungraded(missing.reason, missing.hint or "a person has to look at this submission")
        return Finding.failed(missing.reason, missing.hint)
    except Exception as error:
        LOG.exception("%s: criterion %s could not be assessed", evidence.submission.folder, criterion.id)
        return Finding.ungraded(
            f"the grader failed at this criterion: {type(error).__name__}: {error}",
            "this is not the student's fault: a person has to look",
        )
