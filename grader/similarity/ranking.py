"""All pairs of a class, the most alike first: what two programs share counts the more, the fewer others have it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from grader.similarity.fingerprints import Fingerprints, fingerprints
from grader.similarity.submitted_code import Program

LITTLE = 0.25  # of the class's median weight: a program that adds less to the template is alike to everybody's
RELATED = 0.8  # from here on a pair joins its students into a group
MOST_PAIRS = 100_000


@dataclass(frozen=True)
class Match:
    """A line that both programs of a pair hold, and how many programs of the class do."""

    line: int
    holders: int


@dataclass(frozen=True)
class Pair:
    """Two students, by their places among the programs. `score` is 1 for the same program, 0 for nothing in common.

    `left` and `right` are the lines that both hold, by their places in each program's `lines`.
    """

    one: int
    other: int
    score: float
    left: tuple[Match, ...] = ()
    right: tuple[Match, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """The pairs of a class with something in common, the most alike first."""

    programs: tuple[Program, ...]
    pairs: tuple[Pair, ...]
    compared: int

    def groups(self, least: float = RELATED) -> list[list[int]]:
        """Places of students who are joined by pairs with at least such a score; the largest group first."""
        near = [pair for pair in self.pairs if pair.score >= least]
        if not near:
            return []
        size = len(self.programs)
        rows, columns = [pair.one for pair in near], [pair.other for pair in near]
        joined = sparse.coo_array((np.ones(len(near)), (rows, columns)), shape=(size, size))
        _, labels = sparse.csgraph.connected_components(joined, directed=False)
        found: dict[int, list[int]] = {}
        for place, label in enumerate(labels):
            found.setdefault(int(label), []).append(place)
        return sorted((group for group in found.values() if len(group) > 1), key=lambda group: (-len(group), group))


def ranked(programs: Sequence[Program], known: Sequence[Program] = (), *, shown: int = 20) -> Ranking:
    """All pairs of programs by how alike they are. What `known` programs hold counts for nothing: the starter, official
    solutions, work of earlier years.

    The score is the cosine of two programs' fingerprints, each weighted by log(students / students who have it). The
    first `shown` pairs have their common lines.
    """
    given = {value for one in known for value in fingerprints(one.text).places}
    prints = [fingerprints(program.text) for program in programs]
    table, holders = _table(prints, given)
    weights = np.log(max(len(programs), 1) / np.maximum(holders, 1)) if len(programs) > 2 else np.ones(len(holders))
    pairs = _pairs(table.multiply(weights[np.newaxis, :]).tocsr(), table)
    count = dict(zip(_values(prints, given), holders.tolist(), strict=True))
    told = [_matched(pair, prints, count) for pair in pairs[:shown]]
    return Ranking(tuple(programs), (*told, *pairs[shown:]), len(programs) * (len(programs) - 1) // 2)


def _values(prints: Sequence[Fingerprints], given: Collection[int]) -> list[int]:
    """All fingerprints that count, in the order of the table's columns."""
    return sorted({value for one in prints for value in one.places if value not in given})


def _table(prints: Sequence[Fingerprints], given: Collection[int]) -> tuple[sparse.csr_array, np.ndarray]:
    """One row for each program, one column for each fingerprint, 1 where it has it; and how many have each."""
    column = {value: place for place, value in enumerate(_values(prints, given))}
    rows = [row for row, one in enumerate(prints) for value in one.places if value in column]
    columns = [column[value] for one in prints for value in one.places if value in column]
    table = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(prints), len(column)))
    return table, np.asarray(table.sum(axis=0)).ravel()


def _pairs(weighted: sparse.csr_array, table: sparse.csr_array) -> list[Pair]:
    own = np.asarray(weighted.sum(axis=1)).ravel()
    least = LITTLE * float(np.median(own)) if len(own) else 0.0
    scale = np.sqrt(np.maximum(own, max(least, 1e-9)))
    shared = sparse.triu(weighted @ table.T, k=1).tocoo()
    scores = shared.data / (scale[shared.row] * scale[shared.col])
    order = np.lexsort((shared.col, shared.row, -scores))[:MOST_PAIRS]
    return [
        Pair(int(shared.row[place]), int(shared.col[place]), float(scores[place]))
        for place in order
        if scores[place] > 0
    ]


def _matched(pair: Pair, prints: Sequence[Fingerprints], count: dict[int, int]) -> Pair:
    """The pair with the lines in which its common fingerprints stand."""
    ours, theirs = prints[pair.one].places, prints[pair.other].places
    both = [value for value in ours if value in theirs and value in count]
    left, right = ({value: found[value] for value in both} for found in (ours, theirs))
    return Pair(pair.one, pair.other, pair.score, _lines(left, count), _lines(right, count))


def _lines(found: dict[int, tuple[tuple[int, int], ...]], count: dict[int, int]) -> tuple[Match, ...]:
    lines: dict[int, int] = {}
    for value, places in found.items():
        for first, last in places:
            for line in range(first, last + 1):
                lines[line] = min(lines.get(line, count[value]), count[value])
    return tuple(Match(line, holders) for line, holders in sorted(lines.items()))
