"""A batch whose checks meet evidence that ends the process they run in."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import FakeSandbox

from grader.batch.regrade import regrade_one

pytestmark = pytest.mark.apart
HERE = Path(__file__).resolve().parent.parent
DEADLY = """
def sign(evidence):
    import os
    found = answer(evidence)
    if found == 13 and not os.path.exists(__file__ + ".mended"):
        os.kill(os.getpid(), 9)
    if found == 13:
        return Finding.passed("above 0")
"""


@pytest.fixture
def deadly(course):
    """The check of the sign kills the process at an answer of 13, until it is mended beside its file."""
    file = course.reference / "tiny" / "assignment.py"
    file.write_text(file.read_text().replace("\ndef sign(evidence):\n    found = answer(evidence)\n", DEADLY))
    course.submit(ada="2 * x", bad="13")
    return course


def test_an_end_of_the_process_costs_one_criterion_of_one_student(deadly):
    outcome = deadly.grade()

    assert outcome.needs_a_person
    assert deadly.json("ada")["points"] == 6
    assert deadly.message("bad") == "failed: double(7): expected 14, found 13"
    assert deadly.message("bad", "sign").startswith("ungraded: the grader could not assess this: the process")
    assert deadly.json("bad")["points"] is None


def test_it_is_remembered_so_that_the_same_command_does_not_try_again(deadly):
    deadly.grade()
    before = deadly.files("grade.json", "grades.csv")
    sandbox = FakeSandbox()

    outcome = deadly.grade(sandbox)

    assert outcome.kept == 2
    assert outcome.needs_a_person
    assert sandbox.commands == []
    assert deadly.files("grade.json", "grades.csv") == before


def test_regrade_tries_again(deadly):
    deadly.grade()
    deadly.rewrite(regrade_one)
    assert deadly.message("bad", "sign").startswith("ungraded: ")

    (deadly.reference / "tiny" / "assignment.py.mended").touch()
    deadly.rewrite(regrade_one)

    assert deadly.message("bad", "sign") == "passed: above 0"
    assert {found.grade.points for found in deadly.stored().values()} == {2, 6}


def test_fresh_tries_again(deadly):
    deadly.grade()
    (deadly.reference / "tiny" / "assignment.py.mended").touch()
    sandbox = FakeSandbox()

    deadly.grade(sandbox, fresh=True)

    assert len(sandbox.commands) == 2
    assert deadly.message("bad", "sign") == "passed: above 0"


def test_another_check_is_tried_on_the_same_evidence(deadly):
    deadly.grade()
    file = deadly.reference / "tiny" / "assignment.py"
    file.write_text(file.read_text().replace("found == 13", "found == 12"))
    sandbox = FakeSandbox()

    deadly.grade(sandbox)

    assert sandbox.commands == []
    assert deadly.message("bad", "sign") == "passed: above 0"


ENDLESS = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tiny_course import Course, FakeSandbox, Quiet
course = object.__new__(Course)
root = Path({root!r})
course.reference, course.submissions, course.out = root / "reference", root / "submissions", root / "results"
course.grade(FakeSandbox(), Quiet())
"""
STUCK = """
def sign(evidence):
    import os
    os.write(int(os.environ["TELL"]), f"{os.getpid()} {os.getppid()}\\n".encode())
    while True:
        pass
"""


@pytest.mark.costly
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_grader_ends_the_processes_that_assess(course, tmp_path, how):
    file = course.reference / "tiny" / "assignment.py"
    told = tmp_path / "pids"
    stuck = STUCK.replace(
        'os.write(int(os.environ["TELL"])', f"os.write(os.open({str(told)!r}, os.O_WRONLY | os.O_APPEND)"
    )
    file.write_text(file.read_text().replace("\ndef sign(evidence):\n    found = answer(evidence)\n", stuck))
    os.mkfifo(told)
    course.submit(ada="2 * x")
    script = ENDLESS.format(tests=str(HERE), root=str(course.out.parent))
    with subprocess.Popen([sys.executable, "-c", script], cwd=HERE.parent, start_new_session=True) as running:
        with told.open() as line:
            pids = [int(pid) for pid in line.readline().split()]
        os.killpg(running.pid, how) if how == signal.SIGINT else running.send_signal(how)
        running.wait(timeout=60)

    assert len(pids) == 2
    for pid in pids:
        until_gone(pid)


def until_gone(pid):
    """Wait for the end of a process that is no child of ours."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 60)[0], "a process that assesses is still there"
    finally:
        os.close(descriptor)
