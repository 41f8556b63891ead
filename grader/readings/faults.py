"""Whose fault it is that something did not come back: one rule for every assignment.

A student's code that raises, runs out of time or cannot be called as the handout says is the student's. What is
missing here (a package, a part of a stand-in, an operation that cannot be replayed) and what code of the grader's
or of an assignment's own raises is ours: a person has to look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.collect.templates import UNTOUCHED
from grader.evidence import NOT_HERE, Evidence, MissingEvidence
from grader.readings.fields import text

STUDENTS = frozenset(("time", "call", "object"))
# How evidence says it that was collected before causes were sent.
OLD_WORDS = ("TimeoutError", "CannotCall", "inside.building.CannotCall", "grader.inside.building.CannotCall")
OLD_ABSENT = r"ModuleNotFoundError: .*the package is not installed where work is graded"
PERSON = "this is not the student's fault: a person has to look"
KEYWORD = "got an unexpected keyword argument"
HANDED = (
    "a function that the assignment hands over does not know this argument: a person has to say whether the handout "
    "calls it so (then the step in assignment.py has to)"
)
CALLED = "it is called with the arguments that the handout names: take those, and give others a default"


@dataclass(frozen=True)
class Fault:
    """What was raised in place of an answer. `error` is the last line of its traceback."""

    error: str
    ours: bool

    @property
    def unattempted(self) -> bool:
        """Whether it is a hole of the template that was left open."""
        return self.error.startswith("NotImplementedError") and not self.ours

    def as_missing(self, what: str) -> MissingEvidence:
        """The reason why there is no evidence of `what` the student was asked for."""
        if self.unattempted:
            return MissingEvidence(f"not attempted: {what} still raises NotImplementedError")
        name, _, why = self.error.partition(": ")
        if name.rpartition(".")[2] == "CannotCall":  # a name of the grader's says nothing to a student
            return MissingEvidence(f"{what} cannot be called so: {why[:300]}", ours=self.ours, hint=CALLED)
        if self.ours and name.rpartition(".")[2] == "Undecided":  # a student's class may be called so too
            return MissingEvidence(why[:300], ours=True, hint="a person has to say which of them counts")
        raised = f"{what} raised {self.error[:300]}"
        if self.ours and KEYWORD in self.error:
            return MissingEvidence(raised, ours=True, hint=HANDED)
        return MissingEvidence(raised, ours=True, hint=PERSON) if self.ours else MissingEvidence(raised)


def fault(header: Mapping[str, Any], prefix: str = "") -> Fault | None:
    """The fault that a frame, or a part of one, tells of in `error`, `in_student_code`, `cause`; None if there is none.

    Without a word on where it was raised it is ours: that is code which caught an error and did not look.
    """
    error = text(header.get(f"{prefix}error"))
    if error is None:
        return None
    lines = [line for line in error.strip().splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "an exception"
    cause, where = text(header.get(f"{prefix}cause")), header.get(f"{prefix}in_student_code")
    return Fault(last[:1000], is_ours(cause, where is True, last))


def is_ours(cause: str | None, in_student_code: bool, error: str = "") -> bool:
    """Whether what was raised is the grader's fault: by its cause, else by where it was raised and what it is."""
    if cause in NOT_HERE or (cause is None and re.fullmatch(OLD_ABSENT, error)):
        return True
    if cause in STUDENTS or in_student_code:
        return False
    return cause is not None or not error.startswith(OLD_WORDS)


def is_missing_here(error: Mapping[str, Any]) -> bool:
    """Whether an error of the main file comes from what is missing where work is graded."""
    return is_ours(error.get("cause"), True, f"{error['kind']}: {error['message']}")


def error_words(error: Mapping[str, Any]) -> str:
    """Where the main file stopped, and with what."""
    line = f", line {error['line']}" if error.get("line") else ""
    return f"{error['where']}{line}: {error['kind']}: {error['message']}"[:400]


def not_found(
    evidence: Evidence, asked: str, patterns: Sequence[str] = (), others: Sequence[str] = ()
) -> MissingEvidence:
    """Why nothing that is `asked` for is there: the error that took its definition away, or that there is none.

    `others` are the names of what there is of its kind, if nobody knows whether the patterns fit anything: then it is
    left to a person.
    """
    if error := lost_by(evidence, asked, patterns):
        return lost_to(error, asked)
    if others:
        return MissingEvidence(
            f"expected {asked}, found no definition of that name, but {', '.join(others)[:300]}",
            ours=True,
            hint="a person has to look: nothing shows that the assignment's patterns fit what students write",
        )
    first = evidence.first_error()
    hint = f"the first error is in {error_words(first)}" if first else None
    return MissingEvidence(f"expected {asked}, found no such definition", hint=hint)


def lost_to(error: Mapping[str, Any], asked: str) -> MissingEvidence:
    """That an error (as of `Evidence.errors`) took a definition away: the student's, or what is missing here."""
    words = f"expected {asked}, which is not defined because of an earlier error: {error_words(error)}"
    if is_missing_here(error):
        return MissingEvidence(words, ours=True, hint=PERSON)
    return MissingEvidence(words, hint="mend this error first")


def lost_by(evidence: Evidence, asked: str, patterns: Sequence[str] = ()) -> Mapping[str, Any] | None:
    """The error of the main file because of which a name has no value, followed back to where it began."""
    errors = evidence.errors()
    found = next((error for error in errors if any(_fits(name, asked, patterns) for name in error["lost"])), None)
    for _ in errors:
        needed = found.get("undefined") if found else None
        earlier = next((error for error in errors if needed in error["lost"]), None) if needed else None
        if earlier is None or earlier is found:
            break
        found = earlier
    return found


def _fits(name: str, asked: str, patterns: Sequence[str]) -> bool:
    plain = name.lower().replace("_", "")
    if plain == asked.lower().replace("_", ""):
        return True
    return any(re.search(pattern, name, re.IGNORECASE) for pattern in patterns)


def untouched(evidence: Evidence) -> MissingEvidence | None:
    """That nothing was attempted, if what is graded is the course's own template."""
    entry = evidence.submission.entry
    if entry is not None and f"{entry} is {UNTOUCHED}" in evidence.submission.notes:
        return MissingEvidence(f"not attempted: {entry} is {UNTOUCHED}")
    return None
