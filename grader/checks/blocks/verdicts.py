"""From what is wrong in each case to a finding: credit by case, the first problem, a hint, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.exhibit import Table
from grader.finding import Finding, Hints, advice

HALF = Fraction(1, 2)
SAID = 2  # problems of one case in words: with a wrong output, the gradients behind it are wrong as well
FACTOR = "is a sum taken in place of a mean, or the other way round, or is a factor missing?"
HINTS: tuple[tuple[str, str], ...] = (
    ("failed before it", "mend the earlier step first"),
    ("is changed in place", "copy an input before changing it, as with x = x.copy() or out = x * mask"),
    ("NaN or infinite", "0 / 0 is no number, and exp of large inputs overflows: subtract the maximum first"),
    ("times what it should be", FACTOR),
    ("are results in another order", "return the results in the order of the handout"),
    (
        "left as it was: it has",
        "a variable of the function's own is none of the object's: assign to the attribute or write into its array",
    ),
    (
        "left as it was",
        "write into what is handed over, as with state['mean'] = … or x[:] = …: x = … gives a new array a name",
    ),
    ("wrong way round", "look for a minus that is missing or too much"),
    ("transposed", "swap the last two axes, or the factors of the product"),
    (
        "no gradient reaches",
        "detach(), .data, .item(), no_grad(), NumPy and torch.normal cut gradients off; what is not used gets none",
    ),
    ("has to be cut off", "use detach() or no_grad() where the handout takes a value as given, as for a target"),
    ("has shape", "write the shape of each array beside the line that makes it"),
    ("is missing: expected", "return everything that the handout lists, in its order"),
    ("results (", "return everything that the handout lists, in its order"),
    ("not tried", "mend the earlier function first"),
)

# Of a gradient behind a wrong output it says nothing that it is so many times what it should be.
BEHIND: Hints = tuple(pair for pair in HINTS if pair[1] != FACTOR)


@dataclass(frozen=True)
class CaseVerdict:
    """What is wrong in one case, described in words. `slight` problems cost half of the case; `notes` cost nothing.

    A case is `untried` where an earlier function failed in it; problems that are in `doubt` may be that function's
    alone. `part` is a part of the student's that differs, where the case is right for what that gives.
    """

    words: str
    problems: tuple[str, ...] = ()
    slight: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    untried: bool = False
    doubt: bool = False
    part: str = ""

    @property
    def credit(self) -> Fraction:
        """Share of the case's points."""
        return Fraction(0) if self.problems else HALF if self.slight else Fraction(1)

    @property
    def everything(self) -> str:
        """All of it in one line."""
        return "; ".join((*self.problems, *self.slight))

    @property
    def said(self) -> str:
        """The first of it in one line, and how much more there is."""
        parts = (*self.problems, *self.slight)
        more = f"; and {len(parts) - SAID} more" if len(parts) > SAID else ""
        return "; ".join(parts[:SAID]) + more


def finding(what: str, cases: Sequence[CaseVerdict], *, per_case: bool, agrees: str, differs: str) -> Finding:
    """Full credit if every case is right; else by case, or none. `agrees` and `differs` go between `what` and how
    many hidden inputs.
    """
    notes = tuple(dict.fromkeys(note for case in cases for note in case.notes))
    wrong = [case for case in cases if case.said]
    if not wrong:
        return Finding.passed(f"{what} {agrees} {_inputs(len(cases))}", details=notes)
    credit = sum((case.credit for case in cases), Fraction(0)) / len(cases)
    if not per_case and any(case.problems for case in wrong):
        credit = Fraction(0)
    counted = f"{len(wrong)} of {_inputs(len(cases))}"
    first = next((case for case in wrong if not case.untried), wrong[0])  # a mistake of its own comes first
    said = f"{what} {differs} {counted}: {first.said}"
    hint = advice(first.said, HINTS) or advice(first.everything, BEHIND)
    details = (*(f"{case.words}: {case.said}" for case in wrong), *notes)
    table = (_table(what, cases),)
    if all(case.doubt for case in wrong if case.problems) and any(case.problems for case in wrong):
        untried = all(case.untried for case in wrong if case.problems)
        doubt = f"{said}; a person decides whether {'it is right there' if untried else 'the mistake is its own'}"
        return Finding.ungraded(doubt, "mend the earlier function first", details=details, exhibits=table)
    if credit:
        return Finding.partial(credit, said, hint, details=details, exhibits=table)
    return Finding.failed(said, hint, details=details, exhibits=table)


def _inputs(count: int) -> str:
    return f"{count} hidden input{'s' * (count != 1)}"


def _table(what: str, cases: Sequence[CaseVerdict]) -> Table:
    return Table(
        f"cases_{''.join(part if part.isalnum() else '_' for part in what)[:60]}",
        f"{what}, case by case",
        "Inputs are drawn anew for each batch; only their shapes are the same.",
        ("Input", "Found"),
        tuple((case.words, case.said or "right") for case in cases),
        marked_rows=tuple(row for row, case in enumerate(cases) if case.said),
    )
