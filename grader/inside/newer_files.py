"""Which file of a submission only a newer Python reads: they are looked through before any code of it runs."""

from __future__ import annotations

from pathlib import Path

from .source import NewerPythonError, SourceError, chunks, parse

MAX_FILES, MAX_BYTES = 40, 1_000_000


def needed_by(entry: str, folder: Path) -> str | None:
    """Why the graded file `entry`, or another one in the folder, needs a newer Python; None if none does."""
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".ipynb") and path.is_file()]
    names = [path.relative_to(folder).as_posix() for path in found if path.stat().st_size < MAX_BYTES]
    names.sort(key=lambda name: name != entry)
    return next((why for name in names[:MAX_FILES] if (why := _needed_by(name, folder)) is not None), None)


def _needed_by(name: str, folder: Path) -> str | None:
    try:
        for chunk in chunks(name, (folder / name).read_bytes()):
            try:
                parse(chunk)
            except NewerPythonError as error:
                return f"{chunk.name}, line {error.lineno}: {error.msg}"
    except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None
