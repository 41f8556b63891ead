"""Calls a student's function that plots the gradients of a network's layers; brings back what it collects and draws."""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from .arrays import as_array
from .cause import their_objects, told
from .drawn_curves import drawn, names_of
from .raised import class_name
from .source import tree

MAX_VALUES = 10_000
Header = dict[str, Any]


@dataclass(frozen=True)
class FlowFunction:
    """A student's function for the gradient flow. `owner` is the class that holds it, `form` how it is called."""

    file: str
    name: str
    function: Callable[..., Any]
    owner: type | None
    form: str
    beside: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Plotting:
    """What a function finds around it: the network, and `plotter`, the course's function that it hands values to.

    `home` is the course's class with that function, for a method or a function that has no class of the student's;
    `attributes` are those of the object that stands in as `self`.
    """

    network: nn.Module
    plotter: str | None = None
    home: type | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def flows_in(file: str, text: str, namespace: dict[str, Any], pattern: str) -> Iterator[FlowFunction]:
    """The functions and methods of a file whose names fit a pattern (a regular expression)."""
    fits = re.compile(pattern, re.IGNORECASE).fullmatch
    form = called_with(text, pattern)
    for name, value in list(namespace.items()):
        if isinstance(value, type) and getattr(value, "__module__", "") == "submission":
            for inner, member in list(vars(value).items()):
                if fits(inner) and callable(function := getattr(member, "__func__", member)):
                    owner = None if isinstance(member, staticmethod) else value
                    yield FlowFunction(file, f"{class_name(value)}.{inner}", function, owner, form, namespace)
        elif inspect.isfunction(value) and value.__module__ == "submission" and fits(name):
            yield FlowFunction(file, name, value, None, form, namespace)


def called_with(text: str, pattern: str) -> str:
    """How a file itself hands the parameters over: as a `generator` of pairs, `list`, `dict`, or the `model`."""
    fits = re.compile(pattern, re.IGNORECASE).fullmatch
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(tree(text)):
            if isinstance(node, ast.Call) and node.args and fits(_called(node.func)):
                return _form(node.args[0])
    return "generator"


def _form(argument: ast.expr) -> str:
    if isinstance(argument, ast.Call):
        outer = _called(argument.func)
        if outer in ("list", "tuple", "dict"):
            return "dict" if outer == "dict" else "list"
        return "generator"
    return "model" if _called(argument) in ("model", "net", "network") else "generator"


def _called(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def attempt(session: Any, flow: FlowFunction, plotting: Plotting) -> tuple[Header, dict[str, Any]]:
    """Call one function as courses do; whatever it raises is part of the record."""
    header: Header = {"file": flow.file, "function": flow.name, "form": flow.form, "error": None}
    header["uses_gradients"] = "grad" in _attributes(getattr(flow.function, "__code__", None))
    arrays: dict[str, Any] = {}
    given: dict[str, Any] = {}
    _forget_figures(session)
    try:
        args, kwargs = _arguments(flow, plotting, given)
        with their_objects():
            header["returned"] = class_name(type(flow.function(*args, **kwargs)))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the function is student code
        header |= told(error)
    if "values" in given:
        values, header["values_kind"] = as_array(given["values"])
        header["values_count"] = _length(given["values"])
        header["values_are_names"] = _are_names(given["values"])
        if values is not None and values.size <= MAX_VALUES:
            arrays["values"] = values
    header["names"] = names_of(given.get("names"))
    header["curves"], curves = drawn(session)
    return header, arrays | curves


def _attributes(code: Any) -> set[str]:
    """All names that a function's code speaks of, inner functions and comprehensions included."""
    if not isinstance(code, types.CodeType):
        return set()
    return set(code.co_names).union(*(_attributes(part) for part in code.co_consts))


def _are_names(values: Any) -> bool:
    with contextlib.suppress(Exception):
        return len(values) > 0 and all(isinstance(value, str) for value in values)
    return False


def _forget_figures(session: Any) -> None:
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
    session.figures.figures.clear()
    session.figures.shown.clear()


def _length(values: Any) -> int | None:
    with contextlib.suppress(Exception):
        return len(values)
    return None


def _arguments(flow: FlowFunction, plotting: Plotting, given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    network = plotting.network
    handed: dict[str, Any] = {
        "generator": network.named_parameters,
        "list": lambda: list(network.named_parameters()),
        "dict": lambda: dict(network.named_parameters()),
        "model": lambda: network,
    }
    parameters = list(inspect.signature(flow.function).parameters.values())
    args: list[Any] = []
    if parameters and (flow.owner is not None or parameters[0].name == "self"):
        args.append(stand_in(flow, plotting, given))
        parameters = parameters[1:]
    elif plotting.plotter is not None and plotting.plotter in flow.beside:
        flow.beside[plotting.plotter] = _recorded(flow.beside[plotting.plotter], given)
    kwargs = {}
    for index, part in enumerate(parameters):
        if index == 0:
            args.append(handed[flow.form]())
        elif part.default is part.empty and part.kind in (part.POSITIONAL_OR_KEYWORD, part.KEYWORD_ONLY):
            kwargs[part.name] = (
                "grad_flow" if any(word in part.name for word in ("path", "name", "dir", "file", "title")) else 0
            )
    return args, kwargs


class _Holder:
    """In place of a class that there is none of."""


def stand_in(flow: FlowFunction, plotting: Plotting, given: dict[str, Any]) -> Any:
    """An object to be `self`: of the student's class, without having run its constructor."""
    kind = flow.owner or plotting.home or _Holder
    holder: Any = object.__new__(kind)
    if isinstance(holder, nn.Module):
        nn.Module.__init__(holder)
    vars(holder).update(plotting.attributes)
    if plotting.plotter is not None:
        vars(holder)[plotting.plotter] = _recorded(_plot_of(kind, holder, plotting), given)
    return holder


def _plot_of(kind: type, holder: Any, plotting: Plotting) -> Callable[..., Any]:
    """The plotter that the object has, else the course's own."""
    plot = getattr(kind, str(plotting.plotter), None)
    if inspect.isfunction(plot):
        bound: Callable[..., Any] = plot.__get__(holder, kind)
        return bound
    return plot or (lambda values, names: _given(plotting)(holder, values, names))


def _given(plotting: Plotting) -> Callable[..., Any]:
    return getattr(plotting.home, str(plotting.plotter), lambda *_: None)


def _recorded(plot: Callable[..., Any], given: dict[str, Any]) -> Callable[..., Any]:
    def recorded(*args: Any, **kwargs: Any) -> Any:
        values = [*args, *kwargs.values()]
        if len(values) >= 2:
            given["values"], given["names"] = values[0], values[1]
        return plot(*args, **kwargs)

    return recorded
