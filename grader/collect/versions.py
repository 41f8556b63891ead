"""Several versions of the work in one submission: what is graded, and what else looks like it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

OLD = frozenset(
    {
        "old",
        "older",
        "backup",
        "bak",
        "draft",
        "drafts",
        "previous",
        "prev",
        "archive",
        "archived",
        "deprecated",
        "unused",
        "tmp",
        "temp",
        "wip",
        "scratch",
        "superseded",
        "obsolete",
        "attic",
        "trash",
        "outdated",
    }
)
_VERSION = re.compile(r"(?:^|[\W_]|(?<=[a-z]))(?:v|ver|version|rev|final)[ _-]?(\d{1,3})(?!\d)", re.IGNORECASE)
_DEFINED = re.compile(r"^(?:\s*\")?[ \t]*(?:def|class)[ \t]+(\w+)", re.MULTILINE)
SHOWN = 4


def standing(path: str) -> tuple[bool, bool, int]:
    """Where a path stands among versions of one work, the newest first: `old/`, then drafts and numbers, `final`."""
    words = [word for word in re.split(r"[\W_\d]+", path.lower()) if word]
    numbers = [int(found) for found in _VERSION.findall(path.rpartition(".")[0])]
    return bool(OLD & set(words)), not any(word.startswith("final") for word in words), -max(numbers, default=0)


def note(entry: str, others: Sequence[str]) -> str:
    """The remark on what was graded where other files look like the work too."""
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    return f"graded: {entry}; what else looks like the work: {', '.join(others[:SHOWN])}{more}"


def tie(paths: Sequence[str]) -> str:
    """Why a person has to choose."""
    listed = ", ".join(paths[:SHOWN])
    return f"{len(paths)} files look like the work, and nothing says which one counts: {listed}; hint: keep one of them"


def same_work(first: str, second: str) -> bool:
    """Whether two texts are versions of one work: at least half of what they define has the same names."""
    one, two = set(_DEFINED.findall(first)), set(_DEFINED.findall(second))
    return 2 * len(one & two) >= len(one | two)


def is_counterpart(first: str, second: str) -> bool:
    """Whether one is a notebook and the other the script that was exported from it, by their names."""
    one, two = PurePosixPath(first), PurePosixPath(second)
    return one.suffix != two.suffix and one.stem.casefold() == two.stem.casefold()


def is_same_text(first: str, second: str) -> bool:
    """Whether two texts differ in white space at most."""
    return first.split() == second.split()
