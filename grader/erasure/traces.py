"""What a student is called in a folder of results: name, folder, and what the LMS told."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from grader.gradebook.erasing import KnownOfStudent

SHORTEST_NUMBER = 5  # digits; a shorter number is found everywhere
ERASED = "[erased]"
DATABASE = b"SQLite format 3\0"
_WORD = rb"[0-9A-Za-z_\x80-\xff]"


@dataclass(frozen=True)
class Traces:
    """All that a student is called; `known` is what the gradebook tells of them."""

    known: KnownOfStudent

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Names, folders, logins, ids and e-mail addresses; the longest first, so that none is erased in part."""
        found = {self.known.student, *self.known.folders}
        for origin in self.known.origins:
            found |= {origin.user, origin.name, origin.place}
            for member in origin.members:
                found |= {member.name, member.id, member.email, member.email.partition("@")[0]}
        return tuple(sorted(filter(_tells, found), key=lambda word: (-len(word), word)))

    @cached_property
    def group(self) -> tuple[str, ...]:
        """The names of those who handed in together, if several did."""
        names = {member.name or member.id for origin in self.known.origins for member in origin.members}
        return tuple(sorted(names)) if len(names) > 1 else ()

    def without(self, text: str) -> str:
        """The text with `[erased]` in place of each trace."""
        return self._text.sub(ERASED, text)

    def are_in(self, content: bytes) -> bool:
        """Whether a file's bytes hold a trace as a word of its own, however the grader's files write it."""
        if content.startswith(DATABASE):  # its texts follow each other without anything between them
            return self._anywhere.search(content) is not None
        plain = content.replace(b"\0", b"") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else content
        return self._bytes.search(plain) is not None

    def are_in_text(self, text: str) -> bool:
        """Whether a text holds a trace as a word of its own."""
        return self._text.search(text) is not None

    @cached_property
    def _spelled(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way for word in self.words for way in _ways(word)))

    @cached_property
    def _text(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{_any(map(re.escape, self._spelled))})(?!\w)")

    @cached_property
    def _bytes(self) -> re.Pattern[bytes]:
        return re.compile(rb"(?<!" + _WORD + rb")(?:" + self._anywhere.pattern + rb")(?!" + _WORD + rb")")

    @cached_property
    def _anywhere(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(re.escape(way.encode("utf-8", "backslashreplace")) for way in self._spelled))


def _tells(word: str) -> bool:
    """Whether a word can be looked for: a single letter or a short number is found everywhere."""
    return len(word) >= SHORTEST_NUMBER or (len(word) > 1 and any(letter.isalpha() for letter in word))


def _ways(word: str) -> tuple[str, ...]:
    """A word as text, HTML, JSON and addresses have it, however its letters are composed."""
    composed = [unicodedata.normalize(form, word) for form in ("NFC", "NFD")]
    return tuple(way for one in (word, *composed) for way in (one, html.escape(one), json.dumps(one)[1:-1], quote(one)))


def _any(patterns: Iterable[str]) -> str:
    return "|".join(patterns)
