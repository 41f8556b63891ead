"""Every sample submission gets the outcomes that stand beside it in `expected.toml`, criterion by criterion."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assess import assess, grade_evidence
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.evidence import save
from grader.gradebook.results import StudentFolder
from grader.intake import find_submissions
from grader.report.gather import feedback_report
from grader.report.student.feedback import feedback_pdf
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Limits

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "submissions" / "dlc_practical_6"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text())
CRITERIA = ("flags", "stats_shape", "stats_values", "graph")
# Enough for honest work on a busy machine, and endless loops end sooner than in a real batch.
LIMITS = Limits(cpu_s=45, wall_s=400, memory_mib=1536, console_mib=4)


@pytest.fixture(scope="session")
def assignment():
    import torch

    torch.set_num_threads(1)
    return replace(load_assignment("dlc_practical_6", ROOT / "reference"), limits=LIMITS)


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
    assert len(EXPECTED) - len(right) >= 20
    assert all(any(row[criterion] == "failed" for row in EXPECTED.values()) for criterion in CRITERIA)


@pytest.mark.parametrize("student", sorted(EXPECTED))
def test_sample_gets_its_expected_outcomes(student, assignment, submissions):
    evidence = collect(submissions[student], assignment, BubblewrapSandbox(), seed=20_261_121)

    findings = assess(assignment, evidence)

    found = {criterion: findings[criterion].outcome.value for criterion in CRITERIA}
    reasons = {criterion: findings[criterion].message for criterion in CRITERIA}
    assert found == outcomes_of(EXPECTED[student]), reasons
    assert all(finding.message for finding in findings.values())


@pytest.mark.parametrize("student", ["marie", "wim", "yannis", "mallory"])
def test_a_submission_with_little_evidence_gets_a_report_too(student, assignment, submissions, tmp_path):
    evidence = collect(submissions[student], assignment, BubblewrapSandbox(), seed=6)
    folder = StudentFolder(tmp_path)
    save(evidence, folder.evidence)

    content = feedback_pdf(feedback_report(assignment, grade_evidence(assignment, evidence), evidence, folder))

    assert content.startswith(b"%PDF")
