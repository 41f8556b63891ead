from __future__ import annotations

import fcntl
import os
import subprocess
import sys

import pytest
from tiny_course import FakeSandbox, Quiet

from grader.batch.grade import BatchOptions, grade_batch
from grader.catalog import load_assignment
from grader.gradebook import GradebookError
from grader.gradebook.results import Results, ResultsError

HOLDER = """
import sys
from pathlib import Path
from grader.gradebook.results import Results
with Results(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_new_folder_is_made_with_the_folders_above_it(tmp_path):
    results = Results(tmp_path / "a" / "b")

    with results.locked():
        assert results.path.is_dir()


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/results"])
def test_a_place_that_cannot_be_written_is_named_with_a_hint(tmp_path, out):
    (tmp_path / "file").write_text("not a folder")

    with (
        pytest.raises(ResultsError, match=r"(?s)expected a folder to write to, found: \w+.*hint: .*--out"),
        Results(tmp_path / out).locked(),
    ):
        pytest.fail("it was locked")

    assert (tmp_path / "file").read_text() == "not a folder"


def test_two_graders_never_work_in_one_folder(course):
    course.submit(ada="1")
    command = [sys.executable, "-c", HOLDER, str(course.out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        sandbox = FakeSandbox()

        with pytest.raises(ResultsError, match=r"(?s)another grader is working here\nhint: wait"):
            course.grade(sandbox, fresh=True)

        assert sandbox.commands == []
        other.kill()
    course.grade()
    assert list(course.rows()) == ["ada"]


def test_the_lock_is_not_passed_on_to_other_programs(tmp_path):
    with Results(tmp_path).locked():
        left = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
        locks = [fd for fd in left if _target(fd).endswith("/.lock")]
        assert [fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC for fd in locks] == [fcntl.FD_CLOEXEC]


def _target(descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    except OSError:
        return ""


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 40, b"SQLite format 3\0" + b"x" * 9000]
)
def test_a_corrupt_gradebook_is_an_error_with_a_hint_and_nothing_is_lost(course, content):
    course.submit(ada="1")
    course.grade()
    kept = course.files("grade.json", "grades.csv", "evidence.json")
    (course.out / "gradebook.sqlite").write_bytes(content)
    sandbox = FakeSandbox()

    with pytest.raises(GradebookError, match=r"(?s)gradebook.*found.*hint: give `--fresh`"):
        course.grade(sandbox)

    assert sandbox.commands == []
    assert course.files("grade.json", "grades.csv", "evidence.json") == kept
    assert (course.out / "gradebook.sqlite").read_bytes() == content


def test_starting_over_helps_against_a_corrupt_gradebook(course):
    course.submit(ada="1", bob="2")
    course.grade()
    (course.out / "gradebook.sqlite").write_bytes(b"not a database" * 400)
    (course.out / "mine").mkdir()
    (course.submissions / "bob" / "hw.py").unlink()
    (course.submissions / "bob").rmdir()

    course.grade(fresh=True)

    assert list(course.stored()) == ["ada"]
    assert not (course.out / "bob").exists()
    assert (course.out / "mine").is_dir()


def test_results_of_another_assignment_are_refused_with_a_hint_and_kept(course):
    course.submit(ada="1")
    course.grade()
    (course.reference / "tiny").rename(course.reference / "other")
    other, sandbox = load_assignment("other", course.reference), FakeSandbox()

    with pytest.raises(
        GradebookError, match=r"(?s)expected grades of other, found those of tiny\nhint: give `--fresh`"
    ):
        grade_batch(course.submissions, other, BatchOptions(course.out, pdf=False), sandbox, Quiet())

    assert sandbox.commands == []
    assert course.json("ada")["assignment"] == "tiny"


def test_a_folder_named_like_a_draft_by_somebody_else_is_not_swept(tmp_path):
    kept = ["ada/.evidence", "ada/.evidence-of-mine", "ada/.x.tmp", ".profile.tmp", "ada/.feedback.pdf"]
    for name in kept:
        (tmp_path / name).mkdir(parents=True)

    Results(tmp_path).sweep()

    assert all((tmp_path / name).is_dir() for name in kept)
