"""A class in which copies were planted: verbatim, under other names, in another order, split over cells."""

from __future__ import annotations

from random import Random

from made_up_class import STYLES, TEMPLATE, notebook, own_parts, renamed, script, shuffled, written

from grader.similarity import Program

KINDS = ("verbatim", "renamed", "reordered", "split")
INNOCENT = ("kept", "took")


def planted_class(students: int) -> tuple[list[Program], list[Program]]:
    """The students' programs, and what is known. Most wrote on their own; there is one copy of each of `KINDS`, two
    kept the template, and two took the official solution.
    """
    chance = Random(5)  # noqa: S311
    solution = [written(styles[-1], chance) for styles in STYLES]
    found: list[Program] = []
    for kind in KINDS:
        parts = own_parts(chance)
        found += [script(f"{kind}-a", parts), copied(kind, parts, chance)]
    for letter in "ab":
        found.append(script(f"kept-{letter}", [f"x_{letter} = {len(letter)}"]))
        found.append(script(f"took-{letter}", [*renamed(solution, chance), *own_parts(chance)[-3:]]))
    found += [script(f"s{number:03}", own_parts(chance)) for number in range(students - len(found))]
    chance.shuffle(found)
    return found, [script("starter", []), script("solution", solution, template="")]


def copied(kind: str, parts: list[str], chance: Random) -> Program:
    if kind == "verbatim":
        return script(f"{kind}-b", parts)
    other = renamed(parts, chance)
    if kind == "renamed":
        return script(f"{kind}-b", other)
    if kind == "reordered":
        return script(f"{kind}-b", shuffled(other, chance))
    return notebook(f"{kind}-b", [TEMPLATE, *shuffled(other, chance)])
