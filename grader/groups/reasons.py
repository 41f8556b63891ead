"""Why a mark was lost, in two forms: word for word, and as a kind of failure without what differs by student."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.grading import Mark

# A number as messages print it, not a digit in a name: `conv2d`, `x2`.
NUMBER = re.compile(r"(?<![\w.])[-−+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?![\w])", re.IGNORECASE)
_QUOTED = re.compile(r"'[^'\n]{0,200}'|\"[^\"\n]{0,200}\"|“[^”\n]{0,200}”|`[^`\n]{0,200}`")
_FILE = re.compile(r"[^\s'\"]*\.(?:py|ipynb|pdf|docx?|md|zip|txt)\b(?:, (?:code )?cell \d+)?", re.IGNORECASE)
_FOUND = re.compile(r";|: |, (?:but )?(?:found|expected)\b|\bfound that\b")
_MORE = re.compile(r"\b(?:and )?\d+ more\b")
MOST_DETAILS, MOST_CHARS = 40, 4000
CLOSE = 0.01  # relative: printed numbers are rounded, and sums of floats differ in their last digits


@dataclass(frozen=True)
class Reason:
    """Of one mark: `exact` is all that was said, `words` the same without numbers, names and places, `numbers` are the
    ones that were left out. `kind` is what was expected, and the inputs on which it was not found.
    """

    exact: str
    words: str
    numbers: tuple[float, ...]
    kind: str


def reason_of(mark: Mark) -> Reason:
    """What the finding of a mark says, in these forms."""
    finding = mark.finding
    said = [finding.message, finding.hint or "", *finding.details[:MOST_DETAILS]]
    lines = [without_places(line[:MOST_CHARS]) for line in said]
    numbers = tuple(_value(found) for line in lines for found in NUMBER.findall(line))
    # The hint is drawn from the words, and now and then from a number: it says nothing more.
    words = "\n".join(kind_of(line) for line in (lines[0], *lines[2:]))
    heads = sorted({kind_of(line.partition(": ")[0]) for line in lines[2:] if ": " in line})
    return Reason("\n".join(lines), words, numbers, "\n".join((kind_of(_lead(lines[0])), *heads)))


def _lead(message: str) -> str:
    """What was expected, without what was found in its place."""
    found = _FOUND.search(message)
    return message[: found.start()] if found else message


def without_places(line: str) -> str:
    """A message without names of files and numbers of lines, which say where a mistake stands and not which."""
    return re.sub(r"\blines? \d+", "line #", _FILE.sub("FILE", line))


def kind_of(line: str) -> str:
    """A message without its numbers and what it quotes of the student's work."""
    return NUMBER.sub("#", _QUOTED.sub("…", _MORE.sub("more", line)))


def _value(text: str) -> float:
    try:
        return float(text.replace("−", "-").replace(",", "."))
    except ValueError:  # a version, a date
        return float(hash(text) % 1_000_003)


def close(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    """Whether two rows of numbers are the same to 1 %."""
    return len(ours) == len(theirs) and all(
        abs(one - other) <= CLOSE * max(abs(one), abs(other)) for one, other in zip(ours, theirs, strict=True)
    )
