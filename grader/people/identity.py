"""Match a name or id from a roster, extensions file or LMS export to one student: ids first, then unique names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from grader.submission import Origin

# The ids in Brightspace's and Gradescope's downloads are those of submissions.
_PEOPLE = frozenset({"canvas", "moodle", "blackboard"})


@dataclass(frozen=True)
class Identity:
    """A student as graded: the name in the gradebook and what an LMS told of them."""

    student: str
    origin: Origin | None = None

    @property
    def ids(self) -> frozenset[str]:
        """What belongs to this student alone."""
        found = [self.student]
        if self.origin is not None:
            if self.origin.lms in _PEOPLE:
                found.append(self.origin.user)
            for member in self.origin.members:
                found += [member.id, member.email, member.email.partition("@")[0]]
        return frozenset(plain(text) for text in found if text)

    @property
    def names(self) -> frozenset[str]:
        """What others may be called too."""
        found = [self.student]
        if self.origin is not None:
            found += [self.origin.name, *(member.name for member in self.origin.members)]
        return frozenset(spelling for text in found for spelling in spellings(text))


def plain(text: str) -> str:
    """Without regard to case and to how letters are composed."""
    return unicodedata.normalize("NFC", text).casefold().strip()


def spellings(name: str) -> frozenset[str]:
    """A name's words in each order that only turns them round: what `Doe, Jane`, `Jane Doe` and `doejane` share."""
    words = [word for word in re.split(r"[\W_]+", plain(name)) if word]
    return frozenset("".join(words[at:] + words[:at]) for at in range(len(words)))


def matching(wanted: str, students: Sequence[Identity]) -> list[Identity]:
    """The students that `wanted` can mean; more than one if it is a name that several have."""
    by_id = [one for one in students if plain(wanted) in one.ids]
    return by_id or [one for one in students if spellings(wanted) & one.names]
