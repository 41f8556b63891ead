"""What takes long and follows from the evidence alone is worked out once: it is kept beside a student's findings.

A changed tolerance then only compares anew. Who keeps it, and what it rests on, is told in `batch/kept_findings.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from grader.evidence import Evidence
from grader.readings import kept_values
from grader.readings.remember import remembered

Asked = ParamSpec("Asked")
Found = TypeVar("Found")
WorkedOut = dict[str, dict[str, Any]]  # by function and by what it was asked, as `kept_values` writes it
MOST_CHARS = 4_000_000  # of all that is kept of one submission


@dataclass
class Keeping:
    """For the assessing of one submission: what was kept of it, and what is new."""

    evidence: Evidence
    kept: Mapping[str, Mapping[str, Any]]
    new: WorkedOut = field(default_factory=dict)
    chars: int = 0

    def found(self, name: str, asked: str) -> tuple[Any] | None:
        """What is kept, if it is, and can be read."""
        try:
            return (kept_values.read(self.kept[name][asked]),)
        except (KeyError, TypeError, ValueError, RecursionError):
            return None

    def keep(self, name: str, asked: str, told: Any) -> None:
        """Keep something new, while there is room."""
        size = len(asked) + len(json.dumps(told))
        if self.chars + size <= MOST_CHARS:
            self.chars += size
            self.new.setdefault(name, {})[asked] = told


_CURRENT: ContextVar[Keeping | None] = ContextVar("keeping", default=None)


@contextmanager
def keeping(evidence: Evidence, kept: Mapping[str, Mapping[str, Any]]) -> Iterator[Keeping]:
    """In this context functions that are `kept` take what was kept of this evidence, and note what is new."""
    found = Keeping(evidence, kept)
    token = _CURRENT.set(found)
    try:
        yield found
    finally:
        _CURRENT.reset(token)


def kept(work_out: Callable[Concatenate[Evidence, Asked], Found]) -> Callable[Concatenate[Evidence, Asked], Found]:
    """A module's function of which the results are kept from one grading to the next, while its code is the same.

    Whatever it looks at has to be the evidence, what else it is asked, or code and files that its module imports and
    names; no tolerance that may change. It is asked, and returns, None, numbers, texts, arrays of numbers, and tuples,
    lists and dicts of these; arrays that it returned cannot be written to. What it raises is not kept.

    Raises TypeError for other arguments and results.
    """
    name = f"{work_out.__module__}:{work_out.__qualname__}"

    @remembered
    def answer(evidence: Evidence, asked: str) -> Any:
        now = _CURRENT.get()
        here = now if now is not None and now.evidence is evidence else None
        if here is not None and (found := here.found(name, asked)) is not None:
            return found[0]
        args, kwargs = kept_values.read(json.loads(asked))
        told = kept_values.written(work_out(evidence, *args, **kwargs))
        if here is not None:
            here.keep(name, asked, told)
        return kept_values.read(told)

    @wraps(work_out)
    def again(evidence: Evidence, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Found:
        asked = json.dumps(kept_values.written((args, kwargs)), sort_keys=True)
        return answer(evidence, asked)  # type: ignore[no-any-return]

    return again
