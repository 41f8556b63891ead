"""When work was handed in, as far as anybody tells.

A file's modification time is when it was copied, unpacked or cloned to this machine: it counts only if asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from grader.intake.candidates import Candidate
from grader.intake.commits import commit_time
from grader.intake.reading import Reading

Times = Literal["told", "file", "git"]
TIMES: tuple[Times, ...] = ("told", "file", "git")


def handed_in_at(candidate: Candidate, reading: Reading, times: Times) -> tuple[datetime, bool]:
    """A time to sort by, and whether it is when the work was handed in.

    `told` believes only what a download says; `file` and `git` ask for the time of the latest file or of the last
    commit where it says nothing. Raises GitMissingError.
    """
    if candidate.hand_in is not None and candidate.hand_in.submitted_at is not None:
        return candidate.hand_in.submitted_at, True
    if times == "git" and candidate.folder is not None and (found := commit_time(candidate.folder)) is not None:
        return found, True
    latest = reading.latest or candidate.modified
    return latest, times == "file" and (candidate.timed or reading.latest is not None)
