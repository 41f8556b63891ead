"""Which row of an LMS's table is whose: by id, and by name only where one row and one student alone have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.lms.export import Outgoing, Result
from grader.people.identity import plain, spellings


@dataclass(frozen=True)
class Wanted:
    """A row's ids and names; what is empty says nothing."""

    ids: tuple[str, ...]
    names: tuple[str, ...] = ()

    @property
    def id_keys(self) -> frozenset[str]:
        """The ids in the form that is compared."""
        return frozenset(plain(text) for text in self.ids if text.strip())

    @property
    def name_keys(self) -> frozenset[str]:
        """All spellings of the names."""
        return frozenset(key for name in self.names for key in spellings(name))


@dataclass(frozen=True)
class Matched:
    """A result or None for each row; `problems` tell of results that found no row, or not one alone."""

    results: tuple[Result | None, ...]
    problems: tuple[str, ...]


def match(rows: Sequence[Wanted], outgoing: Outgoing, lms: str) -> Matched:
    """Find each row's result."""
    ids = {result.student: _ids(result, lms) for result in outgoing.results}
    groups = {result.student: _group_ids(result, outgoing) for result in outgoing.results}
    found: list[Result | None] = []
    problems: dict[str, str] = {}
    for row in rows:
        keys = row.id_keys
        hits = [result for result in outgoing.results if keys & ids[result.student]]
        hits = hits or [result for result in outgoing.results if keys & groups[result.student]]
        if len(hits) > 1:
            several = ", ".join(hit.student for hit in hits)
            problems.update({hit.student: f"{_label(row)} fits several students: {several}" for hit in hits})
        found.append(hits[0] if len(hits) == 1 else None)
    problems |= _by_name(rows, found, outgoing)
    problems |= _twice(rows, found, outgoing)
    placed = {result.student for result in found if result is not None}
    lost = {result.student for result in outgoing.results} - placed - problems.keys()
    problems |= {student: f"{student}: no row has this student" for student in sorted(lost)}
    return Matched(tuple(found), tuple(dict.fromkeys(problems.values())))


def _by_name(rows: Sequence[Wanted], found: list[Result | None], outgoing: Outgoing) -> dict[str, str]:
    """Fill in what a name alone tells; say where it could be somebody else's."""
    placed = {result.student for result in found if result is not None}
    free = [result for result in outgoing.results if result.student not in placed]
    problems: dict[str, str] = {}
    for result in free:
        fits = [at for at, row in enumerate(rows) if row.name_keys & result.identity.names]
        open_fits = [at for at in fits if found[at] is None]
        rivals = [
            other for other in outgoing.results if any(rows[at].name_keys & other.identity.names for at in open_fits)
        ]
        if len(fits) == len(open_fits) == len(rivals) == 1:
            found[fits[0]] = result
        elif open_fits:
            listed = " or ".join(_label(rows[at]) for at in fits)
            problems[result.student] = (
                f"{result.student}: others have this name too ({listed}), left out; hint: give ids by --roster"
            )
    return problems


def _twice(rows: Sequence[Wanted], found: list[Result | None], outgoing: Outgoing) -> dict[str, str]:
    """Take out what fits several rows, unless several people handed in together."""
    problems: dict[str, str] = {}
    for result in outgoing.results:
        at = [number for number, hit in enumerate(found) if hit is result]
        several = len(outgoing.roster.find(result.identity)) > 1 or _members(result) > 1
        if len(at) > 1 and not several:
            listed = ", ".join(_label(rows[number]) for number in at)
            problems[result.student] = f"{result.student}: several rows fit ({listed}), left out"
            for number in at:
                found[number] = None
    return problems


def _members(result: Result) -> int:
    return 0 if result.identity.origin is None else len(result.identity.origin.members)


def _ids(result: Result, lms: str) -> frozenset[str]:
    """Ids that mean this student in that LMS; another LMS's numbers mean somebody else there."""
    origin = result.identity.origin
    if origin is None or origin.lms in (lms, "blackboard"):
        return result.identity.ids
    return result.identity.ids - {plain(origin.user)}


def _group_ids(result: Result, outgoing: Outgoing) -> frozenset[str]:
    """The ids of the students that a result belongs to by the roster, if that is clear."""
    people = outgoing.roster.find(result.identity)
    together = len({plain(person.group) for person in people}) == 1 and any(person.group for person in people)
    if len(people) > 1 and not together and _members(result) < 2:
        return frozenset()
    return frozenset(plain(text) for person in people for text in person.ids)


def _label(row: Wanted) -> str:
    name = next((text for text in row.names if text), "")
    key = next((text for text in row.ids if text), "")
    return f"{name} ({key})" if name and key else name or key or "a row without name"
