"""What a check found: an outcome from a closed set, a message, and exhibits that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grader.exhibit import Exhibit, LineFigure, Panel, Series, Table

__all__ = ["Exhibit", "Finding", "LineFigure", "Outcome", "Panel", "Series", "Table"]

NOT_ATTEMPTED = "Not attempted"  # the first words of what is said of a template that was left as it was


Hints = Mapping[str, str] | Sequence[tuple[str, str]]  # a sign in the words of a problem, and what to do about it


def advice(problem: str, hints: Hints) -> str | None:
    """What to do about a problem: the first hint whose sign stands in its words."""
    pairs = hints.items() if isinstance(hints, Mapping) else hints
    return next((hint for sign, hint in pairs if sign in problem), None)


def advice_on(problems: Sequence[str], hints: Hints, most: int = 3) -> str | None:
    """What to do about the first few problems, each thing once."""
    found = [told for problem in problems[:most] if (told := advice(problem, hints))]
    return "; ".join(dict.fromkeys(found)) or None


class Outcome(StrEnum):
    """The four outcomes. A failure of the grader is `UNGRADED`, never zero points."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    UNGRADED = "ungraded"


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

    @property
    def untold(self) -> tuple[str, ...]:
        """The details that the message and the rows of its tables do not say already."""
        tables = [exhibit for exhibit in self.exhibits if isinstance(exhibit, Table)]
        rows = {": ".join(row) for table in tables for row in table.rows}
        return tuple(detail for detail in self.details if detail != self.message and detail not in rows)

    def __post_init__(self) -> None:
        """Lists become tuples. Raises TypeError for what a report could not show and a rubric could not count."""
        for name, value in (("message", self.message), ("hint", "" if self.hint is None else self.hint)):
            if not isinstance(value, str):
                raise TypeError(f"{name}: expected a text, found {type(value).__name__} {value!r}")
        if not isinstance(self.credit, Fraction):
            raise TypeError(f"credit: expected a Fraction such as Fraction(1, 2), found {self.credit!r}")
        for name, kind in (("details", str), ("exhibits", Exhibit)):
            value = getattr(self, name)
            if not isinstance(value, list | tuple) or not all(isinstance(part, kind) for part in value):
                words = "texts" if kind is str else "exhibits"
                raise TypeError(f"{name}: expected a tuple of {words}, found {type(value).__name__} {value!r:.80}")
            object.__setattr__(self, name, tuple(value))

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
    def wrong(
        cls,
        words: str,
        problems: Sequence[str],
        hint: str | None = None,
        *,
        hints: Hints = (),
        notes: Sequence[str] = (),
        exhibits: Sequence[Exhibit] = (),
    ) -> Finding:
        """No credit for these problems: all are told, the first behind `words`, the others and `notes` as details.

        The hint is the advice of the first of `hints` whose sign stands in the first problem, else `hint`.
        """
        if not problems:
            raise ValueError("expected at least one problem, found none")
        told = advice(problems[0], hints) or hint
        return cls.failed(f"{words}: {problems[0]}", told, details=(*problems[1:], *notes), exhibits=tuple(exhibits))

    @classmethod
    def not_attempted(
        cls,
        what: str,
        hint: str | None = None,
        *,
        details: tuple[str, ...] = (),
        exhibits: tuple[Exhibit, ...] = (),
    ) -> Finding:
        """No credit, and no mistake either: `what` was asked for is as the course gave it, or not there."""
        return cls.failed(f"{NOT_ATTEMPTED}: {what}", hint, details=details, exhibits=exhibits)

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
        if isinstance(credit, Fraction) and not 0 < credit < 1:
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
        """No verdict: a person has to look, because the grader could not or because a person grades this."""
        return cls(Outcome.UNGRADED, message, hint, Fraction(0), details, exhibits)
