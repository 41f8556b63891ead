"""When work was handed in: not told means not told, and other times count only if they are asked for."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_makers import tar_bytes, write_tree, zip_bytes

from grader.intake import IntakeOptions, find_submissions
from grader.intake.commits import commit_time

OLD = datetime(2017, 11, 2, 10, 30, tzinfo=UTC)
CODE = b"print(1)"
FORMS = {
    "a folder": {"ada/net.py": CODE},
    "a loose file": {"ada.py": CODE},
    "an archive": {"ada.zip": zip_bytes({"net.py": CODE})},
    "a Moodle folder": {"Ada_101_assignsubmission_file/net.py": CODE},
    "a Canvas file": {"ada_1001_20001_net.py": CODE},
}


def aged(root: Path) -> Path:
    """The folder with every time set to long ago."""
    for path in (root, *root.rglob("*")):
        os.utime(path, (OLD.timestamp(), OLD.timestamp()))
    return root


def told(path: Path, times="told"):
    [found] = find_submissions(path, IntakeOptions(times=times)).submissions
    return found.told_at


@pytest.mark.parametrize("form", FORMS)
def test_a_files_time_counts_only_if_it_is_asked_for(tmp_path, form):
    folder = aged(write_tree(tmp_path / "in", FORMS[form]))

    assert told(folder) is None
    assert told(folder, "git") is None
    assert told(folder, "file") == OLD


@pytest.mark.parametrize("make", [zip_bytes, tar_bytes], ids=["zip", "tar"])
@pytest.mark.parametrize("name", ["ada/net.py", "ada.py"])
def test_the_time_of_a_file_in_a_class_archive_is_no_time_of_handing_in(tmp_path, make, name):
    (tmp_path / "class.zip").write_bytes(make({"bob/x.py": CODE, name: CODE}))

    assert {found.told_at for found in find_submissions(tmp_path / "class.zip").submissions} == {None}


def test_a_download_that_tells_the_time_is_believed_whatever_is_asked_for(tmp_path):
    folder = aged(write_tree(tmp_path / "in", {"1-9 - Ada - Sep 24, 2024 926 PM/net.py": CODE}))

    for times in ("told", "file", "git"):
        assert told(folder, times) == datetime(2024, 9, 24, 21, 26, tzinfo=UTC)


def test_two_submissions_of_one_student_have_no_time(tmp_path):
    assert told(aged(write_tree(tmp_path / "in", {"ada.py": CODE, "ada.ipynb": b"{}"})), "file") is None


def git(folder: Path, *arguments: str) -> None:
    when = {"GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE": f"@{int(OLD.timestamp())} +0900"}
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@x.edu", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, env=os.environ | when, capture_output=True)


@pytest.fixture
def clone(tmp_path) -> Path:
    """A class of one clone, whose files are younger than its commit."""
    folder = write_tree(tmp_path / "class", {"ada/net.py": CODE}) / "ada"
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "done > 9999999999 +0000")
    return folder


def test_the_last_commit_tells_the_time(clone):
    assert told(clone.parent, "git") == OLD
    assert told(clone.parent) is None


@pytest.mark.parametrize("how", [("checkout", "-q", "--detach"), ("pack-refs", "--all"), ("gc", "-q")])
def test_the_last_commit_is_found_however_git_keeps_it(clone, how):
    git(clone, *how)

    assert commit_time(clone) == OLD


def test_a_clone_one_folder_down_is_found_and_of_two_none_is_chosen(clone):
    assert commit_time(clone.parent) == OLD

    clone.rename(clone.parent / "first")
    write_tree(clone.parent, {"second/net.py": CODE})
    git(clone.parent / "second", "init", "-q")
    assert commit_time(clone.parent) is None


def test_a_repositorys_own_configuration_runs_nothing(clone, tmp_path):
    bait = tmp_path / "ran"
    config = clone / ".git" / "config"
    settings = ("core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "uploadpack.packObjectsHook")
    for name in settings:
        git(clone, "config", name, f"touch {bait}; false")
    config.write_text(config.read_text() + "[log]\nshowSignature = true\n[include]\npath = /etc/shadow\n")

    assert commit_time(clone) == OLD
    assert not bait.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("HEAD", b""), ("HEAD", b"ref: ../../../etc/passwd"), ("HEAD", b"f" * 40), ("refs/heads/main", b"\xff\xfe")],
)
def test_a_repository_that_is_damaged_tells_no_time(clone, name, content):
    (clone / ".git" / name).write_bytes(content)

    assert commit_time(clone) is None


def test_a_linked_repository_is_not_followed(clone, tmp_path):
    write_tree(tmp_path, {"bob/net.py": CODE})
    (tmp_path / "bob" / ".git").symlink_to(clone / ".git")

    assert commit_time(tmp_path / "bob") is None
