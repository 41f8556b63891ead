"""Every sample of every assignment gets the outcomes that stand beside it in `expected.toml`."""

from __future__ import annotations

import pytest
from sample_classes import (
    SampleGroup,
    assignment_of,
    evidence_of,
    expected_of,
    expected_outcomes,
    groups,
    sampled_ids,
    submissions_of,
)

from grader.assess import assess, grade_evidence
from grader.assignment import Assignment
from grader.collect.saved_evidence import save
from grader.evidence import Evidence
from grader.finding import Finding
from grader.gradebook.grade_json import grade_dict
from grader.gradebook.grade_schema import checked
from grader.gradebook.results import StudentFolder
from grader.grading import Grade
from grader.report.gather import feedback_report
from grader.report.student.feedback import feedback_pdf

RIGHT, WRONG = 5, 15  # at least so many of each, so that grading is tested from both sides


@pytest.mark.parametrize("assignment_id", sampled_ids())
def test_every_sample_has_an_expected_outcome(assignment_id):
    assert set(submissions_of(assignment_id)) == set(expected_of(assignment_id))


@pytest.mark.parametrize("assignment_id", sampled_ids())
def test_samples_show_both_sides_of_every_criterion(assignment_id):
    assignment = assignment_of(assignment_id)
    rows = [expected_outcomes(assignment, student) for student in expected_of(assignment_id)]
    judged = [rule.id for rule in assignment.rubric if not rule.manual]
    wrong = [row for row in rows if any(row[name] in {"failed", "partial"} for name in judged)]

    assert len(rows) - len(wrong) >= RIGHT
    assert len(wrong) >= WRONG
    assert not [name for name in judged if not any(row[name] in {"failed", "partial"} for row in rows)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Reading what all samples handed in takes a second, which is for those who grade them."""
    if "group" in metafunc.fixturenames:
        wanted = "not whole_sample" not in metafunc.config.option.markexpr
        metafunc.parametrize("group", groups() if wanted else (), ids=str)


@pytest.mark.whole_sample
def test_samples_get_their_expected_outcomes(group: SampleGroup, tmp_path):
    assignment = assignment_of(group.assignment_id)

    for student, evidence in evidence_of(group, assignment).items():
        findings = assess(assignment, evidence)

        assert not (found := surprises(assignment, student, findings)), found
        assert all(finding.message for finding in findings.values())
        grade = grade_evidence(assignment, evidence, findings)
        assert checked(grade_dict(grade))
        if expected_of(group.assignment_id)[student].get("feedback"):
            assert report_of(assignment, grade, evidence, StudentFolder(tmp_path)).startswith(b"%PDF")


def surprises(assignment: Assignment, student: str, findings: dict[str, Finding]) -> list[str]:
    wanted = expected_outcomes(assignment, student)
    return [
        f"{student}.{name}: expected {wanted[name]}, found {finding.outcome.value}: {finding.message}"
        for name, finding in findings.items()
        if finding.outcome.value != wanted[name]
    ]


def report_of(assignment: Assignment, grade: Grade, evidence: Evidence, folder: StudentFolder) -> bytes:
    """The feedback of a sample that has `feedback = true`: those with much and with little evidence."""
    save(evidence, folder.evidence)
    return feedback_pdf(feedback_report(assignment, grade, evidence, folder))
