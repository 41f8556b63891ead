"""Every sample of `mlp_cw2` gets the outcomes that stand beside it in `expected.toml`, criterion by criterion."""

from __future__ import annotations

import importlib
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assess import assess
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.finding import Outcome
from grader.intake import find_submissions
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Limits

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "submissions" / "mlp_cw2"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text())
CRITERIA = ("grad_flow", "diagnosis", "batch_norm", "residual", "gradients_restored")
LIMITS = Limits(cpu_s=45, wall_s=400, memory_mib=1536, console_mib=4)


@pytest.fixture(scope="session")
def assignment():
    """With the smallest budget for training."""
    import torch

    torch.set_num_threads(1)
    loaded = load_assignment("mlp_cw2", ROOT / "reference")
    cases, data = (importlib.import_module(f"reference_mlp_cw2.{name}") for name in ("cases", "data"))
    return replace(loaded, limits=LIMITS, probes=cases.probes(cases.QUICK), data=data.served(cases.QUICK))


@pytest.fixture(scope="session")
def submissions():
    return {submission.student: submission for submission in find_submissions(FOLDER).submissions}


def outcomes_of(row):
    return {criterion: row[criterion] for criterion in CRITERIA}


def test_every_sample_has_an_expected_outcome(submissions):
    assert set(submissions) == set(EXPECTED)


def test_the_samples_show_both_sides():
    right = [name for name, row in EXPECTED.items() if set(outcomes_of(row).values()) == {"passed"}]

    assert len(right) >= 5
    assert len(EXPECTED) - len(right) >= 20
    assert all(any(row[criterion] == "failed" for row in EXPECTED.values()) for criterion in CRITERIA)


@pytest.mark.parametrize("student", sorted(EXPECTED))
def test_sample_gets_its_expected_outcomes(student, assignment, submissions):
    findings = assess(assignment, collect(submissions[student], assignment, BubblewrapSandbox(), seed=20_261_121))

    found = {criterion: findings[criterion].outcome.value for criterion in CRITERIA}
    assert found == outcomes_of(EXPECTED[student]), {name: findings[name].message for name in CRITERIA}
    assert findings["discussion"].outcome is Outcome.UNGRADED
