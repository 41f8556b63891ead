"""Answers of `inside/`, with the reason why there is none."""

from __future__ import annotations

from grader import Evidence, Frame, answers, untouched


def asked(evidence: Evidence, probe: str, case: str, what: str) -> Frame:
    """The answer to one case. Raises MissingEvidence with the reason why there is none."""
    if missing := untouched(evidence):
        raise missing
    return answers(evidence, probe, what)[case]
