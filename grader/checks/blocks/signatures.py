"""Signatures as a handout writes them: `affine_forward(x, w, b) -> out, cache`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.errors import AssignmentError

_SIGNATURE = re.compile(r"\s*(\w+)\s*\(([^()]*)\)\s*(?:->\s*(.+?))?\s*")


@dataclass(frozen=True)
class Signature:
    """A function's or class's name, the names of its arguments, and of its results."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """What a file that defines it holds."""
        return rf"(?:def|class)\s+{self.name}\b"


def signature(text: str) -> Signature:
    """Raises AssignmentError where a text is no `name(a, b) -> out`; without an arrow the result is called `result`."""
    found = _SIGNATURE.fullmatch(text)
    if found is None:
        raise AssignmentError(f"expected a signature such as 'affine_forward(x, w, b) -> out, cache', found {text!r}")
    inputs, outputs = _names(found[2], text), _names((found[3] or "result").strip("() "), text)
    return Signature(found[1], inputs, outputs)


def _names(listed: str, text: str) -> tuple[str, ...]:
    names = tuple(part.partition("=")[0].strip() for part in listed.split(",") if part.strip())
    if odd := [name for name in names if not name.isidentifier()]:
        raise AssignmentError(f"expected names of arguments and results, found {odd[0]!r} in {text!r}")
    if len(set(names)) < len(names):
        raise AssignmentError(f"expected each name once, found {', '.join(names)} in {text!r}")
    return names
