"""The class list: who is in the class, read from a CSV of any usual shape, the LMSs' own exports included."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import UserError
from grader.people.identity import Identity, plain, spellings
from grader.people.resolve import close_to
from grader.spreadsheets import read_sheet

_HEADS = {
    "id": "id, student id, sid, sis user id, orgdefinedid, id number, identifier, student number, "
    "matriculation number, integration id, matrikelnummer, id-nummer, numéro d'identification, número de id",
    "login": "username, user name, login, login id, sis login id, netid, user",
    "email": "email, e-mail, email address, e-mail address, e-mail-adresse, adresse de courriel, dirección de correo",
    "name": "name, student, student name, full name, vollständiger name, nom complet, nombre completo",
    "first": "first name, firstname, given name, vorname, prénom, nombre, nome, voornaam",
    "last": "last name, lastname, surname, family name, nachname, nom, apellido(s), apellidos, cognome, achternaam",
    "group": "group, team, groups, gruppe, groupe, grupo",
    "section": "section, sections",
}
HEADS = {kind: tuple(names.split(", ")) for kind, names in _HEADS.items()}


class RosterError(UserError):
    """A roster cannot be used. The message is for the TA."""


@dataclass(frozen=True)
class Person:
    """Someone in the class. `ids` are theirs alone; `line` is where the roster has them."""

    name: str
    ids: tuple[str, ...]
    group: str = ""
    section: str = ""
    line: int = 0

    @property
    def label(self) -> str:
        """How messages name the person."""
        return f"{self.name} ({self.ids[0]})" if self.name and self.ids else self.name or self.ids[0]


@dataclass(frozen=True)
class Roster:
    """Everybody in the class; empty if none was given."""

    people: tuple[Person, ...] = ()
    _by_id: Mapping[str, tuple[Person, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, people: Sequence[Person]) -> Roster:
        """A roster of these people."""
        by_id: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            for key in {plain(text) for text in person.ids}:
                by_id[key].append(person)
        return cls(tuple(people), {key: tuple(found) for key, found in by_id.items()})

    def known_as(self, ids: frozenset[str]) -> list[Person]:
        """The people who have one of these ids."""
        return list(dict.fromkeys(person for key in sorted(ids) for person in self._by_id.get(key, ())))

    def find(self, identity: Identity) -> list[Person]:
        """Who a student is: by id, else by name; several if that is unclear, all members of a group."""
        if found := self.known_as(identity.ids):
            return found
        group = plain(identity.origin.name) if identity.origin is not None else plain(identity.student)
        if members := [person for person in self.people if person.group and plain(person.group) == group]:
            return members
        return [person for person in self.people if spellings(person.name) & identity.names]

    def check(self, students: Sequence[Identity]) -> RosterCheck:
        """Compare with those who handed in."""
        present: set[Person] = set()
        unknown, unclear = [], []
        for student in students:
            found = self.find(student)
            together = len({plain(person.group) for person in found}) == 1 and bool(found[0].group)
            if not found:
                unknown.append(student.student)
            elif len(found) > 1 and not together and len(student.origin.members if student.origin else ()) < 2:
                unclear.append(f"{student.student}: {' or '.join(person.label for person in found)}")
            present.update(found)
        missing = [person.label for person in self.people if person not in present]
        twice = [
            f"{found[0].label}: lines {' and '.join(str(person.line) for person in found)}"
            for found in dict.fromkeys(self._by_id.values())
            if len(found) > 1
        ]
        return RosterCheck(tuple(missing), tuple(unknown), tuple(twice), tuple(unclear))


@dataclass(frozen=True)
class RosterCheck:
    """Who has handed in nothing, who is not on the roster, who is on it twice, who could be several people."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]
    unclear: tuple[str, ...]

    def lines(self) -> list[str]:
        """One line for each person."""
        return [
            *(f"nothing handed in: {name}" for name in self.missing),
            *(f"not on the roster: {name}{self._near(name)}" for name in self.unknown),
            *(f"on the roster twice: {name}" for name in self.twice),
            *(f"could be several people: {name}" for name in self.unclear),
        ]

    def _near(self, name: str) -> str:
        """Whom somebody unknown may be, of those who handed in nothing."""
        near = close_to(name, self.missing)
        return f"; hint: did you mean {' or '.join(near)}?" if near else ""


def read_roster(path: Path) -> Roster:
    """Read a table of people. Raises SheetError for what is none, RosterError for one with neither ids nor names."""
    table = read_sheet(path)
    reader = csv.reader(io.StringIO(table.text, newline=""), delimiter=table.delimiter)
    columns = _columns(next(reader, []))
    if not columns.keys() & {"id", "login", "email", "name", "last"}:
        raise RosterError(f"{path}: expected columns such as name, id, username, email; found {table.header or 'none'}")
    people = [_person(row, columns, reader.line_num + table.first_line - 1) for row in reader]
    return Roster.of([person for person in people if person is not None])


def _columns(header: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(header):
        for kind, heads in HEADS.items():
            if name.strip().lower() in heads:
                found[kind].append(at)
    return dict(found)


def _person(row: Sequence[str], columns: Mapping[str, Sequence[int]], line: int) -> Person | None:
    def cells(kind: str) -> list[str]:
        found = [row[at].strip().lstrip("#") for at in columns.get(kind, ()) if at < len(row)]
        return [cell for cell in found if cell]

    name = " ".join([*cells("first"), *cells("last")]) or next(iter(cells("name")), "")
    ids = [*cells("id"), *cells("login"), *cells("email")]
    if name.startswith("Points Possible") or not (name or ids):
        return None
    numbers = [text.split()[-1] for text in ids if text.split()[-1].isdecimal() and " " in text]  # Participant 123
    local = [email.partition("@")[0] for email in cells("email")]
    group, section = (next(iter(cells(kind)), "") for kind in ("group", "section"))
    return Person(name, tuple(dict.fromkeys([*ids, *numbers, *local])), group, section, line)
