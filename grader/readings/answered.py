"""What came back for a probe, by case; a case that was not answered raises why, and whose fault that is."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from grader.evidence import Evidence, MissingEvidence

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Answered(Mapping[str, Found], Generic[Found]):
    """The answers to one probe's cases.

    `found[case]` is the answer. Where there is none it raises MissingEvidence: a student's fault makes a criterion
    `failed`, ours makes it `ungraded` (`grader.readings.faults`). `found.get(case)` is None if nothing came back at
    all. Going through `values()` and `items()` raises nothing: what was raised in the sandbox stands in them as data.
    """

    evidence: Evidence
    found: Mapping[str, Found]
    why_not: Callable[[Found], MissingEvidence | None]

    def __getitem__(self, case: str) -> Found:
        if case not in self.found:
            raise self.evidence.why_missing()
        if (missing := self.why_not(self.found[case])) is not None:
            raise missing
        return self.found[case]

    def get(self, case: str, default: Any = None) -> Any:
        """As `found[case]`, but the default if nothing came back for the case."""
        return self[case] if case in self.found else default

    def tried(self, case: str) -> Found | MissingEvidence:
        """The answer, or what the student's code did in its place: one wrong case of many. What is ours is raised."""
        try:
            return self[case]
        except MissingEvidence as missing:
            if missing.ours:
                raise
            return missing

    def __contains__(self, case: object) -> bool:
        return case in self.found

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def values(self) -> ValuesView[Found]:
        """All that came back, whatever it is."""
        return self.found.values()

    def items(self) -> ItemsView[str, Found]:
        """All that came back by case, whatever it is."""
        return self.found.items()
