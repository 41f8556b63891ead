"""Which student somebody means: by name, id, login or folder, else by a beginning that only one of them has."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence

from grader.errors import UserError
from grader.people.identity import Identity, matching, plain
from grader.words import printable

LISTED, CLOSE = 20, 0.6


class UnknownStudentError(UserError):
    """Nobody is called that, or several are. The message says who is there, and which students it may mean.

    `near` are the students that it may mean; `several` says that each of them is called so.
    """

    def __init__(self, message: str, near: Sequence[str] = (), *, several: bool = False) -> None:
        super().__init__(message)
        self.near, self.several = tuple(map(printable, near)), several


def meant(wanted: str, people: Mapping[str, Identity], *, beginnings: bool = True) -> str:
    """The key (the folder) of the student that `wanted` means; a path of a file or folder stands for its last part.

    What is exactly a name, folder or id goes before what only begins one; `beginnings` allows the latter.
    Raises UnknownStudentError.
    """
    last = os.path.basename(wanted.rstrip("/")) or wanted  # noqa: PTH119 - a Path would drop more than the last slash
    for text in dict.fromkeys((wanted, last)):
        for found in _ways(text, people, beginnings=beginnings):
            if len(found) == 1:
                return found[0]
            if found:
                students = [people[key].student for key in found]
                raise UnknownStudentError(_several(wanted, students), students, several=True)
    students = [one.student for one in people.values()]
    near = close_to(wanted, students, others_of(people))
    raise UnknownStudentError(unknown([wanted], students, near), near)


def _ways(text: str, people: Mapping[str, Identity], *, beginnings: bool) -> Iterable[list[str]]:
    """Whom `text` can mean, the surest way first."""
    yield [key for key, one in people.items() if text in (one.student, printable(one.student))]
    yield [key for key in people if key == text]
    fits = set(map(id, matching(text, list(people.values()))))
    yield [key for key, one in people.items() if id(one) in fits]
    if beginnings and plain(text):
        yield [key for key, one in people.items() if any(name.startswith(plain(text)) for name in _names(key, one))]


def _names(key: str, one: Identity) -> set[str]:
    told = [one.origin.name, *(member.name for member in one.origin.members)] if one.origin else []
    return {plain(key), *one.ids, *map(plain, told), *(part for name in told for part in plain(name).split())}


def _several(wanted: str, students: Sequence[str]) -> str:
    more = f" and {len(students) - LISTED} more" if len(students) > LISTED else ""
    listed = ", ".join(printable(name) for name in students[:LISTED])
    return f"{printable(wanted)!r} fits {len(students)} students: {listed}{more}\nhint: give one of these"


def others_of(people: Mapping[str, Identity]) -> dict[str, str]:
    """Everything else that students are called, with the name that they are graded under."""
    return {name: one.student for key, one in people.items() for name in _names(key, one)}


def unknown(wanted: Sequence[str], students: Sequence[str], near: Sequence[str]) -> str:
    """The message for names that nobody has: who is there, and which students they may mean."""
    shown = sorted(printable(name) for name in students)
    more = f" and {len(shown) - LISTED} more" if len(shown) > LISTED else ""
    there = f"expected one of {', '.join(shown[:LISTED])}{more}" if shown else "there are no students"
    hint = (
        f"did you mean {' or '.join(map(printable, near))}?"
        if near
        else "give a name as it is listed, or an id or login"
    )
    return f"{there}; found {', '.join(printable(name) for name in wanted)}\nhint: {hint}"


def close_to(wanted: str, students: Sequence[str], others: Mapping[str, str] | None = None) -> list[str]:
    """At most two students whose names, ids or logins look like `wanted`."""
    called = {plain(name): name for name in students} | dict(others or {})
    found = difflib.get_close_matches(plain(wanted), sorted(called), 4, CLOSE)
    return list(dict.fromkeys(called[name] for name in found))[:2]
