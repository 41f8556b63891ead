"""A submission's scripts as syntax trees: which classes they call with what, outside of the classes themselves."""

from __future__ import annotations

import ast
import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inside import source
from inside.loading import Deadline

MAX_FILES, MAX_CALLS, MAX_DEPTH = 40, 200, 12
EVALUATION_S = 5.0
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Unknown(Exception):
    """An expression whose value cannot be told without running the script."""


@dataclass(frozen=True)
class Scope:
    """What names mean around a call: the script's globals, and what it would assign if it ran, innermost first."""

    namespace: Mapping[str, Any]
    assigned: Sequence[Mapping[str, ast.expr]] = ()
    options: Mapping[str, ast.expr] = field(default_factory=dict)
    body: Sequence[ast.stmt] = ()  # the statements that the innermost names are assigned in

    def before(self, call: ast.Call) -> Scope:
        """As names stand when a call is made: of several values that one is given, the last one above the call."""
        above = [node for node in _statements(self.body) if node.lineno <= call.lineno]
        if not above:
            return self
        innermost, *others = self.assigned
        return replace(self, assigned=[{**innermost, **_assigned(above, nested=False)}, *others])

    def value(self, node: ast.expr, depth: int = 0) -> Any:
        """The value of an expression. Raises Unknown."""
        if depth > MAX_DEPTH:
            raise Unknown
        known = {name: value for name in _names(node) for value in self._named(name, depth)}
        try:
            with Deadline(EVALUATION_S, "cpu"):
                code = compile(ast.Expression(node), "<argument>", "eval")
                return eval(code, {**self.namespace, **known})  # noqa: S307 - student code, in the sandbox
        except Exception:  # noqa: BLE001 - an expression of the student's may raise anything
            if isinstance(node, ast.Attribute) and node.attr in self.options:  # args.depth
                return self.value(self.options[node.attr], depth + 1)
            raise Unknown from None

    def _named(self, name: str, depth: int) -> Iterator[Any]:
        """The value that a name would have, if that can be told."""
        for names in self.assigned:
            if name in names:
                try:
                    yield self.value(names[name], depth + 1)
                except Unknown:
                    break
                return
        if name in self.namespace:
            yield self.namespace[name]


@dataclass(frozen=True)
class CallSite:
    """A call in a script: which name is called, where, and what the arguments would be."""

    node: ast.Call
    file: str
    scope: Scope
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


class Program(ast.Module):
    """A script, or all cells of a notebook; `runs` holds the execution count of each statement's cell."""

    runs: list[int | None]


def trees(folder: Path) -> dict[str, Program]:
    """What can be parsed of every script and notebook below a folder, by path."""
    found = {}
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".py", ".ipynb") and path.is_file())
    for path in files[:MAX_FILES]:
        name = str(path.relative_to(folder))
        with contextlib.suppress(source.SourceError):
            found[name] = program(source.chunks(name, path.read_bytes()))
    return found


def program(chunks: Iterable[source.Chunk]) -> Program:
    """The statements of all chunks that can be parsed; their places are those that `loading.load` counts."""
    made = Program([], [])
    made.runs = []
    for chunk in chunks:
        with contextlib.suppress(ValueError, RecursionError, MemoryError):
            body = source.usable(chunk)[0].body
            made.body += body
            made.runs += [chunk.run] * len(body)
    return made


def calls(tree: ast.Module, file: str, wanted: set[str], namespace: Mapping[str, Any]) -> list[CallSite]:
    """The calls of the wanted names outside the classes of that name and outside other networks' classes."""
    script, options, found = _Script(tree, file, wanted), _options(tree), []
    whole = _assigned(tree.body)
    for place, node in enumerate(tree.body):
        reached = reached_at(tree, place)
        before = _assigned(tree.body[:reached]) | _assigned(tree.body[reached : reached + 1])
        scope = Scope(namespace, [whole | before], options)
        found += [replace(site, place=reached) for site in script.calls(ast.Module([node], []), scope)]
        if len(found) >= MAX_CALLS:
            break
    return found[:MAX_CALLS]


def reached_at(tree: ast.Module, place: int) -> int:
    """The place of the top-level statement that makes the one at `place` run: the first that calls a function."""
    node = tree.body[place]
    if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return place
    callers, known = {node.name}, set[str]()
    while callers != known:  # functions that call it, and those that call them
        known = set(callers)
        callers |= {
            other.name
            for other in tree.body
            if isinstance(other, (*_FUNCTIONS, ast.ClassDef)) and _names(other) & known
        }
    return next(
        (
            number
            for number, other in enumerate(tree.body)
            if not isinstance(other, (*_FUNCTIONS, ast.ClassDef)) and _names(other) & callers
        ),
        len(tree.body),
    )


