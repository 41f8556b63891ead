"""How far student code came in a box, as far as the box says: a forged number costs only its own author."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.sandbox.protocol import Execution

OUT_OF_RANGE = re.compile(r"IndexError|out of (?:range|bounds)")


def cases_reached(execution: Execution) -> int:
    """How many cases were begun."""
    numbers = [frame.header.get("number") for frame in execution.frames if frame.header.get("kind") == "asking"]
    return max((number + 1 for number in numbers if type(number) is int and number >= 0), default=0)


def looked_beyond(execution: Execution) -> bool:
    """Whether code counts on more samples than there are: an index out of range, or slices that hold nothing."""
    return any(_is_beyond(frame.header) for frame in execution.frames)


def _is_beyond(header: Mapping[str, Any]) -> bool:
    error, samples = header.get("errors") or header.get("error"), header.get("samples")
    if OUT_OF_RANGE.search(str(error or "")):
        return True
    if header.get("kind") != "call" or header.get("phase") == "peek" or not isinstance(samples, list):
        return False
    ran_on_nothing = any(isinstance(part, dict) and part.get("count") == 0 for part in samples)
    return ran_on_nothing or (not error and header.get("forward_passes") == 0)
