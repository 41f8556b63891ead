"""Lists that are made as far as somebody reads them, and kept for the next one who asks the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

KEPT = 12
Part = TypeVar("Part")


class _Found(Generic[Part]):
    """What an iterator gave so far, and the iterator."""

    def __init__(self, made: Iterator[Part]) -> None:
        self.made = made
        self.found: list[Part] = []
        self.ended_early = False

    def __iter__(self) -> Iterator[Part]:
        for number in itertools.count():
            if number == len(self.found):
                try:
                    more = list(itertools.islice(self.made, 1))
                except BaseException:
                    self.ended_early = True
                    raise
                if not more:
                    return
                self.found += more
            yield self.found[number]


class MadeOnce(threading.local, Generic[Part]):
    """The lists asked for last, of one thread."""

    def __init__(self) -> None:
        self.known: dict[Hashable, _Found[Part]] = {}

    def of(self, asked: Hashable, made: Callable[[], Iterator[Part]]) -> Iterable[Part]:
        """What `made` gives, which is the same for the same that is `asked`. What it raises ends it for this time."""
        if asked in self.known and self.known[asked].ended_early:
            del self.known[asked]
        if asked not in self.known:
            if len(self.known) == KEPT:
                del self.known[next(iter(self.known))]
            self.known[asked] = _Found(made())
        return self.known[asked]
