"""What was handed in, found again beside the grades: the files that a TA looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.batch.progress import waiting
from grader.gradebook.rows import BatchRecord, StoredGrade
from grader.intake.find import IntakeError, find_submissions
from grader.submission import SubmittedFile


def submitted_files(
    batch: BatchRecord, wanted: Sequence[StoredGrade], submissions: Path | None = None, *, quiet: bool = False
) -> Mapping[str, Sequence[SubmittedFile]]:
    """The files of each student by folder, where what was graded is still where it was (or in `submissions`)."""
    path = submissions or Path(batch.settings.get("submissions", ""))
    if path == Path() or not path.exists():
        return {}
    try:
        with waiting(f"reading {path}", quiet=quiet):
            found = find_submissions(path).submissions
    except IntakeError:
        return {}
    digests = {one.submission_sha256: one.folder for one in wanted}
    return {digests[one.sha256]: one.files for one in found if one.sha256 in digests}
