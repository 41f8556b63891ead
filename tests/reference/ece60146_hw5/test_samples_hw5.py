"""Every sample of homework 5 gets the outcomes that stand beside it in `expected.toml`, criterion by criterion."""

from __future__ import annotations

import hashlib
import importlib
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
FOLDER = ROOT / "submissions" / "ece60146_hw5"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text())
CRITERIA = ("archive", "layers", "skip_blocks", "forward", "training", "accuracy", "confusion_matrix", "report")
SEED, STEPS = 20_261_121, 20


@pytest.fixture(scope="module")
def assignment():
    import torch

    torch.set_num_threads(1)
    whole = load_assignment("ece60146_hw5", ROOT / "reference")
    budget = importlib.import_module("reference_ece60146_hw5.budget")
    short = budget.Budget(steps=STEPS, cpu_s=60, predict_cpu_s=60, average_batches=4)
    return replace(whole, probes=[whole.probes[0], short.probe(5)], limits=Limits(cpu_s=180, wall_s=900))


@pytest.fixture(scope="module")
def submissions():
    return {submission.student: submission for submission in find_submissions(FOLDER).submissions}


@pytest.fixture(scope="module")
def collected(assignment, submissions):
    """Evidence by student. Many samples hand in the same program with another report: it is asked once."""
    asked = {}

    def evidence(student):
        submission = submissions[student]
        documents = collect(submission, replace(assignment, code="none"), BubblewrapSandbox(), seed=SEED)
        programs = [file for file in submission.files if file.path.endswith((".py", ".ipynb"))]
        key = hashlib.sha256(b"".join(file.content for file in programs)).hexdigest()
        if key not in asked:
            asked[key] = collect(submission, replace(assignment, documents=()), BubblewrapSandbox(), seed=SEED)
        code = asked[key]
        record = replace(documents.submission, entry=code.submission.entry)
        return replace(code, submission=record, executions=code.executions + documents.executions,
                       frames=code.frames + documents.frames)  # fmt: skip

    return evidence


def outcomes_of(row):
    return {criterion: row[criterion] for criterion in CRITERIA}


def test_every_sample_has_an_expected_outcome(submissions):
    assert set(submissions) == set(EXPECTED)


def test_the_samples_show_both_sides():
    right = [name for name, row in EXPECTED.items() if "failed" not in outcomes_of(row).values()]

    assert len(right) >= 6
    assert len(EXPECTED) - len(right) >= 25
    assert all(any(row[criterion] == "failed" for row in EXPECTED.values()) for criterion in CRITERIA)


def surprises(student, findings):
    found = {criterion: findings[criterion].outcome.value for criterion in CRITERIA}
    wanted = outcomes_of(EXPECTED[student])
    return [f"{student}.{criterion}: expected {wanted[criterion]}, found {outcome}: {findings[criterion].message}"
            for criterion, outcome in found.items() if wanted[criterion] != outcome]  # fmt: skip


def test_all_samples_get_their_expected_outcomes(assignment, collected):
    assessed = {student: assess(assignment, collected(student)) for student in EXPECTED}

    assert not (found := [line for student in EXPECTED for line in surprises(student, assessed[student])]), found
    assert {findings["observations"].outcome.value for findings in assessed.values()} == {"ungraded"}


@pytest.mark.parametrize("student", ["ada", "xaver", "gita"])
def test_a_report_can_be_made_of_much_and_of_little(student, assignment, collected, tmp_path):
    evidence = collected(student)
    folder = StudentFolder(tmp_path)
    save(evidence, folder.evidence)

    content = feedback_pdf(feedback_report(assignment, grade_evidence(assignment, evidence), evidence, folder))

    assert content.startswith(b"%PDF")
