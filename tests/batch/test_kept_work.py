"""A changed tolerance compares anew with what was worked out; other code, other work or a spoiled file does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_course import Course

from grader.batch.regrade import regrade_one

WORK = """
import os
from pathlib import Path

from grader import kept

from .factor import FACTOR


@kept
def right_answer(evidence, x):
    with Path(os.environ["TINY_COURSE_WORK"]).open("a") as file:
        file.write(evidence.submission.student[0])
    return FACTOR * x
"""
CHECK = """
from grader import Finding, recorded

from .limits import TOLERANCE
from .work import right_answer


def check(evidence):
    found, right = float(recorded(evidence)[0].result), right_answer(evidence, 7.0)
    words = f"expected {right:g}, give or take {TOLERANCE:g}, found {found:g}"
    return Finding.passed(words) if abs(found - right) <= TOLERANCE else Finding.failed(words)
"""


class Graded(Course):
    """Ada's answer is right, Bob's is off by one."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        text = (self.reference / "tiny/assignment.py").read_text()
        text = f"from .check import check\n{text.replace(', value),', ', check),')}"
        self.write(assignment=text, check=CHECK, work=WORK, factor="FACTOR = 2.0\n", limits="TOLERANCE = 0.5\n")
        self.log = root / "worked out"
        self.submit(ada="14", bob="13")

    def write(self, **modules: str) -> None:
        shutil.rmtree(self.reference / "tiny/__pycache__", ignore_errors=True)  # as in `write_course`
        for name, text in modules.items():
            (self.reference / f"tiny/{name}.py").write_text(text)

    def worked_out(self) -> str:
        """For whom something was worked out since the last time, by initials."""
        found = "".join(sorted(self.log.read_text())) if self.log.exists() else ""
        self.log.unlink(missing_ok=True)
        return found

    def verdicts(self) -> list[str]:
        return [self.message(student) for student in ("ada", "bob")]


@pytest.fixture
def graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Graded:
    course = Graded(tmp_path)
    monkeypatch.setenv("TINY_COURSE_WORK", str(course.log))
    course.grade()
    assert course.worked_out() == "ab"
    return course


def test_a_changed_tolerance_gives_the_verdicts_of_a_fresh_grading_and_works_nothing_out(graded):
    before = graded.verdicts()
    graded.write(limits="TOLERANCE = 1.5\n")
    graded.rewrite(regrade_one)
    assert graded.worked_out() == ""
    compared = graded.files("grade.json", "grades.csv", "exhibits.json")

    shutil.rmtree(graded.out)
    graded.grade()

    assert graded.worked_out() == "ab"
    assert graded.files("grade.json", "grades.csv", "exhibits.json") == compared
    assert (before[1][:6], graded.verdicts()[1]) == ("failed", "passed: expected 14, give or take 1.5, found 13")


@pytest.mark.parametrize(
    "change", [{"factor": "FACTOR = 13 / 7\n"}, {"work": WORK.replace("FACTOR * x", "FACTOR * x - 1")}], ids=repr
)
def test_other_code_works_everything_out_again(change, graded):
    graded.write(**change)

    graded.rewrite(regrade_one)

    assert graded.worked_out() == "ab"
    assert [words[:6] for words in graded.verdicts()] == ["failed", "passed"]


def test_other_work_and_another_seed_are_worked_out_by_themselves(graded):
    graded.submit(bob="15")
    graded.grade()
    assert graded.worked_out() == "b"

    graded.grade(seed=12, fresh=True)

    assert graded.worked_out() == "ab"


@pytest.mark.parametrize(("old", "new"), [("14.0", "13.0"), ('"worked_out', '"worked_in')])
def test_a_file_that_was_spoiled_is_noticed_and_everything_worked_out_again(old, new, graded):
    path = graded.out / "bob/findings.json"
    old, new = (text.replace('"', '\\"') for text in (old, new))
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    graded.write(limits="TOLERANCE = 0.75\n")

    graded.rewrite(regrade_one)

    assert graded.worked_out() == "b"
    assert graded.verdicts()[1] == "failed: expected 14, give or take 0.75, found 13"


def test_one_students_file_is_worth_nothing_beside_anothers_work(graded):
    shutil.copy(graded.out / "ada/findings.json", graded.out / "bob/findings.json")
    graded.write(limits="TOLERANCE = 0.75\n")

    graded.rewrite(regrade_one)

    assert graded.worked_out() == "b"
    assert graded.verdicts()[1][:6] == "failed"


def test_what_still_holds_outlives_several_changes(graded):
    for number in range(1, 4):
        graded.write(limits=f"TOLERANCE = 0.{number}\n")
        graded.rewrite(regrade_one)

    assert graded.worked_out() == ""
