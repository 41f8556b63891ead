"""Gradescope's `submission_metadata.yml`: who handed in which folder, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.intake.caps import RefusedError
from grader.submission import Member

_MAX_DEPTH = 50


@dataclass(frozen=True)
class GradescopeEntry:
    """What the metadata says of one submission."""

    members: tuple[Member, ...]
    created_at: datetime | None


def gradescope_entries(content: bytes) -> dict[str, GradescopeEntry]:
    """The entries by folder name. Its keys are Ruby symbols, which YAML reads as text with a colon before it.

    Raises RefusedError for what is no such file.
    """
    import yaml  # only Gradescope's downloads need it

    try:
        _check_shape(yaml.parse(content, Loader=yaml.CSafeLoader))
        found = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RefusedError(f"submission_metadata.yml: expected YAML, found {str(error)[:200]!r}") from error
    if not isinstance(found, dict):
        raise RefusedError("submission_metadata.yml: expected an entry for each submission")
    return {name: _entry(entry) for name, entry in found.items() if isinstance(name, str) and isinstance(entry, dict)}


def _check_shape(events: Iterable[object]) -> None:
    """Refuse what makes a small file large or a parser deep; Gradescope writes neither."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith(("MappingStartEvent", "SequenceStartEvent"))
        depth -= name.endswith(("MappingEndEvent", "SequenceEndEvent"))
        if name == "AliasEvent" or depth > _MAX_DEPTH:
            raise RefusedError("submission_metadata.yml: expected neither aliases nor deep nesting")


def _entry(entry: Mapping[str, Any]) -> GradescopeEntry:
    people = entry.get(":submitters")
    members = [_member(person) for person in people if isinstance(person, dict)] if isinstance(people, list) else []
    return GradescopeEntry(tuple(member for member in members if member.name), _time(entry.get(":created_at")))


def _member(person: Mapping[str, Any]) -> Member:
    name, sid, email = (person.get(key) for key in (":name", ":sid", ":email"))
    return Member(*("" if value is None else str(value) for value in (name, sid, email)))


def _time(value: object) -> datetime | None:
    """UTC; a time without a zone is UTC already, which is how Ruby writes one."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)
