"""Running statistics: which of a student's is which of the reference's."""

from __future__ import annotations

import re
from collections.abc import Sequence

STATISTICS = {"variance": r"var|std|sigma", "mean": r"mean|average|avg|mu(?![a-z])"}


def paired(wanted: Sequence[str], own: Sequence[str]) -> dict[str, str]:
    """The reference's running statistics, and what a student calls them: by what their names say, else in order."""
    found: dict[str, str] = {}
    for role in STATISTICS:
        theirs, mine = ([name for name in names if _role(name) == role] for names in (wanted, own))
        if mine and len(theirs) == len(mine):
            found |= zip(theirs, mine, strict=True)
    statistics = [name for name in wanted if _role(name)]
    return found if len(found) == len(statistics) else dict(zip(statistics, own, strict=False))


def _role(buffer: str) -> str | None:
    last = buffer.rpartition(".")[2].lower()
    return next((role for role, pattern in STATISTICS.items() if re.search(pattern, last)), None)
