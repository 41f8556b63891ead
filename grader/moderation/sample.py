"""Which marks are looked at twice, and how many it takes to see that somebody is stricter."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from statistics import NormalDist

from grader.gradebook.moderation import FirstMark, drawn_marks, first_marks, insert_drawn
from grader.gradebook.store import Gradebook

BIAS, POWER, LEVEL = 0.05, 0.9, 0.05
SPREAD = 0.12  # of two people's marks for the same work, as a share of the points, where nothing is known yet


def proposed(spread: float = SPREAD, *, bias: float = BIAS, power: float = POWER) -> int:
    """How many double marks each marker needs so that a bias of that share of the points is found with that power.

    `spread` is the standard deviation of the differences between two markers. The test is two-sided at 5 %: the normal
    approximation, and half a squared quantile more for the t-distribution.
    """
    level, found = NormalDist().inv_cdf(1 - LEVEL / 2), NormalDist().inv_cdf(power)
    return max(5, math.ceil(((level + found) * max(spread, 0.0) / bias) ** 2 + level**2 / 2))


def draw(
    book: Gradebook, *, author: str, seed: int, each: int | None = None, criteria: Sequence[str] = ()
) -> list[FirstMark]:
    """Draw marks by a person for a second mark, so many of each marker as `each` says (as `proposed` says without it),
    and keep which ones. What was drawn before stays drawn and counts; of fewer marks all are taken.
    """
    before = drawn_marks(book).values()
    taken = {one.id for one in before}
    by_marker: dict[str, list[FirstMark]] = defaultdict(list)
    for one in first_marks(book):
        if not criteria or one.criterion in criteria:
            by_marker[one.author].append(one)
    wanted = proposed() if each is None else each
    found: list[FirstMark] = []
    for marker in sorted(by_marker):
        random = Random(f"{seed} {marker}")  # noqa: S311 - the same draw again with the same seed
        left = [one for one in by_marker[marker] if one.id not in taken]
        need = wanted - sum(one.author == marker and (not criteria or one.criterion in criteria) for one in before)
        found += random.sample(left, min(max(need, 0), len(left)))
    found.sort(key=lambda one: one.id)
    if found:
        insert_drawn(book, found, seed, author)
    return found
