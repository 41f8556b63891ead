"""Dask's scheduler and workers as processes of their own, as they run on other machines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_course import Course

from benchmarks.worker_processes import WorkerProcesses, until
from grader.gradebook.store import Gradebook

pytestmark = pytest.mark.costly

ROOT = Path(__file__).parents[2]
POINTS = {"2 * x": "6.0", "x + 1": "2.0", "-3": "0.67", "14": "6.0"}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[WorkerProcesses]:
    (tmp_path / "cluster").mkdir()
    found = WorkerProcesses(tmp_path / "cluster")
    found.start_scheduler()
    yield found
    found.close()


def begin(course: Course, cluster: WorkerProcesses) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "grader", "grade", course.submissions, "--assignment", "tiny", "--no-pdf"]
    command += ["--reference", course.reference, "--out", course.out, *cluster.options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def hand_in(course: Course, count: int) -> dict[str, str]:
    """Submissions, and the points that each is worth."""
    course.reference.joinpath("tiny/assignment.py").write_text(
        course.reference.joinpath("tiny/assignment.py").read_text().replace("limits=", "warm=(),\n    limits=")
    )
    answers = {f"s{number:02}": list(POINTS)[number % len(POINTS)] for number in range(count)}
    course.submit(**answers)
    return {name: POINTS[answer] for name, answer in answers.items()}


def points(course: Course) -> dict[str, str]:
    return {name: row["points"] for name, row in course.rows().items()}


def test_killed_workers_and_a_killed_head_cost_no_grade(course, cluster):
    expected = hand_in(course, 12)
    for name in ("w1", "w2"):
        cluster.start_worker(name)
    head = begin(course, cluster)
    assert until(lambda: len(list(course.out.glob("*/grade.json"))) >= 2 or head.poll() is not None)
    cluster.workers["w1"].kill()
    for pid in cluster.grading_processes("w2"):
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: len(list(course.out.glob("*/grade.json"))) >= 4 or head.poll() is not None)
    head.kill()
    head.communicate()
    cluster.start_worker("w1", CLOCK_OFF="-172800")  # a clock that is two days behind

    again = begin(course, cluster)
    _, said = again.communicate(timeout=240)

    assert again.returncode == 0, said
    assert points(course) == expected
    with Gradebook(course.out / "gradebook.sqlite") as gradebook:
        times = Counter(entry.subject for entry in gradebook.audit() if entry.action in ("graded", "regraded"))
    assert times == dict.fromkeys(expected, 1)


def test_a_worker_with_another_torch_gets_nothing_and_both_versions_are_named(course, cluster):
    hand_in(course, 2)
    cluster.start_worker("old", OTHER_TORCH="2.0.1")
    head = begin(course, cluster)
    _, said = head.communicate(timeout=240)

    assert head.returncode == 2, said
    assert "gets no submissions: other versions: torch 2.0.1, expected 2." in said
    assert not list(course.out.glob("*/grade.json"))


def test_nobody_at_an_address_is_an_error_with_a_hint(course, cluster):
    hand_in(course, 1)
    cluster.close()
    (cluster.folder / "cluster.toml").write_text(
        (cluster.folder / "cluster.toml").read_text().replace("patience = 120", "patience = 1")
    )

    head = begin(course, cluster)
    _, said = head.communicate(timeout=120)

    assert head.returncode == 2
    assert f"error: expected a scheduler at {cluster.address}" in said
    assert "hint: is it running" in said
    assert "Traceback" not in said
