"""A folder somebody works in, read as a submission: on any system, without what is no work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from grader.intake.names import LITTER
from grader.students.kit_settings import CONFIG, KitError
from grader.submission import Submission, SubmittedFile

NO_WORK = LITTER | {"hand-in", "conftest.py", CONFIG}
ENVIRONMENT = "pyvenv.cfg"  # lies in every virtual environment, whatever that is called
MAX_FILES, MAX_FILE, MAX_ALL = 2000, 50 << 20, 200 << 20


def read_work(folder: Path, asked: Sequence[str] = ()) -> Submission:
    """What lies in `folder`, but for hidden files, environments, caches and the kit's own configuration.

    What is too large is left out with a note, files that no pattern of `asked` fits before the others.
    Raises KitError if there is nothing, or if what is asked for is more than a submission may hold.
    """
    paths = [(path, path.relative_to(folder).as_posix()) for path in _files(folder)]
    if not paths:
        raise KitError(f"{folder}: expected your work, found no files")
    kept, left_out = _fitting([(path, name, path.stat().st_size) for path, name in paths], asked)
    if too_large := [name for name in left_out if fits(name, asked) or not kept]:
        raise KitError(
            f"{folder}: expected at most {MAX_FILES} files of {MAX_FILE >> 20} MiB each, {MAX_ALL >> 20} MiB in "
            f"all, found more at {too_large[0]}\nhint: move data and weights to another folder"
        )
    files = tuple(SubmittedFile(name, path.read_bytes()) for path, name in paths if name in kept)
    # The time of the files must not matter: the same work is the same submission.
    return Submission("you", "you", files, datetime.fromtimestamp(0, UTC), notes=tuple(map(_note, left_out)))


def _fitting(found: Sequence[tuple[Path, str, int]], asked: Sequence[str]) -> tuple[set[str], list[str]]:
    """The names that a submission can hold, what is asked for and small first, and the others."""
    kept: set[str] = set()
    size = 0
    for _, name, bytes_ in sorted(found, key=lambda one: (not fits(one[1], asked), one[2])):
        if bytes_ <= MAX_FILE and size + bytes_ <= MAX_ALL and len(kept) < MAX_FILES:
            kept.add(name)
            size += bytes_
    return kept, [name for _, name, _ in found if name not in kept]


def fits(path: str, patterns: Sequence[str]) -> bool:
    """Whether a file's name, or its path where a pattern has a folder, fits one of the patterns."""
    name = PurePosixPath(path).name
    return any(fnmatchcase((path if "/" in pattern else name).lower(), pattern.lower()) for pattern in patterns)


def _note(name: str) -> str:
    return f"left out, as it is too large for a submission: {name}"


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
