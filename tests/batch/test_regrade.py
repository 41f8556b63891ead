"""Going over results again: the same bytes if nothing has changed, a new revision if something has."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from tiny_course import MANUAL, Course, write_course

from grader.batch.regrade import regrade_one, report_one
from grader.batch.selection import BatchError
from grader.errors import AssignmentError
from grader.gradebook import GradebookError

MADE = ("grade.json", "grades.csv", "exhibits.json", "feedback.pdf", "class.pdf")


def digests(course, *names):
    return {path: hashlib.sha256(content).hexdigest() for path, content in course.files(*(names or MADE)).items()}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A graded batch with reports, to be copied."""
    made = Course(tmp_path_factory.mktemp("course"))
    made.submit(ada="2 * x", bob="-3", cyd="13  # the check of the sign breaks here")
    (made.submissions / "empty").mkdir()
    made.grade(pdf=True)
    return made


@pytest.fixture
def graded(once, course):
    shutil.copytree(once.out, course.out)
    return course


def test_regrade_and_report_give_the_same_bytes_as_grading_did(graded):
    after_grading = digests(graded)
    assert len(after_grading) == 2 + 3 * 4

    graded.rewrite(regrade_one, pdf=True)
    assert digests(graded) == after_grading
    graded.rewrite(report_one, pdf=True)
    assert digests(graded) == after_grading
    assert {found.revision for found in graded.stored().values()} == {1}


def test_report_makes_the_pdfs_and_the_csv_that_got_lost(graded):
    before = digests(graded)
    for path in before:
        if path.endswith((".pdf", ".csv")):
            (graded.out / path).unlink()

    graded.rewrite(report_one, pdf=True)

    assert digests(graded) == before


def test_a_report_shows_curves_with_gaps_again(graded):
    """NaN and infinities, which JSON lacks, come back from `exhibits.json`."""
    before = digests(graded, "feedback.pdf")
    marks = graded.stored()["ada"].grade
    from grader.gradebook.results import Results

    [series] = Results(graded.out).student("ada").with_exhibits(marks).marks[0].finding.exhibits[0].panels[0].series
    assert (series.y[0], series.y[2]) == (14, float("inf"))
    assert series.y[1] != series.y[1]
    graded.rewrite(report_one, pdf=True)
    assert digests(graded, "feedback.pdf") == before


def test_other_points_in_the_rubric_make_a_new_revision_and_other_files(graded):
    before = digests(graded)
    write_course(graded.reference, points="5.5")

    graded.rewrite(regrade_one, pdf=True)

    assert graded.json("ada")["points"] == 7.5
    assert graded.rows()["ada"] | {"points": "7.5", "points_possible": "7.5", "value": "5.5"} == graded.rows()["ada"]
    assert {(found.revision, found.grade.attempt) for found in graded.stored().values()} == {(2, 1)}
    changed = {path for path, found in digests(graded).items() if found != before[path]}
    assert {path for path in changed if not path.endswith(".json")} == {
        "grades.csv",
        "class.pdf",
        *(f"{name}/feedback.pdf" for name in ("ada", "bob", "cyd", "empty")),
    }
    assert changed >= {f"{name}/grade.json" for name in ("ada", "bob", "cyd", "empty")}


def test_several_at_a_time_give_what_one_after_the_other_does(graded, once):
    write_course(graded.reference, points="5.5")
    for _ in range(2):  # the second time nothing is left to do
        told = graded.rewrite(regrade_one, jobs=3).remarks
    together = digests(graded, "grade.json", "grades.csv", "exhibits.json")
    shutil.rmtree(graded.out)
    shutil.copytree(once.out, graded.out)

    assert graded.rewrite(regrade_one).remarks == told
    assert digests(graded, "grade.json", "grades.csv", "exhibits.json") == together
    assert {found.revision for found in graded.stored().values()} == {2}


def test_the_old_rubric_again_gives_the_old_bytes_again(graded):
    before = digests(graded)
    write_course(graded.reference, points="5.5")
    graded.rewrite(regrade_one, pdf=True)
    write_course(graded.reference)

    graded.rewrite(regrade_one, pdf=True)

    assert digests(graded) == before
    assert graded.stored()["ada"].revision == 3


def test_a_criterion_more_is_a_column_more(graded):
    write_course(graded.reference, more=(MANUAL,))

    outcome = graded.rewrite(regrade_one)

    assert outcome.needs_a_person
    assert list(graded.rows()["ada"])[-1] == "style"


def test_regrade_without_pdf_keeps_the_reports_of_grades_that_stay(graded):
    before = digests(graded, "feedback.pdf")

    graded.rewrite(regrade_one, pdf=False)
    assert digests(graded, "feedback.pdf") == before
    write_course(graded.reference, points="5.5")
    graded.rewrite(regrade_one, pdf=False)
    assert digests(graded, "feedback.pdf", "class.pdf") == {}


def test_report_does_not_assess_anything(graded):
    before = digests(graded, "grade.json", "grades.csv")
    write_course(graded.reference, points="5.5")

    graded.rewrite(report_one)

    assert digests(graded, "grade.json", "grades.csv") == before


def test_a_regrade_that_fails_for_one_leaves_its_grade_and_goes_on(graded, monkeypatch):
    before = digests(graded, "grade.json", "grades.csv")
    with (graded.reference / "tiny" / "assignment.py").open("a") as file:
        file.write("# a change that changes no grade\n")
    from grader.batch.run import grade_evidence

    def moody(assignment, found, findings, *terms):
        if found.submission.student == "bob":
            raise ZeroDivisionError("a mistake")
        return grade_evidence(assignment, found, findings, *terms)

    monkeypatch.setattr("grader.batch.run.grade_evidence", moody)

    outcome = graded.rewrite(regrade_one)

    assert outcome.problems == ("bob: the grader failed: ZeroDivisionError: a mistake",)
    assert outcome.needs_a_person
    assert digests(graded, "grade.json", "grades.csv") == before


@pytest.mark.parametrize("how", [regrade_one, report_one])
def test_lost_evidence_is_a_problem_and_no_loss(graded, how):
    before = digests(graded, "grade.json", "grades.csv")
    shutil.rmtree(graded.out / "bob" / "evidence")

    outcome = graded.rewrite(how)

    [problem] = outcome.problems
    assert problem.startswith("bob: its evidence cannot be read")
    assert digests(graded, "grade.json", "grades.csv") == before


def test_a_folder_without_a_gradebook_cannot_be_regraded(course):
    course.out.mkdir()

    with pytest.raises(
        BatchError, match=r"(?s)expected a folder of results with gradebook\.sqlite.*hint: `grader grade`"
    ):
        course.rewrite(regrade_one)

    assert list(course.out.iterdir()) == []


def test_an_empty_gradebook_cannot_be_regraded(course):
    course.out.mkdir()
    (course.out / "gradebook.sqlite").touch()

    with pytest.raises(GradebookError, match=r"(?s)expected a batch, found none.*hint:"):
        course.rewrite(regrade_one)


def test_results_of_an_assignment_that_is_gone_cannot_be_regraded_and_stay(graded):
    before = digests(graded)
    (graded.reference / "tiny").rename(graded.reference / "other")

    with pytest.raises(AssignmentError, match=r"'tiny': not found .*other"):
        graded.rewrite(regrade_one)

    assert digests(graded) == before
