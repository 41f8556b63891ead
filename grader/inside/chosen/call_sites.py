"""Which classes and functions a script calls with what, outside of the classes themselves."""

from __future__ import annotations

import ast
import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .names_at import FUNCTIONS, NamesAt, Unknown, assigned_by, defaults_of, names_in, options_of

MAX_CALLS = 200


@dataclass(frozen=True)
class CallSite:
    """A call in a script: which name is called, where, and what the arguments would be."""

    node: ast.Call
    file: str
    scope: NamesAt
    place: int = 0  # of the top-level statement that makes it

    @property
    def name(self) -> str:
        """`BMEnet` for `dls.BMEnet(…)`, `networks["bme"](…)` and `Network(…)` after `Network = BMEnet`."""
        function = self.node.func
        known = isinstance(function, ast.Name) and any(function.id in names for names in self.scope.assigned)
        if known or isinstance(function, ast.Subscript):
            with contextlib.suppress(Unknown):
                return str(getattr(self.scope.value(function), "__name__", ""))
        return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")

    def words(self) -> str:
        """The call as it is written, and where."""
        return f"{ast.unparse(self.node)[:160]} in {self.file}, line {self.node.lineno}"

    def arguments(self) -> tuple[list[Any], dict[str, Any], list[str]]:
        """Positional and named arguments, and the names of those whose value cannot be told."""
        args: list[Any] = []
        unknown: list[str] = []
        for node in self.node.args:
            try:
                value = self.scope.value(node.value if isinstance(node, ast.Starred) else node)
            except Unknown:
                unknown.append(ast.unparse(node)[:80])
                break  # what follows would take its place
            args += list(value) if isinstance(node, ast.Starred) else [value]
        kwargs: dict[str, Any] = {}
        for keyword in self.node.keywords:
            try:
                value = self.scope.value(keyword.value)
            except Unknown:
                unknown.append(str(keyword.arg))
                continue
            kwargs |= {keyword.arg: value} if keyword.arg else dict(value)
        return args, kwargs, unknown


def calls(tree: ast.Module, file: str, wanted: set[str], namespace: Mapping[str, Any]) -> list[CallSite]:
    """The calls of the wanted names outside the classes of that name and outside other networks' classes."""
    script, options, found = _Script(tree, file, wanted), options_of(tree), []
    whole = assigned_by(tree.body)
    for place, node in enumerate(tree.body):
        reached = reached_at(tree, place)
        before = assigned_by(tree.body[:reached]) | assigned_by(tree.body[reached : reached + 1])
        scope = NamesAt(namespace, [whole | before], options)
        found += [replace(site, place=reached) for site in script.calls(ast.Module([node], []), scope)]
        if len(found) >= MAX_CALLS:
            break
    return found[:MAX_CALLS]


def reached_at(tree: ast.Module, place: int) -> int:
    """The place of the top-level statement that makes the one at `place` run: the first that calls a function."""
    node = tree.body[place]
    if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return place
    callers, known = {node.name}, set[str]()
    while callers != known:  # functions that call it, and those that call them
        known = set(callers)
        callers |= {
            other.name
            for other in tree.body
            if isinstance(other, (*FUNCTIONS, ast.ClassDef)) and names_in(other) & known
        }
    return next(
        (
            number
            for number, other in enumerate(tree.body)
            if not isinstance(other, (*FUNCTIONS, ast.ClassDef)) and names_in(other) & callers
        ),
        len(tree.body),
    )


@dataclass(frozen=True)
class _Script:
    tree: ast.Module
    file: str
    wanted: set[str]

    def calls(self, node: ast.AST, scope: NamesAt, owner: str = "") -> Iterator[CallSite]:
        """Below a node; `owner` is the class around it."""
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.ClassDef) and (part.name in self.wanted or has_forward(part)):
                continue  # a network's own parts
            inner = scope
            if isinstance(part, FUNCTIONS):
                own = defaults_of(part) | self._passed(part, owner, scope) | assigned_by(part.body)
                inner = NamesAt(scope.namespace, [own, *scope.assigned], scope.options, part.body)
            elif isinstance(part, ast.If | ast.With | ast.Try) and not scope.body:
                inner = replace(scope, body=[part])
            if isinstance(part, ast.Call):
                site = CallSite(part, self.file, inner.before(part))
                if site.name in self.wanted:
                    yield site
            yield from self.calls(part, inner, part.name if isinstance(part, ast.ClassDef) else owner)

    def _passed(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, owner: str, scope: NamesAt
    ) -> dict[str, ast.expr]:
        """What the script's first call of a function passes to it, by parameter name."""
        name = owner if function.name == "__init__" else function.name
        names = [part.arg for part in (*function.args.posonlyargs, *function.args.args)][bool(owner) :]
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and CallSite(call, self.file, scope).name == name:
                found = dict(zip(names, itertools.takewhile(_is_plain, call.args), strict=False))
                found |= {part.arg: part.value for part in call.keywords if part.arg}
                found = {key: _outside(key, value, scope) for key, value in found.items()}
                return {key: value for key, value in found.items() if key not in names_in(value)}
        return {}


def _outside(name: str, value: ast.expr, scope: NamesAt) -> ast.expr:
    """What a variable that is passed under its own name is outside of the function."""
    if not isinstance(value, ast.Name) or value.id != name:
        return value
    return next((names[name] for names in scope.assigned if name in names), value)


def _is_plain(argument: ast.expr) -> bool:
    return not isinstance(argument, ast.Starred)


def has_forward(kind: ast.ClassDef) -> bool:
    """Whether a class is written like a network."""
    return any(isinstance(node, ast.FunctionDef) and node.name == "forward" for node in kind.body)
