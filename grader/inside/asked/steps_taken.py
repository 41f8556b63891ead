"""Steps of a case: a function or method that is called, or an expression or assignment with the names of values."""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from ..raised import STEP
from .passed_on import called

LIBRARIES = {  # what an expression may use, by name
    "math": "math",
    "np": "numpy",
    "numpy": "numpy",
    "torch": "torch",
    "types": "types",
}


@dataclass(frozen=True)
class Step:
    """As the assignment wrote it; with `code`, that is what runs."""

    name: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    code: str = ""

    @functools.cached_property
    def path(self) -> str:
        """What is called: a function, or a method of a value."""
        return self.name.partition("(")[0]

    @property
    def called(self) -> frozenset[str]:
        """The names of functions that an expression calls."""
        return _called(self.code)

    @functools.cached_property
    def needed(self) -> Sequence[str]:
        """The names of values that have to be there."""
        owner, dot, _ = self.path.partition(".")
        return (owner, *self.inputs) if dot and not self.code else self.inputs

    def lost(self, values: Mapping[str, Any], namespace: Mapping[str, Any]) -> list[str]:
        """The names of values that no earlier step gave."""
        return [
            name
            for name in self.needed
            if name not in values and not (isinstance(namespace.get(name), type) and name[:1].isupper())
        ]

    @functools.cached_property
    def is_defined(self) -> bool:
        """Whether the namespace itself has to hold the name."""
        return not self.code and "." not in self.path


@functools.cache
def _called(code: str) -> frozenset[str]:
    calls = (node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)) if code else ()
    return frozenset(call.id for call in calls if isinstance(call, ast.Name))


def of_case(case: Mapping[str, Any]) -> list[Step]:
    """The steps of a request."""
    return [Step(name, inputs, tuple(outputs), *code) for name, inputs, outputs, *code in case["steps"]]


def assigned(step: Step, values: Mapping[str, Any]) -> dict[str, str]:
    """Of `layer.weight = w`, where the array `w` is from now on."""
    found = kept_at(step.code, step.outputs)
    return {found[0]: found[1]} if found is not None and hasattr(values.get(found[0]), "shape") else {}


@functools.cache
def kept_at(code: str, outputs: Sequence[str]) -> tuple[str, str] | None:
    """The value that a step puts somewhere as it is, and its place: of `layer.weight = w`, of `layer.weight =
    torch.nn.Parameter(w)`, and of `torch.nn.Parameter(w) -> p`.
    """
    match ast.parse(code).body if code else ():
        case [ast.Assign(targets=[target], value=value)] if not outputs:
            name, place = _as_it_is(value), ast.unparse(target)
        case [ast.Expr(value=ast.Call() as value)] if len(outputs) == 1:
            name, place = _as_it_is(value), outputs[0]
        case _:
            return None
    return (name, place) if name else None


def _as_it_is(value: ast.expr) -> str:
    """The name of the value, whose numbers a parameter made of it shares."""
    match value:
        case ast.Call(func=ast.Attribute(attr="Parameter"), args=[ast.Name(id=name)], keywords=[]) | ast.Name(id=name):
            return name
    return ""


def names_used(case: Mapping[str, Any], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What the steps of a case need of a namespace, looked up once: each look may be a search through other files."""
    steps = of_case(case)
    given = {*case["plain"], *case["arrays"], *(name for step in steps for name in step.outputs)}
    nodes = [node for step in steps if step.code for node in ast.walk(ast.parse(step.code))]
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    owners = {step.path.partition(".")[0] for step in steps if not step.code and not step.is_defined}
    others = {node.id for node in nodes if isinstance(node, ast.Name)} | owners
    parts = {Step(*part).path for part in case.get("parts", ())}
    wanted = {step.path for step in steps if step.is_defined} | called | (others - given) | parts
    return {name: namespace[name] for name in wanted if name in namespace and name not in LIBRARIES}


def _libraries(code: str) -> dict[str, Any]:
    """Those that an expression names: PyTorch is not loaded for others."""
    return {name: importlib.import_module(LIBRARIES[name]) for name in _names_of_libraries(code)}


@functools.cache  # a step that draws is taken a thousand times
def _names_of_libraries(code: str) -> tuple[str, ...]:
    names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    return tuple(sorted(names & LIBRARIES.keys()))


@functools.cache
def _compiled(code: str, mode: str) -> CodeType:
    return compile(code, STEP, mode)


def taken(step: Step, namespace: Mapping[str, Any], values: dict[str, Any]) -> Any:
    """What a step gives: a function's result, or that of the assignment's own expression."""
    if not step.code:
        owner, *attributes = step.path.split(".")
        function: Any = values[owner] if attributes and owner in values else namespace[owner]
        for attribute in attributes:
            function = getattr(function, attribute)
        return called(function, step.inputs, values)
    known = {**namespace, **_libraries(step.code), **values}
    if not step.outputs:
        exec(_compiled(step.code, "exec"), known)  # noqa: S102 - the assignment's own text, in the sandbox
        return None
    made = eval(_compiled(step.code, "eval"), known)  # noqa: S307 - as above
    if type(made) is FunctionType and made.__code__.co_filename == STEP and len(step.outputs) == 1:
        made.__name__ = made.__qualname__ = step.outputs[0]  # an error in a call of it names it
    return made
