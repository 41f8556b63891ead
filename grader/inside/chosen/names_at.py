"""What names mean at a place of a script that is not run, as far as its text tells: constants, options, defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..loading import Deadline

MAX_DEPTH = 12
EVALUATION_S = 5.0
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Unknown(Exception):
    """An expression whose value cannot be told without running the script."""


@dataclass(frozen=True)
class NamesAt:
    """What names mean around a call: the script's globals, and what it would assign if it ran, innermost first."""

    namespace: Mapping[str, Any]
    assigned: Sequence[Mapping[str, ast.expr]] = ()
    options: Mapping[str, ast.expr] = field(default_factory=dict)
    body: Sequence[ast.stmt] = ()  # the statements that the innermost names are assigned in

    def before(self, call: ast.Call) -> NamesAt:
        """As names stand when a call is made: of several values that one is given, the last one above the call."""
        above = [node for node in statements_of(self.body) if node.lineno <= call.lineno]
        if not above:
            return self
        innermost, *others = self.assigned
        return replace(self, assigned=[{**innermost, **assigned_by(above, nested=False)}, *others])

    def value(self, node: ast.expr, depth: int = 0) -> Any:
        """The value of an expression. Raises Unknown."""
        if depth > MAX_DEPTH:
            raise Unknown
        known = {name: value for name in names_in(node) for value in self._named(name, depth)}
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


def defaults_of(function: ast.AST) -> dict[str, ast.expr]:
    """Default values by parameter name."""
    arguments = function.args  # type: ignore[attr-defined]
    positional = [*arguments.posonlyargs, *arguments.args]
    found = {part.arg: value for part, value in zip(positional[::-1], arguments.defaults[::-1], strict=False)}
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {part.arg: value for part, value in named if value is not None}


def assigned_by(body: Sequence[ast.stmt], *, nested: bool = True) -> dict[str, ast.expr]:
    """What the statements assign to plain names, functions and classes left out; of a loop, its first value."""
    found: dict[str, ast.expr] = {}
    for node in statements_of(body) if nested else body:
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


def statements_of(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements and those within them, those of functions and classes left out."""
    for node in body:
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            for name in ("body", "orelse", "finalbody"):
                yield from statements_of(getattr(node, name, []))


def options_of(tree: ast.Module) -> dict[str, ast.expr]:
    """The defaults of a command line's options, by the name that the script reads."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            flags = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            default = next((part.value for part in node.keywords if part.arg == "default"), None)
            if flags and default is not None:
                found[max(flags, key=len).lstrip("-").replace("-", "_")] = default
    return found


def names_in(node: ast.AST) -> set[str]:
    """The plain names in a piece of code."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