@dataclass(frozen=True)
class _Script:
    tree: ast.Module
    file: str
    wanted: set[str]

    def calls(self, node: ast.AST, scope: Scope, owner: str = "") -> Iterator[CallSite]:
        """Below a node; `owner` is the class around it."""
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.ClassDef) and (part.name in self.wanted or has_forward(part)):
                continue  # a network's own parts
            inner = scope
            if isinstance(part, _FUNCTIONS):
                own = _parameters(part) | self._passed(part, owner, scope) | _assigned(part.body)
                inner = Scope(scope.namespace, [own, *scope.assigned], scope.options, part.body)
            elif isinstance(part, ast.If | ast.With | ast.Try) and not scope.body:
                inner = replace(scope, body=[part])
            if isinstance(part, ast.Call):
                site = CallSite(part, self.file, inner.before(part))
                if site.name in self.wanted:
                    yield site
            yield from self.calls(part, inner, part.name if isinstance(part, ast.ClassDef) else owner)

    def _passed(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, owner: str, scope: Scope
    ) -> dict[str, ast.expr]:
        """What the script's first call of a function passes to it, by parameter name."""
        name = owner if function.name == "__init__" else function.name
        names = [part.arg for part in (*function.args.posonlyargs, *function.args.args)][bool(owner) :]
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and CallSite(call, self.file, scope).name == name:
                found = dict(zip(names, itertools.takewhile(_is_plain, call.args), strict=False))
                found |= {part.arg: part.value for part in call.keywords if part.arg}
                found = {key: _outside(key, value, scope) for key, value in found.items()}
                return {key: value for key, value in found.items() if key not in _names(value)}
        return {}


def _outside(name: str, value: ast.expr, scope: Scope) -> ast.expr:
    """What a variable that is passed under its own name is outside of the function."""
    if not isinstance(value, ast.Name) or value.id != name:
        return value
    return next((names[name] for names in scope.assigned if name in names), value)


def _is_plain(argument: ast.expr) -> bool:
    return not isinstance(argument, ast.Starred)


def has_forward(kind: ast.ClassDef) -> bool:
    """Whether a class is written like a network."""
    return any(isinstance(node, ast.FunctionDef) and node.name == "forward" for node in kind.body)


def _parameters(function: ast.AST) -> dict[str, ast.expr]:
    """Default values by parameter name."""
    arguments = function.args  # type: ignore[attr-defined]
    positional = [*arguments.posonlyargs, *arguments.args]
    found = {part.arg: value for part, value in zip(positional[::-1], arguments.defaults[::-1], strict=False)}
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {part.arg: value for part, value in named if value is not None}


def _assigned(body: Sequence[ast.stmt], *, nested: bool = True) -> dict[str, ast.expr]:
    """What the statements assign to plain names, functions and classes left out; of a loop, its first value."""
    found: dict[str, ast.expr] = {}
    for node in _statements(body) if nested else body:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    found |= _pairs(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case ast.For(target=target, iter=iterated):
                found |= _pairs(target, _first(iterated))
    return found


def _pairs(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        pairs = zip(target.elts, value.elts, strict=False)
        return {name: part for one, other in pairs for name, part in _pairs(one, other).items()}
    if isinstance(target, ast.Tuple | ast.List):
        parts = {index: part for index, part in enumerate(target.elts) if isinstance(part, ast.Name)}
        return {part.id: _item(value, index) for index, part in parts.items()}
    return {}


def _first(iterated: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name("next", ast.Load()), [ast.Call(ast.Name("iter", ast.Load()), [iterated], [])], [])
    return ast.fix_missing_locations(call)


def _item(value: ast.expr, index: int) -> ast.expr:
    return ast.fix_missing_locations(ast.Subscript(value, ast.Constant(index), ast.Load()))


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, name, []))


def _options(tree: ast.Module) -> dict[str, ast.expr]:
    """The defaults of a command line's options, by the name that the script reads."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            flags = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            default = next((part.value for part in node.keywords if part.arg == "default"), None)
            if flags and default is not None:
                found[max(flags, key=len).lstrip("-").replace("-", "_")] = default
    return found


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
