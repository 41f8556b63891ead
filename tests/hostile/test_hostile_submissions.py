"""Hostile submissions, graded as all are: in the sandbox, judged outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from core_examples import SEED, submission
from gram_course import gram_assignment
from hostile_submissions import HELPERS, SUBMISSIONS, Hostile

from grader.assess import assess, grade_evidence
from grader.assignment import Assignment
from grader.collect.collect import collect
from grader.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.costly

# The default of `grade`: whatever boxes it takes, forgeries must come to nothing.
SANDBOX = BubblewrapSandbox()


@pytest.fixture(scope="session")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return gram_assignment(tmp_path_factory.mktemp("gram") / "gram")


@pytest.mark.parametrize("hostile", SUBMISSIONS, ids=lambda hostile: hostile.name)
def test_a_hostile_submission_gets_what_it_earned(assignment: Assignment, hostile: Hostile):
    work = submission({"hw.py": HELPERS + hostile.source, **hostile.files})

    evidence = collect(work, assignment, SANDBOX, seed=SEED)
    (mark,) = grade_evidence(assignment, evidence, assess(assignment, evidence)).marks

    first = evidence.executions[0]
    assert (first.status in hostile.status, mark.finding.outcome) == (True, hostile.outcome), (first, mark.finding)
    assert hostile.says in first.console
    assert not Path("/tmp/pwned").exists()
