"""What validating an assignment finds: notes by part, each with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing to mend, or, if it is no `problem`, to look at. `where` names file and line."""

    where: str
    message: str
    hint: str | None = None
    problem: bool = True

    def as_json(self) -> dict[str, Any]:
        """As it stands in the JSON output."""
        return {"where": self.where, "message": self.message, "hint": self.hint, "problem": self.problem}

    def lines(self) -> Iterator[str]:
        """The note as lines for a terminal."""
        yield f"  {'✗' if self.problem else '·'} {self.where}: {self.message}"
        if self.hint:
            yield f"    hint: {self.hint}"


@dataclass(frozen=True)
class ValidationPart:
    """One part of a validation: what was looked at in a sentence, and what was found."""

    name: str
    summary: str
    notes: tuple[Note, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing has to be mended."""
        return not any(note.problem for note in self.notes)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the JSON output."""
        notes = [note.as_json() for note in self.notes]
        return {"part": self.name, "summary": self.summary, "facts": list(self.facts), "notes": notes}

    def lines(self) -> Iterator[str]:
        """The part, its facts and notes as lines for a terminal."""
        yield f"{'✓' if self.sound else '✗'} {self.name}: {self.summary}"
        yield from (f"    {fact}" for fact in self.facts)
        for note in self.notes:
            yield from note.lines()


@dataclass(frozen=True)
class Validation:
    """All that was found about an assignment."""

    assignment: str
    parts: tuple[ValidationPart, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing has to be mended."""
        return all(part.sound for part in self.parts)

    @property
    def problems(self) -> list[Note]:
        """What has to be mended."""
        return [note for part in self.parts for note in part.notes if note.problem]

    def as_json(self) -> dict[str, Any]:
        """As it stands in the JSON output."""
        return {
            "schema": 1,
            "assignment": self.assignment,
            "sound": self.sound,
            "parts": [part.as_json() for part in self.parts],
        }
