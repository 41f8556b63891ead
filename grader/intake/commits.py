"""The time of the last commit of a student's git repository, read without trusting the repository.

Its configuration and hooks are never used, since they can run programs: git is given an empty repository of our own,
and of the student's only the objects.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from grader.errors import UserError
from grader.intake.entry import read_capped, utc
from grader.intake.folders import open_regular

SECONDS, MAX_REFS = 20, 2**20
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_COMMITTER = re.compile(rb"^committer .*> (\d{1,12}) [+-]\d{4}$", re.MULTILINE)
_OWN = "[core]\nrepositoryformatversion = 1\nbare = true\n[extensions]\nobjectFormat = {}\n"


class GitMissingError(UserError):
    """`--times git` was asked for, and there is no git."""


def commit_time(folder: Path) -> datetime | None:
    """When the last commit was made of a clone in `folder`, or in the one folder in it; None if there is no clone.

    Raises GitMissingError.
    """
    repository = _repository(folder)
    if repository is None:
        return None
    try:
        commit = _head(repository)
        return None if commit is None else _time(repository / "objects", commit)
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None


def _repository(folder: Path) -> Path | None:
    folders = [folder, *(path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink())]
    found = [path / ".git" for path in folders if _is_repository(path / ".git")]
    return found[0] if len(found) == 1 or (found and found[0].parent == folder) else None


def _is_repository(path: Path) -> bool:
    return all(part.is_dir() and not part.is_symlink() for part in (path, path / "objects"))


def _head(repository: Path) -> str | None:
    """The id of the commit that is checked out."""
    name = _text(repository / "HEAD")
    if not name.startswith("ref: "):
        return name if _ID.fullmatch(name) else None
    branch = name.removeprefix("ref: ")
    if not branch.startswith("refs/") or ".." in branch:
        return None
    try:
        found = _text(repository / branch)
    except OSError:
        packed = (line.split(" ") for line in _text(repository / "packed-refs").splitlines())
        found = next((line[0] for line in packed if line[1:] == [branch]), "")
    return found if _ID.fullmatch(found) else None


def _text(path: Path) -> str:
    with open_regular(path) as stream:
        return read_capped(stream, MAX_REFS).decode("utf-8").strip()


def _time(objects: Path, commit: str) -> datetime | None:
    with tempfile.TemporaryDirectory(prefix="grader-git-") as own:
        for name in ("objects", "refs"):
            (Path(own) / name).mkdir()
        (Path(own) / "HEAD").write_text("ref: refs/heads/none\n")
        (Path(own) / "config").write_text(_OWN.format("sha1" if len(commit) == 40 else "sha256"))
        found = _COMMITTER.search(_read(Path(own), objects, commit).partition(b"\n\n")[0])
    return utc(int(found[1])) if found else None


def _read(own: Path, objects: Path, commit: str) -> bytes:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_DIR": str(own),
        "GIT_OBJECT_DIRECTORY": str(objects.absolute()),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "HOME": str(own),
    }
    try:
        done = subprocess.run(
            ["git", "cat-file", "commit", commit],
            env=environment,
            cwd=own,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
    except FileNotFoundError:
        raise GitMissingError("--times git: expected git on this machine, found none\nhint: install git") from None
    return done.stdout if done.returncode == 0 else b""
