"""What was seen of forbidden names while a submission ran: the reader of what `grader/inside/uses_seen.py` sends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.checks.blocks.uses import Use
from grader.evidence import Evidence
from grader.inside.twins import IMPORTED_FIRST
from grader.inside.uses_seen import INSIDE, OWN
from grader.readings.fields import count, mapping, sequence, text, texts

MAX_USES, MAX_PARTS, MAX_PLACES = 2000, 60, 500


@dataclass(frozen=True)
class Seen:
    """A call or an import: by a line of the student's (`who`), or from elsewhere; `parts` are the names of the
    student's functions and classes that were running.
    """

    name: str
    file: str
    line: int
    who: str
    parts: frozenset[str]


@dataclass(frozen=True)
class UsesSeen:
    """`places` are the full names under which each watched one is known."""

    places: Mapping[str, frozenset[str]]
    uses: tuple[Seen, ...]

    def own(self, names: Collection[str], within: Sequence[str]) -> set[Use]:
        """What lines of the student's used: of `names`, within functions and classes of these names, if there are
        any.
        """
        return {
            Use(one.file, one.line, one.name)
            for one in self.uses
            if one.who == OWN and _is_of(one.name, names) and (not within or one.parts & set(within))
        }

    def was_called(self, name: str) -> bool:
        """Whether anything but a line of the student's called it: what was handed on is called elsewhere."""
        return any(one.name == name and one.who != OWN for one in self.uses)

    def may_see(self, use: Use) -> bool:
        """Whether a use that was found in a text would have been seen, had it run."""
        if use.name.startswith("import "):
            return any(f"{use.name}.".startswith(f"import {name}.") for name in self.places)
        return any(
            use.dotted in found or (IMPORTED_FIRST in found and use.dotted.startswith(f"{name}."))
            for name, found in self.places.items()
        )


def _is_of(name: str, names: Collection[str]) -> bool:
    plain = name.removeprefix("import ")
    return plain in names or any(plain.startswith(f"{one}.") for one in names)


def uses_seen(evidence: Evidence) -> UsesSeen | None:
    """None where nothing was watched, as in evidence of older versions. What is watched is said before any student
    code runs; only the first word on it counts.
    """
    frames = evidence.of_kind("watched")
    if not frames:
        return None
    places = mapping(frames[0].header.get("places")) or {}
    listed = [part for frame in evidence.of_kind("used") for part in sequence(frame.header.get("uses"))[:MAX_USES]]
    uses = [_seen(part) for part in listed[:MAX_USES] if isinstance(part, list) and len(part) == 5]
    return UsesSeen(
        {name: frozenset(texts(found, MAX_PLACES, 200)) for name, found in places.items()},
        tuple(one for one in uses if one is not None),
    )


def _seen(part: Sequence[object]) -> Seen | None:
    name, file, line, who, parts = part
    found = text(name), text(file)
    if found[0] is None or found[1] is None:
        return None
    return Seen(
        found[0][:200], found[1][:200], count(line), text(who) or INSIDE, frozenset(texts(parts, MAX_PARTS, 200))
    )
