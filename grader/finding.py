"""What a check found: an outcome from a closed set, a message, and exhibits that show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal


class Outcome(StrEnum):
    """The four outcomes. A failure of the grader is `UNGRADED`, never zero points."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    UNGRADED = "ungraded"


@dataclass(frozen=True)
class Series:
    """One curve of a figure; `y` may hold NaN and infinities, which are drawn as gaps."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    role: Literal["student", "reference"] = "student"


@dataclass(frozen=True)
class Panel:
    """One pair of axes of a line figure."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class LineFigure:
    """Curves in one or more panels that share their axes' meaning. `alt` describes it to a screen reader."""

    key: str
    title: str
    caption: str
    alt: str
    x_label: str
    y_label: str
    panels: tuple[Panel, ...]
    log_y: bool = False
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Table:
    """Rows of text under column heads; the first cell of a row is its head."""

    key: str
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: Literal["table"] = "table"


Exhibit = LineFigure | Table


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    `message` says what was expected and what was found; `hint` what to do. `credit` is the share of the
    criterion's points, 0 to 1. `details` are further lines, one problem each.
    """

    outcome: Outcome
    message: str
    hint: str | None = None
    credit: Fraction = Fraction(0)
    details: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()

    @classmethod
    def passed(cls, message: str, *, details: tuple[str, ...] = (), exhibits: tuple[Exhibit, ...] = ()) -> Finding:
        """Full credit."""
        return cls(Outcome.PASSED, message, None, Fraction(1), details, exhibits)

    @classmethod
    def failed(
        cls,
        message: str,
        hint: str | None = None,
        *,
        details: tuple[str, ...] = (),
        exhibits: tuple[Exhibit, ...] = (),
    ) -> Finding:
        """No credit: the submission is at fault, and the message says how."""
        return cls(Outcome.FAILED, message, hint, Fraction(0), details, exhibits)

    @classmethod
    def partial(
        cls,
        credit: Fraction,
        message: str,
        hint: str | None = None,
        *,
        details: tuple[str, ...] = (),
        exhibits: tuple[Exhibit, ...] = (),
    ) -> Finding:
        """A share of the credit, strictly between none and all of it."""
        if not 0 < credit < 1:
            raise ValueError(f"partial credit lies between 0 and 1, found {credit}")
        return cls(Outcome.PARTIAL, message, hint, credit, details, exhibits)

    @classmethod
    def ungraded(
        cls,
        message: str,
        hint: str | None = None,
        *,
        details: tuple[str, ...] = (),
        exhibits: tuple[Exhibit, ...] = (),
    ) -> Finding:
        """No verdict: a person has to look, because the grader could not."""
        return cls(Outcome.UNGRADED, message, hint, Fraction(0), details, exhibits)
