from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from simulated import HeadKilled, InProcess, drawn
from tiny_course import Course, FakeSandbox, Quiet

from grader.batch.result import BatchResult
from grader.errors import UserError
from grader.executors.cluster_errors import ExecutorError
from grader.gradebook.store import Gradebook

FAULTS = (
    "disk full",
    "grading process killed",
    "worker killed",
    "network cut",
    "worker says nothing of use",
    "bytes damaged",
    "scheduler restarted",
    "head killed",
)
ANSWERS = ("2 * x", "15", "-3", "0")


@pytest.fixture
def space(tmp_path: Path) -> Path:
    (tmp_path / "space").mkdir()
    return tmp_path / "space"


def grade(course: Course, elsewhere: InProcess, out: str = "results", **options: Any) -> BatchResult:
    course.out = course.out.parent / out
    return course.grade(elsewhere.sandbox, elsewhere=elsewhere, **options)


def grades(course: Course) -> dict[str, Any]:
    """Every `grade.json` without what a run took, which no two runs share."""
    found = {path.parent.name: json.loads(path.read_text()) for path in sorted(course.out.glob("*/grade.json"))}
    for one in found.values():
        del one["execution"]
    return found


def hand_in(course: Course, count: int) -> None:
    course.submit(**{f"s{number:03}": ANSWERS[number % len(ANSWERS)] for number in range(count)})


def on_one_machine(course: Course) -> tuple[dict[str, Any], bytes]:
    out, course.out = course.out, course.out.parent / "alone"
    course.grade(FakeSandbox())
    found = grades(course), (course.out / "grades.csv").read_bytes()
    course.out = out
    return found


def revisions(course: Course) -> Counter[str]:
    """How many grades each student got."""
    with Gradebook(course.out / "gradebook.sqlite") as gradebook:
        return Counter(entry.subject for entry in gradebook.audit() if entry.action in ("graded", "regraded"))


def test_grades_of_several_workers_are_those_of_one_machine(course, space):
    hand_in(course, 8)

    grade(course, InProcess(space))

    assert (grades(course), (course.out / "grades.csv").read_bytes()) == on_one_machine(course)


@pytest.mark.costly
def test_more_than_two_hundred_random_faults_leave_every_grade_once_and_the_same(course, space):
    hand_in(course, 145)
    fault, came = drawn(7, 0.85, FAULTS)
    elsewhere, starts = InProcess(space, options={"fault": fault}), 0
    while True:
        starts += 1
        try:
            grade(course, elsewhere)
            break
        except HeadKilled:
            continue

    assert sum(came.values()) >= 200
    assert set(came) == set(FAULTS)
    assert starts == came["head killed"] + 1
    assert set(revisions(course).values()) == {1}
    assert (grades(course), (course.out / "grades.csv").read_bytes()) == on_one_machine(course)


@pytest.mark.parametrize("end", ["grading process killed", "worker killed"])
def test_a_submission_that_ends_its_workers_is_left_to_a_person_and_costs_nobody_else(course, space, end):
    hand_in(course, 8)
    course.submit(killer="666")

    outcome = grade(course, InProcess(space, options={"fault": lambda _, student: end if student == "killer" else ""}))

    found = grades(course)
    assert found.pop("killer")["status"] == "ungraded"
    assert "5 workers ended while they were at work on this, 3 times when it was alone" in course.message("killer")
    assert "graded" in {one["status"] for one in found.values()}
    assert found == {name: one for name, one in on_one_machine(course)[0].items() if name != "killer"}
    assert outcome.needs_a_person


def test_a_full_disk_on_one_worker_costs_no_grade(course, space):
    hand_in(course, 8)
    options = {"workers": 2, "slots": 1, "fault": lambda worker, _: "disk full" if worker == "w0" else ""}
    elsewhere = InProcess(space, options=options)

    grade(course, elsewhere)

    assert (grades(course), (course.out / "grades.csv").read_bytes()) == on_one_machine(course)
    assert elsewhere.machines is not None
    assert elsewhere.machines.given["w0"] < elsewhere.machines.given["w1"]


