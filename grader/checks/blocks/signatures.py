"""Signatures as a handout writes them: `affine_forward(x, w, b) -> out, cache`; and steps with objects, as Python."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from grader.errors import AssignmentError
from grader.inside.asked.steps_taken import LIBRARIES, kept_at

UNNAMED = "result"  # what a call gives for which a signature has no arrow
_SIGNATURE = re.compile(r"\s*(\w+(?:\.\w+)*)\s*\(([^()]*)\)\s*(?:->\s*(.+?))?\s*")
MAKERS = r"(?:partial|vectorize|compile|jit|vmap|script)"  # what gives a function of another
_CLASS = re.compile(r"[A-Z]\w*[a-z]\w*")
_STEP = re.compile(r"\s*(.+?)\s*(?:->\s*([\w\s,()]+?))?\s*")


@dataclass(frozen=True)
class Signature:
    """A function's, class's or method's name, the names of its arguments, and of its results.

    A step that is no plain call has `code`, an expression or an assignment, and its text as its name.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    code: str = ""

    @property
    def path(self) -> str:
        """What is called: a function, or a method of a value."""
        return self.name.partition("(")[0]

    @property
    def pattern(self) -> str:
        """What a file that defines it holds, be it as `f = lambda x: …`; nothing where that cannot be said."""
        name = self.path.rpartition(".")[2]
        given = rf"""(?m:(?:^|"|\\n){name}[ \t]*=(?=[^=\n]*\blambda\b|[ \t]*(?:\w+\.)*{MAKERS}\())"""
        return "" if self.code else rf"(?:def|class)\s+{name}\b|{given}"

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of values that have to be there: of a method, its object's too."""
        owner, dot, _ = self.path.partition(".")
        return (owner, *self.inputs) if dot and not self.code else self.inputs

    @property
    def called(self) -> frozenset[str]:
        """The names of functions and classes that it calls, methods left aside."""
        if not self.code:
            return frozenset({self.path.partition(".")[0]} if self.is_defined else ())
        calls = (node.func for node in ast.walk(ast.parse(self.code)) if isinstance(node, ast.Call))
        return frozenset(call.id for call in calls if isinstance(call, ast.Name) and not hasattr(builtins, call.id))

    @property
    def assigns(self) -> tuple[str, str] | None:
        """Of `layer.weight = w` the value and its place, `("w", "layer.weight")`."""
        return kept_at(self.code, self.outputs)

    @property
    def is_for_effect(self) -> bool:
        """Whether it is a call for what it does: a method or an expression whose result has no name."""
        if self.outputs:
            return False
        return not self.code or isinstance(ast.parse(self.code).body[0], ast.Expr)

    @property
    def is_defined(self) -> bool:
        """Whether the student's file itself has to define the name."""
        return not self.code and "." not in self.path


def signature(text: str) -> Signature:
    """Raises AssignmentError where a text is no `name(a, b) -> out`; without an arrow the result is called `result`.

    Of methods and expressions without an arrow the result does not matter.
    """
    found = step_of(text)
    if not found.is_defined:
        raise _odd(text)
    return found


def step_of(text: str, made: Container[str] = ()) -> Signature:
    """A signature; or `layer.forward(x) -> out`, `layer.weight -> w`, `layer.weight = w`, `a * b + c.relu() -> d`, with
    names of earlier results (`made`), which may be called, and of `LIBRARIES`. Raises AssignmentError.
    """
    if (found := _SIGNATURE.fullmatch(text)) is not None and _is_plain_call(found, made):
        unnamed = "" if "." in found[1] else UNNAMED
        inputs, outputs = _names(found[2], text), _names((found[3] or unnamed).strip("() "), text)
        return Signature(found[1], inputs, outputs)
    parts = _STEP.fullmatch(text)
    if parts is None:
        raise _odd(text)
    try:
        tree = ast.parse(parts[1])
    except SyntaxError:
        raise _odd(text) from None
    match tree.body:
        case [ast.Expr()]:
            outputs = _names((parts[2] or "").strip("() "), text)
        case [ast.Assign(targets=[ast.Attribute() | ast.Subscript()])] if parts[2] is None:
            outputs = ()
        case _:
            raise _odd(text)
    return Signature(parts[1].replace("/", "\N{DIVISION SLASH}"), _values(parts[1], tree, made), outputs, parts[1])


def steps_of(texts: Iterable[str]) -> tuple[Signature, ...]:
    """Steps, each with a name of its own: a second call of a method is called by its whole text."""
    found: list[Signature] = []
    for text in texts:
        one = step_of(text, {output for other in found for output in other.outputs})
        names = [other.name for other in found]
        call = one.code or f"{one.name}({', '.join(one.inputs)})"
        ways = (call, *(f"{call}, again ({number})" for number in range(2, len(names) + 3)))
        free = next(way for way in (one.name, *ways) if way not in names)
        found.append(replace(one, name=free))
    return tuple(found)


def is_there(name: str, values: Container[str]) -> bool:
    """Whether a name is one of the values, or a class's, which the student's file defines."""
    return name in values or _CLASS.fullmatch(name) is not None


def _odd(text: str) -> AssignmentError:
    return AssignmentError(f"expected a signature such as 'affine_forward(x, w, b) -> out, cache', found {text!r}")


def _is_plain_call(found: re.Match[str], made: Container[str]) -> bool:
    """Whether it calls what the student defines, or a method of a value, with names alone."""
    is_own = not hasattr(builtins, found[1]) and found[1] not in made and found[1].partition(".")[0] not in LIBRARIES
    return is_own and _are_names(found[2])


def _values(code: str, tree: ast.AST, made: Container[str]) -> tuple[str, ...]:
    """The names of values: all but functions that are called, variables of loops and lambdas, and Python's own."""
    free = set(_free(symtable.symtable(code, "<step>", "exec")))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in free]
    known = {name for name in called if name not in made} | set(LIBRARIES)
    return tuple(dict.fromkeys(name for name in names if name not in known and not hasattr(builtins, name)))


def _free(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that a text takes from outside, in itself and in its lambdas and comprehensions."""
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_module or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _free(inner)


def _are_names(listed: str) -> bool:
    return all(part.partition("=")[0].strip().isidentifier() for part in listed.split(",") if part.strip())


def _names(listed: str, text: str) -> tuple[str, ...]:
    names = tuple(part.partition("=")[0].strip() for part in listed.split(",") if part.strip())
    if odd := [name for name in names if not name.isidentifier()]:
        raise AssignmentError(f"expected names of arguments and results, found {odd[0]!r} in {text!r}")
    if len(set(names)) < len(names):
        raise AssignmentError(f"expected each name once, found {', '.join(names)} in {text!r}")
    return names
