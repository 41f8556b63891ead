"""Whether a file is the course's own template, untouched: all its lines of code stand in a file of the starter kit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from grader.inside import source

UNTOUCHED = "the course's template, untouched"
FEWEST, MAX_BYTES = 4, 5_000_000  # lines that tell a template from any script


def is_untouched(path: str, content: bytes, starter: Path) -> bool:
    """Whether a script or notebook adds nothing to a file of the folder `starter`; comments and spaces do not count."""
    if not starter.is_dir() or len(content) > MAX_BYTES:
        return False
    found = frozenset(lines_of(path, content))
    return len(found) >= FEWEST and any(found <= known for known in _kits(starter))


@lru_cache(maxsize=16)
def _kits(starter: Path) -> tuple[frozenset[str], ...]:
    files = sorted(path for path in starter.rglob("*") if path.suffix in (".py", ".ipynb"))
    return tuple(frozenset(lines_of(path.name, path.read_bytes())) for path in files)


def lines_of(path: str, content: bytes) -> Iterator[str]:
    """Lines of code without comments and indentation."""
    try:
        chunks = source.chunks(path, content)
    except source.SourceError:
        return
    for chunk in chunks:
        for line in chunk.text.splitlines():
            if code := re.sub(r"\s+", " ", line.partition("#")[0]).strip():
                yield code
