"""A folder somebody works in, read as a submission: on any system, without what is no work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from grader.intake.names import LITTER
from grader.students.kit import CONFIG, KitError
from grader.submission import Submission, SubmittedFile

NO_WORK = LITTER | {"hand-in", "conftest.py", CONFIG}
ENVIRONMENT = "pyvenv.cfg"  # lies in every virtual environment, whatever that is called
MAX_FILES, MAX_FILE, MAX_ALL = 2000, 50 << 20, 200 << 20


def read_work(folder: Path) -> Submission:
    """What lies in `folder`, but for hidden files, environments, caches and the kit's own configuration.

    Raises KitError if there is nothing, or more than a submission may hold.
    """
    files: list[SubmittedFile] = []
    size = 0
    for path in _files(folder):
        size += path.stat().st_size
        if path.stat().st_size > MAX_FILE or size > MAX_ALL or len(files) >= MAX_FILES:
            raise KitError(
                f"{folder}: expected at most {MAX_FILES} files of {MAX_FILE >> 20} MiB each, {MAX_ALL >> 20} MiB in "
                f"all, found more at {path.relative_to(folder)}\nhint: move data and weights to another folder"
            )
        files.append(SubmittedFile(path.relative_to(folder).as_posix(), path.read_bytes()))
    if not files:
        raise KitError(f"{folder}: expected your work, found no files")
    # The time of the files must not matter: the same work is the same submission.
    return Submission("you", "you", tuple(files), datetime.fromtimestamp(0, UTC))


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in NO_WORK and not name.startswith(".") and not (Path(root) / name / ENVIRONMENT).exists()
        )
        for name in sorted(names):
            path = Path(root) / name
            if name not in NO_WORK and not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path
