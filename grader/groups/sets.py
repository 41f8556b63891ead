"""Places joined into sets."""

from __future__ import annotations

from collections import defaultdict


class Sets:
    """Places that are joined into sets."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def of(self, place: int) -> int:
        """The place that stands for the set of this one."""
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, one: int, other: int) -> bool:
        """Make one set of two; False if they are one already."""
        one, other = sorted((self.of(one), self.of(other)))
        self._parent[other] = one
        return one != other

    def all(self) -> list[list[int]]:
        """The sets, each in its order."""
        found: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._parent)):
            found[self.of(place)].append(place)
        return list(found.values())