def test_work_that_fails_everywhere_is_ungraded_with_the_reason(course, space):
    hand_in(course, 2)

    grade(course, InProcess(space, options={"fault": lambda *_: "disk full"}))

    assert "3 tries failed, the last one on host-w" in course.message("s000")
    assert "No space left on device" in course.message("s000")
    assert course.message("s000").startswith("ungraded")


def test_a_sandbox_that_fails_on_every_worker_is_what_it_is_on_one_machine(course, space):
    course.submit(ada="no box", alan="2 * x")

    grade(course, InProcess(space))

    assert "the box could not be set up" in course.message("ada")
    assert (grades(course), (course.out / "grades.csv").read_bytes()) == on_one_machine(course)


def test_a_worker_whose_wall_is_weak_gets_nothing_and_that_is_said(course, space):
    hand_in(course, 8)
    elsewhere = InProcess(space, options={"workers": 2, "refused": {"w1": "the sandbox cannot be built: no"}})

    outcome = grade(course, elsewhere)

    assert elsewhere.machines is not None
    assert set(elsewhere.machines.given) == {"w0"}
    assert "host-w1 (w1) gets no submissions: the sandbox cannot be built: no" in outcome.remarks


def test_a_batch_ends_with_the_reasons_when_no_worker_may_grade(course, space):
    hand_in(course, 2)
    refused = {"w0": "torch 2.11.0, expected 2.13.0", "w1": "the sandbox cannot be built: no"}

    with pytest.raises(ExecutorError) as error:
        grade(course, InProcess(space, options={"workers": 2, "refused": refused}))

    assert all(why in str(error.value) for why in refused.values())


def test_a_worker_without_grader_is_not_asked_for_ever(course, space):
    hand_in(course, 2)
    elsewhere = InProcess(space, options={"workers": 1, "speechless": "ModuleNotFoundError: No module named 'grader'"})

    with pytest.raises(ExecutorError, match="gets no submissions: ModuleNotFoundError: No module named 'grader'"):
        grade(course, elsewhere)


def test_a_batch_ends_with_a_hint_when_no_worker_comes(course, space):
    hand_in(course, 2)

    with pytest.raises(UserError, match=r"found none for 1\d\d\d s\nhint: start workers and give the same command"):
        grade(course, InProcess(space, options={"workers": 0}))


def test_few_submissions_are_away_at_a_time(course, space):
    hand_in(course, 16)
    elsewhere = InProcess(space, options={"workers": 2, "slots": 2})

    grade(course, elsewhere)

    assert elsewhere.machines is not None
    assert elsewhere.machines.largest <= 6


def test_no_more_are_away_than_jobs_says(course, space):
    hand_in(course, 8)
    elsewhere = InProcess(space, most=1)

    grade(course, elsewhere)

    assert elsewhere.machines is not None
    assert elsewhere.machines.largest == 1


def test_a_shared_folder_is_empty_again_at_the_end(course, space, tmp_path):
    hand_in(course, 6)
    shared = tmp_path / "shared"
    shared.mkdir()

    grade(course, InProcess(space, shared=shared))

    assert len(grades(course)) == 6
    assert not list(shared.iterdir())


def test_saved_evidence_is_assessed_again_elsewhere_without_running_anything(course, space):
    hand_in(course, 4)
    grade(course, InProcess(space))
    source = course.reference / "tiny/assignment.py"
    source.write_text(source.read_text().replace("found == 14", "found == 15"))
    sandbox = FakeSandbox()

    grade(course, InProcess(space, sandbox))

    assert not sandbox.commands
    assert course.message("s001").startswith("passed")


def test_what_is_graded_already_is_not_sent_again(course, space):
    hand_in(course, 3)
    grade(course, InProcess(space))
    sandbox = FakeSandbox()

    outcome = course.grade(sandbox, Quiet(), elsewhere=InProcess(space, sandbox))

    assert outcome.kept == 3
    assert not sandbox.commands
