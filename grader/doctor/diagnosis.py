"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`strong` is as it should be, `note` works with something less, `weak` must be mended before grading."""

    STRONG = "strong"
    NOTE = "note"
    WEAK = "weak"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at: what was found, and the exact fix if there is a problem."""

    area: str
    name: str
    level: Severity
    found: str
    fix: str | None = None


def strong(area: str, name: str, found: str) -> Diagnosis:
    """All is as it should be."""
    return Diagnosis(area, name, Severity.STRONG, found)


def note(area: str, name: str, found: str, fix: str | None = None) -> Diagnosis:
    """Grading works, with something less."""
    return Diagnosis(area, name, Severity.NOTE, found, fix)


def weak(area: str, name: str, found: str, fix: str) -> Diagnosis:
    """To be mended before grading."""
    return Diagnosis(area, name, Severity.WEAK, found, fix)


def holds(diagnoses: tuple[Diagnosis, ...]) -> bool:
    """Whether no part of the wall is weak."""
    return all(found.level is not Severity.WEAK for found in diagnoses)
