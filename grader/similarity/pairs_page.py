"""A page on which pairs of programs stand side by side. It loads nothing, runs nothing, and shows code as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.report.page.template import render
from grader.similarity.ranking import Match, Pair, Ranking
from grader.similarity.submitted_code import Program, ProgramLine

AROUND, MOST_ROWS, MOST_CHARS = 2, 600, 300
FEW = 3  # programs of a class that hold a line: more, and it says little


@dataclass(frozen=True)
class SideRow:
    """A line of code, or `gap` lines that are left out. `sign` is empty where the other program has no such line."""

    where: str = ""
    number: int = 0
    text: str = ""
    sign: str = ""
    gap: int = 0


def page(ranking: Ranking, title: str, left_out: Sequence[str], *, shown: int) -> str:
    """The HTML of the page. `left_out` says in words what was taken off before programs were compared."""
    pairs = [_pair(number, pair, ranking) for number, pair in enumerate(ranking.pairs[:shown], start=1)]
    names = [[ranking.programs[place].student for place in group] for group in ranking.groups()]
    return render(
        "similar.html.j2",
        title=title,
        students=len(ranking.programs),
        compared=f"{ranking.compared:,}",
        left_out=list(left_out),
        pairs=pairs,
        groups=names,
    )


def _pair(number: int, pair: Pair, ranking: Ranking) -> dict[str, object]:
    one, other = ranking.programs[pair.one], ranking.programs[pair.other]
    return {
        "number": number,
        "score": f"{pair.score:.2f}",
        "one": one.student,
        "other": other.student,
        "lines": f"{len(pair.left)} and {len(pair.right)}",
        "alone": sum(match.holders == 2 for match in pair.left),
        "sides": ((one.student, _side(one, pair.left)), (other.student, _side(other, pair.right))),
    }


def _side(program: Program, matches: Sequence[Match]) -> list[SideRow]:
    holders = {match.line: match.holders for match in matches}
    near = {line + step for line in holders for step in range(-AROUND, AROUND + 1)}
    return list(_rows(program.lines, holders, near))[:MOST_ROWS]


def _rows(lines: Sequence[ProgramLine], holders: dict[int, int], near: set[int]) -> Iterator[SideRow]:
    gap = 0
    for place, line in enumerate(lines):
        if place not in near:
            gap += 1
            continue
        if gap:
            yield SideRow(gap=gap)
            gap = 0
        text = line.text.expandtabs(4)[:MOST_CHARS]
        yield SideRow(line.where, line.number, text, _sign(holders.get(place)))
    if gap:
        yield SideRow(gap=gap)


def _sign(holders: int | None) -> str:
    if holders is None:
        return ""
    return "alone" if holders == 2 else "few" if holders <= FEW else "many"
