from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import find_submissions
from grader.submission import Submission


@pytest.fixture
def ada_from(tmp_path: Path) -> Callable[[bytes], Submission]:
    """Intake of one archive, `ada.zip` by name whatever its content, beside a healthy neighbour."""

    def read(content: bytes, name: str = "ada.zip") -> Submission:
        (tmp_path / name).write_bytes(content)
        (tmp_path / "bob.py").write_bytes(b"pass")
        found = {submission.student: submission for submission in find_submissions(tmp_path).submissions}
        assert found.keys() == {"ada", "bob"}
        assert found["bob"].problem is None
        assert found["bob"].files[0].content == b"pass"
        return found["ada"]

    return read


def content_of(submission: Submission) -> dict[str, bytes]:
    assert (submission.problem, submission.ambiguous) == (None, None)
    return {file.path: file.content for file in submission.files}


@pytest.fixture
def contents() -> Callable[[Submission], dict[str, bytes]]:
    """The files of a submission that can be read, by path."""
    return content_of
