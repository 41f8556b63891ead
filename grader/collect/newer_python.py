"""What a submission is written in that the Python which runs it cannot read."""

from __future__ import annotations

from collections.abc import Sequence

from grader.inside.source import NewerPythonError, SourceError, chunks, parse
from grader.submission import SubmittedFile

MAX_BYTES, MAX_FILES = 1_000_000, 40
KEY = "newer Python"  # in the environment of the evidence


def newer_python(files: Sequence[SubmittedFile], entry: str) -> str | None:
    """Why the graded file, or another one of the submission, needs a newer Python; None if none does."""
    sources = [file for file in files if file.path.endswith((".py", ".ipynb")) and len(file.content) < MAX_BYTES]
    sources.sort(key=lambda file: file.path != entry)
    return next((why for file in sources[:MAX_FILES] if (why := _why(file)) is not None), None)


def _why(file: SubmittedFile) -> str | None:
    try:
        for chunk in chunks(file.path, file.content):
            try:
                parse(chunk)
            except NewerPythonError as error:
                return f"{chunk.name}, line {error.lineno}: {error.msg}"
    except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None
