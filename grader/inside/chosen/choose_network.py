"""The network that is meant, among all that a submission's scripts make or could make."""

from __future__ import annotations

import ast
import contextlib
import functools
import types
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from .call_sites import CallSite, calls, has_forward
from .in_force import left_out
from .makers import Trees, makers, namespaces
from .meant_network import MeantNetwork
from .names_at import Unknown
from .script_trees import ScriptTree, script_trees
from .skip_sums import count_sums
from .ways_to_make import NetworkWay, filled, measure

MAX_BUILDS, MAX_VERSIONS, MAX_COUNTED = 40, 8, 8
Choice = tuple[NetworkWay | None, list[NetworkWay]]


def choose(session: Any, meant: MeantNetwork) -> Choice:
    """The network that is meant, and all that were looked at."""
    if not hasattr(session, "chosen_networks"):
        session.chosen_networks = {}
    known: dict[MeantNetwork, Choice] = session.chosen_networks
    if meant not in known:
        known[meant] = _choose(session, meant)
    return known[meant]


def _choose(session: Any, meant: MeantNetwork) -> Choice:
    trees = script_trees(Path.cwd())
    made = dict(makers(session, trees, meant))
    ways = [*_called(session, trees, made, meant), *_uncalled(made, meant), *_objects(session.main_names)]
    found = ways[:MAX_BUILDS]
    for way in found:
        measure(way, session.request["seed"], meant.shape)
    inner = {part for way in found for part in way.parts}
    whole = [one for one in found if getattr(one.source, "__name__", one.name) not in inner] or found
    for way in _as_likely(whole, meant):
        count_sums(way, session.request["seed"], meant.shape)
    best = max(whole, key=lambda one: one.rank(meant), default=None)
    if best is None or not meant.is_named(best.name):
        best = next((one for one in found if meant.is_named(one.name) and _is_meant_all_the_same(one, best)), best)
    return best, found


def _as_likely(ways: list[NetworkWay], meant: MeantNetwork) -> list[NetworkWay]:
    """Those of which no name or call says which one is meant; none where one is, or all are one class."""
    most = max((one.likely(meant) for one in ways), default=())
    found = [one for one in ways if one.likely(meant) == most and one.error is None][:MAX_COUNTED]
    return found if len({one.name for one in found}) > 1 else []


def _is_meant_all_the_same(way: NetworkWay, best: NetworkWay | None) -> bool:
    """Whether one that cannot be made is meant: for want of a package, or as the scripts make it and not the other."""
    return way.lacks_package or (way.called and not (best is not None and best.called))


def undefined(session: Any, meant: MeantNetwork) -> str | None:
    """The class of the homework's network, if the scripts have one that could not be defined."""
    trees = script_trees(Path.cwd())
    if lost := next((name for name in sorted(session.broken) if meant.is_named(name)), None):
        return str(lost)
    kinds = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    wanted = [kind.name for kind in kinds if meant.is_named(kind.name) and has_forward(kind)]
    known = {name for name, _ in makers(session, trees, meant)}
    return None if known & set(wanted) else next(iter(wanted), None)


def _called(session: Any, trees: Trees, made: Mapping[str, Any], meant: MeantNetwork) -> Iterator[NetworkWay]:
    for file, tree in trees.items():
        if meant.is_of_course(file):
            continue
        names = {**session.main_names, **namespaces(session, trees, meant)[file]}
        for site in calls(tree, file, set(made), names):
            at_call = replace(site, scope=replace(site.scope, namespace={**names, **_in_force(session, tree, site)}))
            args, kwargs, unknown = at_call.arguments()
            source = _meant(at_call, made)
            how = f"{site.words()}{_values(at_call, args, kwargs)}"
            given = filled(source, args, kwargs, meant)
            yield NetworkWay(site.name, source, args, given, how, called=True, unknown=unknown)


def _in_force(session: Any, tree: ScriptTree, site: CallSite) -> dict[str, Any]:
    """The file's names as they were when a call was made, if some were given another meaning later."""
    later = left_out(tree, site.place)
    if not later:
        return {}
    if not hasattr(session, "chosen_versions"):
        session.chosen_versions = {}
    versions: dict[Any, dict[str, Any]] = session.chosen_versions
    if (site.file, later) not in versions and len(versions) < MAX_VERSIONS:
        versions[site.file, later] = session.load_file(site.file, later).namespace
    return versions.get((site.file, later), {})


def _meant(site: CallSite, made: Mapping[str, Any]) -> Any:
    """The class or function that a call means where it stands."""
    with contextlib.suppress(Unknown):
        value = site.scope.value(site.node.func)
        is_network = isinstance(value, type) and issubclass(value, nn.Module)
        if is_network or isinstance(value, types.FunctionType | functools.partial):
            return value
    return made[site.name]


def _values(site: CallSite, args: list[Any], kwargs: Mapping[str, Any]) -> str:
    """What the arguments come to, where the call does not say it: `, depth = 8` after `Net(depth=args.depth)`."""
    plain = {ast.unparse(node) for node in (*site.node.args, *(part.value for part in site.node.keywords))}
    given = [("", value) for value in args] + list(kwargs.items())
    told = [
        f"{name} = {value!r}".removeprefix(" = ")
        for name, value in given
        if type(value) in (int, float, bool, str) and repr(value) not in plain
    ]
    return f", {', '.join(told)[:120]}" if told else ""


def _uncalled(made: Mapping[str, Any], meant: MeantNetwork) -> Iterator[NetworkWay]:
    for name, source in made.items():
        if not meant.is_course_module(str(getattr(source, "__module__", "")).split(".")[0]):
            yield NetworkWay(name, source, [], filled(source, [], {}, meant, counts=True))


def _objects(namespace: Mapping[str, Any]) -> Iterator[NetworkWay]:
    """Networks without a class or function of their own: `net = nn.Sequential(…)` at the top of a script."""
    for name, value in list(namespace.items()):
        if issubclass(type(value), nn.Sequential) and type(value) is nn.Sequential:
            yield NetworkWay(name, value, how=f"the object {name}", called=True)
