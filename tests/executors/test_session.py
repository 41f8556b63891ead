from __future__ import annotations

import pickle
import shutil
from dataclasses import replace

import pytest
from tiny_course import Quiet

from grader.batch.basis import Basis
from grader.batch.remote_work import Task
from grader.executors import session as sessions
from grader.executors.crew import Unfit, prepared
from grader.executors.session import BatchSession, other_versions, unlike
from grader.sandbox.spawn import tool


@pytest.fixture
def session(course) -> BatchSession:
    assignment = course.assignment
    task = Task(
        name="grader-1",
        assignment=assignment,
        basis=Basis(assignment, 11),
        sandbox="bubblewrap",
        device="cpu",
        progress=Quiet(),
    )
    return BatchSession.of(task, None)


def test_a_worker_that_unpacks_a_session_has_the_same_assignment(session, tmp_path):
    (tmp_path / "work").mkdir()
    again: BatchSession = pickle.loads(session.packed())  # noqa: S301 - packed above

    assignment = again.unpacked(tmp_path / "work")

    assert unlike(again, assignment) is None


def test_hidden_files_travel_and_caches_do_not(course, tmp_path):
    folder = course.reference / "tiny"
    for name in ("hidden/solution.py", "__pycache__/x.pyc", ".cache/x"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x = 1\n")

    assert set(sessions.assignment_files(folder)) == {"assignment.py", "hidden/solution.py"}


def test_a_differing_version_is_named_with_the_expected_one():
    expected = {"torch": "2.13.0", "homework-grader": "0.1.0", "numpy": "2.4"}
    found = {"torch": "2.11.0", "homework-grader": "0.2.0", "numpy": "2.4"}

    assert other_versions(expected, found) == "homework-grader 0.2.0, expected 0.1.0; torch 2.11.0, expected 2.13.0"
    assert other_versions(expected, {**expected, "keras": "3"}) == "keras 3, expected none"
    assert other_versions(expected, dict(expected)) is None


def test_the_same_versions_with_other_files_are_refused(session, course):
    assert "other files of grader" in str(unlike(replace(session, assessed_with="0"), course.assignment))
    assert "the seed gives other data there" in str(unlike(replace(session, asked_with="0"), course.assignment))


@pytest.mark.parametrize("programs", ["", "/nowhere"])
def test_a_worker_that_cannot_build_the_sandbox_is_unfit(session, tmp_path, monkeypatch, programs):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setenv("PATH", programs)
    tool.cache_clear()  # as in a new process

    with pytest.raises(Unfit, match="the sandbox cannot be built"):
        prepared(session, tmp_path)
