"""What came back of functions that were called one after the other: of each, whether it ran."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grader.checks.blocks.signatures import Signature
from grader.evidence import Evidence, MissingEvidence
from grader.inside.asked.calls import AFTER
from grader.readings.answered import Answered
from grader.readings.faults import Fault, fault, not_found
from grader.readings.fields import count, mapping, text, texts
from grader.sandbox.protocol import Frame

IN_PLACE = " is changed in place"
_INPUT = "the input "
_LEFT = " is left as it was"
_ABOUT = re.compile(rf"({AFTER}|{_INPUT}|)(\w+)(?= )")


def raise_if_never_there(evidence: Evidence, found: Answered[Frame], step: Signature, ids: Sequence[str]) -> None:
    """What holds for all cases is said once: nothing came back, a function is not there or as the template has it."""
    if all(isinstance(found.tried(name), MissingEvidence) for name in ids):
        found[ids[0]]  # raises
    parts = [of_step(found.found[name], step.name) for name in ids if name in found]
    if parts and all("missing" in part for part in parts):
        raise not_found(evidence, _missing(parts[0], step))
    faults = [None if raised_in(part, step) else fault(part) for part in parts]
    open_ones = [one for one in faults if one is not None and one.unattempted]
    if open_ones and len(open_ones) == len(parts):
        raise open_ones[0].as_missing(step.name)


def of_step(frame: Frame, name: str) -> Mapping[str, Any]:
    """What came back of one function."""
    steps = mapping(frame.header.get("steps")) or {}
    return mapping(steps.get(name)) or ({} if "error" not in frame.header else frame.header)


def raised_in(part: Mapping[str, Any], step: Signature) -> str:
    """The other function that a step called and that raised something; empty if it raised it itself."""
    name = text(part.get("raised in"), 100) or ""
    return "" if name == step.path else name


def raised_words(raised: Fault, part: Mapping[str, Any], step: Signature) -> str:
    """What a student's function raised. Raises MissingEvidence if that is ours."""
    other = raised_in(part, step)
    missing = raised.as_missing(other or step.name)
    if missing.ours:
        raise missing
    raised_there = missing.reason.partition(f"{other} ")[2] if other else ""
    return f"{step.name} calls {other}, which {raised_there}" if raised_there else missing.reason


def failed_words(part: Mapping[str, Any], step: Signature) -> str | None:
    """Why a function did not come to its end, in words; None where it did. Raises MissingEvidence if that is ours."""
    raised = fault(part)
    return raised_words(raised, part, step) if raised is not None else not_run(part, step)


def why_lost(frame: Frame, lost: set[str], earlier: Iterable[Signature]) -> str:
    """Why no earlier function gave what is `lost`: of the first of them that should have."""
    for step in earlier:
        part = of_step(frame, step.name)
        if lost & set(step.outputs) and "lost" not in part and (words := failed_words(part, step)):
            return f" ({words})"
    return ""


def touched(part: Mapping[str, Any], right: Mapping[str, Any], step: Signature) -> tuple[str, ...]:
    """What is said of inputs that a function changes in place, and the reference's (`right`) does not."""
    extra = set(texts(part.get("changed"), 20, 100)) - set(right["changed"])
    return tuple(
        f"{_INPUT}{name}{IN_PLACE}" + ("" if name in step.needed else ", which an earlier function was given")
        for name in sorted(extra)
    )


def left_alone(key: str) -> str:
    """What is said of an input that the reference changes in place, and the student's function does not."""
    return f"{key.removeprefix(AFTER)}{_LEFT}: the handout asks to change it in place"


def by_place(problems: Iterable[str], steps: Iterable[Signature], name: str) -> tuple[str, ...]:
    """What is said of inputs that were assigned before the step of this name, by the places that a student knows: of
    `p.grad` in place of the array that the assignment put there.
    """
    before = itertools.takewhile(lambda step: step.name != name, steps)
    places = dict(step.assigns for step in before if step.assigns)
    return tuple(_placed(words, places) for words in problems)


def _placed(words: str, places: Mapping[str, str]) -> str:
    found = _ABOUT.match(words)
    if found is None or found[2] not in places:
        return words
    if found[1] == _INPUT:
        return f"{places[found[2]]} is changed, which has to stay as it is"
    rest = words[found.end() :]
    return f"{found[1]}{places[found[2]]}" + (f"{_LEFT}: it has to be changed" if rest.startswith(_LEFT) else rest)


def _missing(part: Mapping[str, Any], step: Signature) -> str:
    """The name that nobody defines: of an expression, of a function that it calls."""
    return (text(part.get("missing"), 100) if step.code else None) or step.path


def not_run(part: Mapping[str, Any], step: Signature) -> str | None:
    """Why a function gave nothing, though it raised nothing."""
    if "missing" in part:
        return f"{_missing(part, step)} is not defined"
    if lost := texts(part.get("lost"), 5, 100):
        return f"{step.name} was not tried: no earlier function gave {', '.join(lost)}"
    if "results" in part:
        return f"expected {len(step.outputs)} results ({', '.join(step.outputs)}), found {count(part.get('results'))}"
    return None if "said" in part else f"{step.name} gave no result"
