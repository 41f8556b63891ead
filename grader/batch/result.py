"""What a run over a results folder ended with, as it is told to whoever started it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.checks.too_slow import remarks_on_speed
from grader.grading import Grade

if TYPE_CHECKING:
    from grader.batch.run import Batch
    from grader.gradebook.rows import StoredGrade


@dataclass(frozen=True)
class BatchResult:
    """What a batch ended with."""

    grades: tuple[Grade, ...]
    folders: tuple[str, ...]
    problems: tuple[str, ...] = ()
    kept: int = 0
    ignored: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether anything is ungraded, or a report is missing."""
        return bool(self.problems) or any(found.status == "ungraded" for found in self.grades)


def outcome(
    stored: tuple[StoredGrade, ...], batch: Batch, *, kept: int = 0, ignored: tuple[str, ...] = ()
) -> BatchResult:
    """What is told of a batch that is done."""
    return BatchResult(
        tuple(found.grade for found in stored),
        tuple(found.folder for found in stored),
        tuple(batch.outputs.problems),
        kept,
        ignored,
        (*batch.remarks, *remarks_on_speed(found.grade for found in stored)),
    )
