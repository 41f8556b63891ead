"""What a submission makes networks with: its classes of networks, and functions that look as if they returned one."""

from __future__ import annotations

import ast
import functools
import re
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from ..loading import Deadline
from ..raised import class_name
from .meant_network import MeantNetwork
from .script_trees import ScriptTree

DEFINE_S = 15.0  # CPU seconds for a class
Trees = Mapping[str, ScriptTree]


def makers(session: Any, trees: Trees, meant: MeantNetwork) -> Iterator[tuple[str, Any]]:
    """Classes of networks and functions that make one, by name; the main file's come last, and so win."""
    for file, namespace in namespaces(session, trees, meant).items():
        if file != session.request["entry"]:
            yield from _in_namespace(namespace, meant)
    for kind in session.classes():
        yield class_name(kind), kind
    for name, module in list(sys.modules.items()):
        if _is_own(module) or meant.is_course_module(name):
            yield from _in_namespace(vars(module), meant)
    yield from _hoisted(session.main_names, trees.get(session.request["entry"]))
    yield from _in_namespace(session.main_names, meant)


def namespaces(session: Any, trees: Trees, meant: MeantNetwork) -> dict[str, dict[str, Any]]:
    """What the names of each script mean; those that the main file has not imported are loaded."""
    if not hasattr(session, "chosen_namespaces"):
        found = {}
        for file in trees:
            if file == session.request["entry"]:
                found[file] = session.main_names
            elif not meant.is_of_course(file):
                module = _imported(file)
                found[file] = session.load_file(file).namespace if module is None else vars(module)
        session.chosen_namespaces = found
    known: dict[str, dict[str, Any]] = session.chosen_namespaces
    return known


def _imported(file: str) -> Any:
    path = str((Path.cwd() / file).resolve())
    return next((one for one in list(sys.modules.values()) if getattr(one, "__file__", None) == path), None)


def _is_own(module: Any) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(str(Path.cwd()))


def _in_namespace(namespace: Mapping[str, Any], meant: MeantNetwork) -> Iterator[tuple[str, Any]]:
    for name, value in list(namespace.items()):
        if isinstance(value, type):
            yield from _classes(value)
        elif isinstance(value, types.FunctionType | functools.partial) and _makes_network(name, value, meant):
            yield name, value


def _classes(kind: type, depth: int = 3) -> Iterator[tuple[str, Any]]:
    """A class of networks, and those nested in a class, whatever that is."""
    if str(vars(kind).get("__module__", "")).split(".")[0] in ("torch", "torchvision", "builtins"):
        return
    if depth:
        for value in list(vars(kind).values()):
            if isinstance(value, type) and value is not kind:
                yield from _classes(value, depth - 1)
    if issubclass(kind, nn.Module):
        yield class_name(kind), kind


def _makes_network(name: str, function: Any, meant: MeantNetwork) -> bool:
    """Whether a function's own text looks as if it returned a network. Functions that train are left alone."""
    code = getattr(getattr(function, "func", function), "__code__", None)
    if code is None or str(code.co_filename).startswith((sys.prefix, sys.base_prefix, "/usr")):
        return False
    used = set(code.co_names)
    trains = used & {"backward", "step", "zero_grad", "DataLoader", "imread"}
    called = meant.is_named(name) or re.search(r"net|model|build|make|create", name, re.IGNORECASE)
    likely = used & {"Sequential", "ModuleList"} or called
    return bool(likely) and not trains


def _hoisted(namespace: dict[str, Any], tree: ast.Module | None) -> Iterator[tuple[str, Any]]:
    """Classes that are defined inside functions, executed as if they stood at the top of the script."""
    if tree is None:
        return
    outer = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If)]
    nested = [
        node
        for function in outer
        for node in function.body
        if isinstance(node, ast.ClassDef | ast.Import | ast.ImportFrom)
    ]
    names = {node.name for node in nested if isinstance(node, ast.ClassDef)}
    for node in nested:
        if isinstance(node, ast.ClassDef) and node.name in namespace:
            continue
        try:
            with Deadline(DEFINE_S, "cpu"):
                code = compile(ast.Module([node], []), "submission", "exec")
                exec(code, namespace)  # noqa: S102 - student code, in the sandbox
        except BaseException:  # noqa: BLE001, S112 - what cannot be defined is not a candidate
            continue
    for name in names & namespace.keys():
        if isinstance(namespace[name], type):
            yield from _classes(namespace[name])
