"""Which definitions are in force when a script makes a call: a class may be defined again further down, or in a cell
that was run later.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .. import needed, source
from .script_trees import ScriptTree


def left_out(tree: ScriptTree, place: int) -> frozenset[int]:
    """Places of top-level statements that are not in force at the statement at `place`, as another one is in its stead.

    What defines anew, or changes, what functions and classes need counts from when it ran: cells by their execution
    counts where those of all versions are saved, else in their order.
    """
    found: set[int] = set()
    for places in _versions(tree).values():
        order = _order(tree, [*places, place])
        before = [one for one in places if order[one] < order[place]]
        if not before:
            continue
        found |= {one for one in places if order[one] > order[place]}
        latest = max(before, key=lambda one: order[one])
        found |= {one for one in before if one > latest and _defines(tree, one) and _defines(tree, latest)}
    return frozenset(found - {place})


def _defines(tree: ScriptTree, place: int) -> bool:
    return isinstance(tree.body[place], ast.FunctionDef | ast.ClassDef)


def _versions(tree: ScriptTree) -> Mapping[str, list[int]]:
    """By name that definitions need, the statements that give it a value or change it, where there are several."""
    flow = needed.flow([tree])
    found: dict[str, list[int]] = {}
    for place, node in enumerate(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        changed = source.defined(node) if isinstance(node, needed.Definition) else flow.changed(node) | _inner(node)
        for name in changed & flow.needed:
            found.setdefault(name, []).append(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def _inner(node: ast.stmt) -> set[str]:
    """Names of the functions and classes that a loop or a condition defines."""
    if isinstance(node, needed.Definition):
        return {node.name}
    return {name for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt) for name in _inner(part)}


def _order(tree: ScriptTree, places: list[int]) -> dict[int, tuple[int, int]]:
    """When each of the statements ran."""
    runs = {place: tree.runs[place] if place < len(tree.runs) else None for place in places}
    counts = [run for run in runs.values() if run is not None]
    counted = len(counts) == len(runs)
    return {place: (run if counted and run is not None else 0, place) for place, run in runs.items()}
