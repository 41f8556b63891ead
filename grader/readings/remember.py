"""What was read of the evidence looked at last: several criteria ask for the same, and it takes seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from grader.evidence import Evidence, MissingEvidence

Asked = ParamSpec("Asked")
Found = TypeVar("Found")


class _Last(threading.local):
    """Of one thread: the evidence looked at last, and what was found in it by what was asked."""

    evidence: Evidence | None = None
    found: dict[Any, Any]


def remembered(read: Callable[Concatenate[Evidence, Asked], Found]) -> Callable[Concatenate[Evidence, Asked], Found]:
    """`read`, which is called once for each evidence and what else is asked; what is missing is missing each time."""
    last = _Last()

    @wraps(read)
    def again(evidence: Evidence, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Found:
        if last.evidence is not evidence:
            last.evidence, last.found = evidence, {}
        asked = (args, tuple(sorted(kwargs.items())))
        if asked not in last.found:
            last.found[asked] = _read(lambda: read(evidence, *args, **kwargs))
        found = last.found[asked]
        if isinstance(found, MissingEvidence):
            raise found
        return found  # type: ignore[no-any-return]

    return again


def _read(read: Callable[[], Found]) -> Found | MissingEvidence:
    try:
        return read()
    except MissingEvidence as missing:
        return missing
