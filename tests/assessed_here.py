"""Assessing without processes of its own, for tests of what is done with findings: of the tiny course, whose checks
harm nobody. What comes back goes through the same messages.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.assess import assessing, wire
from grader.assess.assess_limits import AssessLimits
from grader.assess.assessors import LIMITS, Assessed, UnreadableEvidence, take
from grader.assignment import Assignment
from grader.readings.kept import WorkedOut


class AssessedHere:
    """In place of `grader.assess.assessors.Assessors`."""

    def __init__(self, assignment: Assignment, _count: int, _limits: AssessLimits = LIMITS) -> None:
        self._assignment, self._one_at_a_time = assignment, threading.Lock()

    def __enter__(self) -> AssessedHere:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def assess(self, evidence: Path, criteria: Sequence[str] | None = None, kept: WorkedOut | None = None) -> Assessed:
        """As the real ones do, but for what ends a process."""
        wanted = list(criteria or [criterion.id for criterion in self._assignment.rubric])
        request = _sent({"evidence": str(evidence), "criteria": wanted, "worked_out": kept or {}})
        assessed = Assessed()
        with self._one_at_a_time:
            for message in assessing.answers(self._assignment, request):
                take(_sent(message), assessed)
        if assessed.unreadable:
            raise UnreadableEvidence(assessed.unreadable)
        return assessed


def _sent(message: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(wire.text_of(message))
    assert isinstance(found, dict)
    return found
