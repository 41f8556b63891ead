"""An LMS's download sorted into attempts: which files and folders belong to which student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath

from grader.intake.gradescope_download import GradescopeEntry, gradescope_entries
from grader.intake.layouts import Layout
from grader.intake.lms_names import Place, blackboard_person, blackboard_users
from grader.submission import Member, Origin
from grader.words import printable

Key = tuple[str, str]  # a student and, for sorting, the time of an attempt


@dataclass(frozen=True)
class DownloadPart:
    """A file or folder of an attempt. `inside` is its path there; () for a folder whose content was handed in."""

    key: Key
    inside: tuple[str, ...]


@dataclass(frozen=True)
class HandedIn:
    """One attempt. `submitted_at` is None where the download does not tell it."""

    origin: Origin
    submitted_at: datetime | None
    note: str | None = None


@dataclass(frozen=True)
class Metadata:
    """What an LMS's own files in its download say: Gradescope's list, Blackboard's note for each attempt, by name."""

    gradescope: bytes | None = None
    blackboard: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class DownloadPlan:
    """Where each top-level name belongs; names that are in none are left out. `added` are the LMS's notes."""

    parts: Mapping[str, DownloadPart]
    attempts: Mapping[Key, HandedIn]
    added: frozenset[str] = frozenset()


def plan(layout: Layout, tops: Mapping[str, bool], zone: tzinfo, metadata: Metadata = Metadata()) -> DownloadPlan:
    """Sort the names at the top of a download. Times without a time zone are read in `zone`.

    Raises RefusedError for Gradescope's metadata that cannot be read.
    """
    places = layout.places(tops)
    if layout.id == "blackboard":
        places = _with_users(places, metadata.blackboard)
    listed = metadata.gradescope if layout.id == "gradescope" else None
    known = {} if listed is None else gradescope_entries(listed)
    own = {(place.name, place.user) for place in places.values() if not place.plugin}
    parts: dict[str, DownloadPart] = {}
    attempts: dict[Key, HandedIn] = {}
    taken: set[tuple[Key, str]] = set()
    plugins: dict[Key, str] = {}
    for name, place in sorted(places.items(), key=lambda item: (item[1].added, item[0])):
        key, found = _hand_in(layout, name, place, zone, known.get(name))
        if place.plugin and (place.name, place.user) in own:
            plugins[key] = f"left out: what Moodle's plug-in {printable(place.plugin)} has"
            continue
        first = attempts.setdefault(key, found)
        if found.origin.marked_late and not first.origin.marked_late:
            attempts[key] = replace(first, origin=replace(first.origin, marked_late=True))
        if not place.added:
            parts[name] = DownloadPart(key, _inside(place, key, taken))
    attempts |= {key: replace(attempts[key], note=note) for key, note in plugins.items() if key in attempts}
    return DownloadPlan(parts, attempts, frozenset(name for name, place in places.items() if place.added))


def _with_users(places: Mapping[str, Place], notes: Mapping[str, bytes]) -> dict[str, Place]:
    """Blackboard's places with the user names, which its notes tell, and else what all names have in common."""
    told = {
        places[name].name: person
        for name, note in notes.items()
        if name in places and (person := blackboard_person(note, places[name].name)) is not None
    }
    users = blackboard_users([place.name for place in places.values()], [user for user, _ in told.values()])
    return {
        name: replace(place, user=users[place.name], name="", full_name=told.get(place.name, ("", ""))[1])
        for name, place in places.items()
    }


def _hand_in(
    layout: Layout, name: str, place: Place, zone: tzinfo, known: GradescopeEntry | None
) -> tuple[Key, HandedIn]:
    place_name = name.encode("utf-8", "backslashreplace").decode()
    origin = Origin(
        layout.id,
        printable(place.user),
        printable(place.full_name or place.name or place.user),
        place_name,
        marked_late=place.late,
    )
    student = "_".join(text for text in (place.name, place.user) if text)
    moment, note = _moment(place.moment, zone)
    if known is not None:
        student, origin, moment = _with_metadata(origin, known)
    elif layout.id == "gradescope":
        student = name
    return (student, "" if moment is None else moment.isoformat()), HandedIn(origin, moment, note)


def _with_metadata(origin: Origin, known: GradescopeEntry) -> tuple[str, Origin, datetime | None]:
    members = known.members
    if not members:
        return origin.place, origin, known.created_at
    named = replace(origin, name=", ".join(member.name for member in members), members=members)
    return _student(members, origin.user), named, known.created_at


def _student(members: tuple[Member, ...], submission_id: str) -> str:
    if len(members) > 1:
        return f"{' and '.join(member.name for member in members)}_{submission_id}"
    [member] = members
    return "_".join(text for text in (member.name, member.id or member.email or submission_id) if text)


def _moment(written: datetime | None, zone: tzinfo) -> tuple[datetime | None, str | None]:
    """A wall-clock time in `zone`. What clocks show twice is taken for the earlier, which costs the student less."""
    if written is None:
        return None, None
    early, late = (written.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    note = None
    if early < late:
        note = f"clocks showed {written:%H:%M} twice that night: the earlier one counts"
    return min(early, late), note


def _inside(place: Place, key: Key, taken: set[tuple[Key, str]]) -> tuple[str, ...]:
    """A file's name in the submission; two attachments of one name are both kept."""
    if place.file is None:
        return ()
    path, name, count = PurePosixPath(place.file), place.file, 1
    while (key, name) in taken:
        count += 1
        name = f"{path.stem}-{count}{path.suffix}"
    taken.add((key, name))
    return (name,)
