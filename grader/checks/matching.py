"""Giving as many as possible an option of their own (Kuhn's algorithm)."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def matched(options: Sequence[Collection[int]]) -> dict[int, int]:
    """By place in `options` one of the options there that no other place has, for as many places as possible."""
    owner: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for option in sorted(set(options[row]) - tried):
            tried.add(option)
            if option not in owner or place(owner[option], tried):
                owner[option] = row
                return True
        return False

    for row in range(len(options)):
        place(row, set())
    return {row: option for option, row in owner.items()}
