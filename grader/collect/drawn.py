"""The numbers that a submission was asked with, as digests: a check draws them again, and they must be the same.

Data and hidden weights follow from the batch's seed. Another version of NumPy, of a generator here or of an
assignment's `data` makes others of the same seed, and right work would then look wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from grader.assignment import Assignment
from grader.evidence import Evidence
from grader.inside.hidden_weights import hidden_digest
from grader.probes import weights_seed
from grader.sandbox.protocol import Array, Frame

ASK_AGAIN = "this is not the student's fault: `grader grade` with the submissions runs them again"
WORDS = {
    "weights": "hidden weights were drawn in another way (another version of NumPy or of the grader)",
    "data": "the assignment's data were others (its `data`, or another version of NumPy)",
    "cases": "other cases were asked (the assignment's probes)",
}
# What finds the thing to ask, and how long that may take: other values ask the same question.
_ABOUT_FINDING = ("patterns", "not", "seconds")


def drawn(assignment: Assignment, seed: int) -> dict[str, str]:
    """Digests of the data and of the cases that a submission is asked with."""
    asked = (*assignment.probes, *assignment.reads, *assignment.timings)
    cases = json.dumps([_question(one.request()) for one in asked], sort_keys=True)
    return {"data": _of_data(assignment.data, seed), "cases": hashlib.sha256(cases.encode()).hexdigest()}


def drawn_otherwise(assignment: Assignment, evidence: Evidence) -> str | None:
    """What would be drawn otherwise now, in words; None if nothing would, or if evidence is too old to tell."""
    if not evidence.drawn:
        return None
    then, now = {**evidence.drawn, "weights": _inside(evidence.frames)}, drawn(assignment, evidence.seed)
    if then["weights"] is not None:
        now["weights"] = hidden_digest(weights_seed(evidence.seed))
    changed = [words for name, words in WORDS.items() if then.get(name) != now.get(name)]
    return f"the numbers that this was asked with cannot be drawn again: {'; '.join(changed)}" if changed else None


def _inside(frames: Sequence[Frame]) -> str | None:
    """How the box draws weights: the first thing that it says, before student code can say anything."""
    first = frames[0].header if frames else {}
    weights = first.get("weights")
    return weights if first.get("kind") == "drawn" and isinstance(weights, str) else None


def _question(request: Any) -> Any:
    match request:
        case dict():
            return {name: _question(part) for name, part in request.items() if name not in _ABOUT_FINDING}
        case list() | tuple():
            return [_question(part) for part in request]
        case _:
            return request


@lru_cache(maxsize=4)
def _of_data(data: Callable[[int], Mapping[str, Array]], seed: int) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(data(seed).items()):
        digest.update(f"{name}\0{array.dtype}\0{array.shape}\0".encode() + array.tobytes())
    return digest.hexdigest()
