"""Which files of a submission are read in boxes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import accumulate
from pathlib import PurePosixPath

from grader.intake.names import litter_root
from grader.probes import ReadFiles
from grader.submission import Submission, SubmittedFile

MAX_READ = 64 << 20  # bytes of files that one box is given


def to_read(submission: Submission, reading: ReadFiles) -> list[SubmittedFile]:
    """The files that are read: those nearest to the top, as many as fit."""
    fitting = [
        file for file in submission.files if reading.fits(file.path) and litter_root(file.path.split("/")) is None
    ]
    fitting.sort(key=lambda file: (file.path.count("/"), file.path))
    sizes = list(accumulate(file.size for file in fitting[: reading.most]))
    return [file for file, size in zip(fitting, sizes, strict=False) if size <= MAX_READ]


def is_document(file: SubmittedFile, patterns: Sequence[str]) -> bool:
    """Whether a file is one of the assignment's documents, by its name; a PDF is one whatever its name."""
    return is_named(file.path, patterns) or ("*.pdf" in patterns and b"%PDF-" in file.content[:1024])


def is_named(path: str, patterns: Sequence[str]) -> bool:
    """Whether a file's name fits one of these patterns, in small letters or large ones."""
    return any(fnmatchcase(PurePosixPath(path).name.lower(), pattern.lower()) for pattern in patterns)
