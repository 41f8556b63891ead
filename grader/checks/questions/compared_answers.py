"""What functions that answer questions returned, read from untrusted JSON and compared with the right values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.power import Power, power, usual_rivals
from grader.checks.questions.answer_sheet import AnswerSheet
from grader.evidence import NOT_HERE, Evidence, MissingEvidence
from grader.readings.faults import PERSON, lost_by, lost_to, not_found
from grader.readings.fields import mapping, mappings, sequence, text, texts
from grader.readings.typed_frames import answers

RTOL = 1e-6
MAX_DIGITS = 20
RAISED = "raised "
Values = tuple[float, ...]


@dataclass(frozen=True)
class AnsweredCall:
    """One call: arguments, what is right, what came back (None with the reason in `problem`)."""

    arguments: Sequence[Any]
    wanted: Values
    found: Values | None
    problem: str | None

    @property
    def right(self) -> bool:
        """Whether it is the right answer in the right form."""
        return self.problem is None


@dataclass(frozen=True)
class AnsweredFunction:
    """All calls of one function."""

    function: str
    where: str
    asked: tuple[AnsweredCall, ...]

    @property
    def wrong(self) -> list[AnsweredCall]:
        """The calls whose answer is not right."""
        return [call for call in self.asked if not call.right]

    @property
    def power(self) -> Power:
        """Of the comparison: zeros, or one number for all calls, would have been seen."""
        truth = np.array([call.wanted for call in self.asked], np.float64).T
        return power(truth, RTOL * np.abs(truth), usual_rivals(truth), f"a deviation of {RTOL:g} is caught")


def answered(
    evidence: Evidence, sheet: AnswerSheet, function: str, right: Callable[..., Any], *, whole: bool = False
) -> AnsweredFunction:
    """Compare the answers of one function with what `right` gives. Raises MissingEvidence."""
    frame = answers(evidence, sheet.id, function)[function]
    listed = sequence(frame.header.get("answers"))
    asked, names = sheet.calls(evidence.seed)[function], sheet.results[function]
    if not listed and (written := texts(frame.header.get("written"), 50)):
        raise MissingEvidence(
            f"no function {function} was found; the answers may stand in {', '.join(written)[:200]}",
            ours=True,
            hint="a person has to look there",
        )
    if not listed:
        raise _none(evidence, function, frame.header.get("lost"), sheet)
    if len(listed) != len(asked):
        raise MissingEvidence(f"{function}: not all calls were answered")
    if any(_is_missing_here(part) for part in listed):
        error = next(text((mapping(part) or {}).get("error")) for part in listed if _is_missing_here(part))
        raise MissingEvidence(f"{function} raised {_last(error)}", ours=True, hint=PERSON)
    found = tuple(
        _one(arguments, _tuple(right(*arguments)), part, names, whole=whole)
        for arguments, part in zip(asked, listed, strict=True)
    )
    if all("NotImplementedError" in (call.problem or "") for call in found):
        raise MissingEvidence(f"not attempted: {function} still raises NotImplementedError")
    return AnsweredFunction(function, (text(frame.header.get("where")) or "")[:200], found)


def _none(evidence: Evidence, function: str, lost: Any, sheet: AnswerSheet) -> MissingEvidence:
    """Why there is no such function: an error of its file or of the main file took it away, or nobody wrote it."""
    if (error := mapping(lost)) is not None:
        where, kind, words = (text(error.get(name), 500) or "" for name in ("where", "kind", "message"))
        line, cause = error.get("line"), text(error.get("cause"))
        told = {"where": where, "kind": kind, "message": words, "cause": cause}
        return lost_to({**told, "line": line if type(line) is int else None}, function)
    if lost_by(evidence, function):
        return not_found(evidence, function)
    return MissingEvidence(f"expected a function {function} in {sheet.places}, found none", hint=sheet.hint)


def _is_missing_here(part: Any) -> bool:
    """Whether a call could not be answered for what is not there where work is graded."""
    return (text((mapping(part) or {}).get("cause")) or "") in NOT_HERE


def _last(error: str | None) -> str:
    return (error or "an exception").strip().splitlines()[-1][:200]


def _tuple(value: Any) -> Values:
    return tuple(value) if isinstance(value, tuple) else (value,)


def _one(arguments: Sequence[Any], wanted: Values, part: Any, names: Sequence[str], *, whole: bool) -> AnsweredCall:
    part = mapping(part) or {}
    if error := text(part.get("error")):
        return AnsweredCall(arguments, wanted, None, f"{RAISED}{_last(error)}")
    parts = mappings(part.get("parts"))
    if part.get("length") != len(wanted) or len(parts) != len(wanted):
        shown = str(part.get("kind"))[:40]
        expected = f"({', '.join(names)})" if names else "an int"
        return AnsweredCall(
            arguments,
            wanted,
            None,
            f"expected {expected}, found a {shown} of {part.get('length')}"
            if len(parts) != 1
            else f"expected {expected}, found {_single(parts[0])}",
        )
    numbers = [_number(item) for item in parts]
    if any(number is None for number in numbers):
        at = numbers.index(None)
        kind = str(parts[at].get("kind"))[:40]
        what = names[at] if names else "its result"
        if kind == "int":
            return AnsweredCall(
                arguments, wanted, None, f"expected {wanted[at]:.6g}, found a number of far more digits"
            )
        shown = f" ({str(parts[at]['text'])[:60]})" if "text" in parts[at] and kind != "NoneType" else ""
        expected = "a whole number" if whole else "numbers"
        return AnsweredCall(arguments, wanted, None, f"expected {expected}, found {kind}{shown} for {what}")
    values = tuple(number for number in numbers if number is not None)
    return AnsweredCall(arguments, wanted, values, _difference(values, wanted, names, whole=whole))


def _single(part: Mapping[str, Any]) -> str:
    return "None" if part.get("kind") == "NoneType" else f"a single {str(part.get('kind'))[:40]}"


def _number(part: Mapping[str, Any]) -> float | None:
    if part.get("kind") == "bool":
        return None
    shown = part.get("integer", part.get("number"))
    if not isinstance(shown, str) or len(shown) > 2 * MAX_DIGITS + 4:
        return None
    try:
        return float(shown)
    except ValueError:
        return None


def _difference(found: Values, wanted: Values, names: Sequence[str], *, whole: bool) -> str | None:
    if whole and not float(found[0]).is_integer():
        return f"expected the whole number {int(wanted[0])}, found {found[0]:.6g}"
    off = [at for at, (left, right) in enumerate(zip(found, wanted, strict=True)) if not _close(left, right)]
    if not off:
        return None
    parts = [f"{f'{names[at]} = ' if names else ''}{wanted[at]:.6g}" for at in off]
    shown = [f"{found[at]:.6g}" for at in off]
    return f"expected {', '.join(parts)}, found {', '.join(shown)}"


def _close(found: float, wanted: float) -> bool:
    return math.isfinite(found) and math.isclose(found, wanted, rel_tol=RTOL, abs_tol=1e-9)


def call_words(function: str, arguments: Sequence[Any]) -> str:
    """A call as one writes it."""
    return f"{function}({', '.join(map(str, arguments))})"
