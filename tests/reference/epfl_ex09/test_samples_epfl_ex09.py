"""Every sample of exercise 9 gets the outcomes that stand beside it in `expected.toml`, criterion by criterion."""

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
FOLDER = ROOT / "submissions" / "epfl_ex09"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text())
CRITERIA = ("dataloaders", "mlp", "cnn", "train_epoch", "residual_block", "optimizer_state", "receptive_field")
SEED = 20_261_125


@pytest.fixture(scope="session")
def assignment():
    import torch

    torch.set_num_threads(1)
    return load_assignment("epfl_ex09", ROOT / "reference")


@pytest.fixture(scope="session")
def submissions():
    return {submission.student: submission for submission in find_submissions(FOLDER).submissions}


def outcomes_of(row):
    return {criterion: row[criterion] for criterion in CRITERIA}


def test_every_sample_has_an_expected_outcome(submissions):
    assert set(submissions) == set(EXPECTED)


def test_the_samples_show_both_sides():
    right = [name for name, row in EXPECTED.items() if set(outcomes_of(row).values()) == {"passed"}]

    assert len(right) >= 6
    assert len(EXPECTED) - len(right) >= 25
    assert all(any(row[criterion] != "passed" for row in EXPECTED.values()) for criterion in CRITERIA)


@pytest.mark.parametrize("student", sorted(EXPECTED))
def test_sample_gets_its_expected_outcomes(student, assignment, submissions):
    evidence = collect(submissions[student], assignment, BubblewrapSandbox(), seed=SEED)

    findings = assess(assignment, evidence)

    found = {criterion: findings[criterion].outcome.value for criterion in CRITERIA}
    reasons = {criterion: findings[criterion].message for criterion in CRITERIA}
    assert found == outcomes_of(EXPECTED[student]), reasons
    assert findings["discussion"].outcome is Outcome.UNGRADED
    assert sum(run.cpu_s for run in evidence.executions) <= 30
