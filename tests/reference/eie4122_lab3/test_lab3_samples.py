"""Every sample report of `eie4122_lab3` gets the outcomes that stand beside it in `expected.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from grader.assess import assess
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.finding import Outcome
from grader.intake import find_submissions
from grader.sandbox.bubblewrap import BubblewrapSandbox

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "submissions" / "eie4122_lab3"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text())
JUDGED = ("pdf_only", "word_count", "histograms", "structure", "figures_numbered")
BY_HAND = ("investigations", "explains_resnet", "explains_relu", "clarity")


@pytest.fixture(scope="session")
def assignment():
    return load_assignment("eie4122_lab3", ROOT / "reference")


@pytest.fixture(scope="session")
def submissions():
    return {submission.student: submission for submission in find_submissions(FOLDER).submissions}


def outcomes_of(row):
    return {criterion: row.get(criterion, "passed") for criterion in JUDGED}


def test_every_sample_has_an_expected_outcome(submissions):
    assert set(submissions) == set(EXPECTED)


def test_the_samples_show_both_sides():
    right = [name for name, row in EXPECTED.items() if set(outcomes_of(row).values()) == {"passed"}]

    assert len(right) >= 5
    assert len(EXPECTED) - len(right) >= 20
    assert all(any(row.get(criterion) == "failed" for row in EXPECTED.values()) for criterion in JUDGED)


@pytest.mark.parametrize("student", sorted(EXPECTED))
def test_sample_gets_its_expected_outcomes(student, assignment, submissions):
    findings = assess(assignment, collect(submissions[student], assignment, BubblewrapSandbox(), seed=1))

    found = {criterion: findings[criterion].outcome.value for criterion in JUDGED}
    assert found == outcomes_of(EXPECTED[student]), {name: findings[name].message for name in JUDGED}
    assert {findings[criterion].outcome for criterion in BY_HAND} == {Outcome.UNGRADED}
