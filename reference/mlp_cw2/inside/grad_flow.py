"""Calls the submission's `plot_grad_flow` on a network with known gradients; brings back what it plots."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mlp_framework_given.experiment_builder import ExperimentBuilder
from mlp_framework_given.model_architectures import ConvolutionalNetwork
from torch import nn

from inside.arrays import as_array
from inside.cause import their_objects, told
from inside.raised import class_name
from inside.script_files import ScriptFile
from inside.source import tree

from . import files
from .drawn import drawn, names_of

MAX_CURVES = 30
Header = dict[str, Any]


@dataclass(frozen=True)
class Flow:
    """A submission's function for the gradient flow. `owner` is the class that holds it, `form` how it is called."""

    file: str
    name: str
    function: Callable[..., Any]
    owner: type | None
    form: str
    beside: dict[str, Any]


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Any]]:
    """One attempt for every such function, on the network of the case (`blocks` per stage)."""
    attempts: list[Header] = []
    arrays: dict[str, Any] = {}
    flows, problems = find(session)
    for index, flow in enumerate(flows[:4]):
        header, found = attempt(session, flow, case)
        attempts.append(header)
        arrays |= {f"{index}.{name}": array for name, array in found.items()}
    return {"attempts": attempts, "problems": problems[:4]}, arrays


def find(session: Any) -> tuple[list[Flow], list[str]]:
    """The functions, and what went wrong while loading files that should define one."""
    found: list[Flow] = []
    problems = []
    for source in files.of_flows():
        namespace, error = files.namespace(session.load_file, source.path)
        flows = list(_in_namespace(source, namespace))
        found += flows
        if error and not flows:
            problems.append(error)
    return found, problems


def _in_namespace(source: ScriptFile, namespace: dict[str, Any]) -> Iterator[Flow]:
    form = called_with(source.text)
    for name, value in list(namespace.items()):
        if isinstance(value, type) and getattr(value, "__module__", "") == "submission":
            for inner, member in list(vars(value).items()):
                if files.FLOW.match(f"def {inner}(") and callable(getattr(member, "__func__", member)):
                    yield Flow(
                        source.path,
                        f"{class_name(value)}.{inner}",
                        getattr(member, "__func__", member),
                        None if isinstance(member, staticmethod) else value,
                        form,
                        namespace,
                    )
        elif inspect.isfunction(value) and value.__module__ == "submission" and files.FLOW.match(f"def {name}("):
            yield Flow(source.path, name, value, None, form, namespace)


def called_with(text: str) -> str:
    """How the file itself hands the parameters over: `generator` as the framework does, `list`, `dict` or `model`."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(tree(text)):
            if isinstance(node, ast.Call) and node.args and files.FLOW.match(f"def {_called(node.func)}("):
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


def network_of(session: Any, case: dict[str, Any]) -> nn.Module:
    """The given network of the case, its gradients filled with the arrays that were sent in."""
    torch.manual_seed(session.request["seed"])
    network: nn.Module = ConvolutionalNetwork((2, 3, 8, 8), 100, case["filters"], case["blocks"], 3)
    for index, parameter in enumerate(network.parameters()):
        parameter.grad = torch.from_numpy(session.arrays[f"gradients.{case['id']}.{index}"].copy())
    return network


def attempt(session: Any, flow: Flow, case: dict[str, Any]) -> tuple[Header, dict[str, Any]]:
    """Call one function as the framework does; whatever it raises is part of the record."""
    header: Header = {"file": flow.file, "function": flow.name, "form": flow.form, "error": None}
    header["uses_gradients"] = "grad" in _attributes(getattr(flow.function, "__code__", None))
    arrays: dict[str, Any] = {}
    network = network_of(session, case)
    given: dict[str, Any] = {}
    _forget_figures(session)
    try:
        args, kwargs = _arguments(flow, network, given)
        with their_objects():
            flow.function(*args, **kwargs)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the function is student code
        header |= told(error)
    if "values" in given:
        values, header["values_kind"] = as_array(given["values"])
        header["values_count"] = _length(given["values"])
        header["values_are_names"] = _are_names(given["values"])
        if values is not None and values.size <= 10_000:
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


def _arguments(flow: Flow, network: nn.Module, given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    handed: dict[str, Any] = {
        "generator": network.named_parameters,
        "list": lambda: list(network.named_parameters()),
        "dict": lambda: dict(network.named_parameters()),
        "model": lambda: network,
    }
    parameters = list(inspect.signature(flow.function).parameters.values())
    args: list[Any] = []
    if parameters and (flow.owner is not None or parameters[0].name == "self"):
        args.append(stand_in(flow, network, given))
        parameters = parameters[1:]
    elif "plot_func_def" in flow.beside:
        flow.beside["plot_func_def"] = _recorded(flow.beside["plot_func_def"], given)
    kwargs = {}
    for index, part in enumerate(parameters):
        if index == 0:
            args.append(handed[flow.form]())
        elif part.default is part.empty and part.kind in (part.POSITIONAL_OR_KEYWORD, part.KEYWORD_ONLY):
            kwargs[part.name] = (
                "grad_flow" if any(word in part.name for word in ("path", "name", "dir", "file", "title")) else 0
            )
    return args, kwargs


def stand_in(flow: Flow, network: nn.Module, given: dict[str, Any]) -> Any:
    """An object to be `self`: of the student's class, without having run its constructor."""
    kind = flow.owner or ExperimentBuilder
    holder = object.__new__(kind)
    if isinstance(holder, nn.Module):
        nn.Module.__init__(holder)
    plot = getattr(kind, "plot_func_def", None)
    own = plot.__get__(holder, kind) if inspect.isfunction(plot) else plot or _given_plot(holder)
    logs = str(Path.cwd())
    vars(holder).update(
        plot_func_def=_recorded(own, given),
        model=network,
        state={},
        experiment_name="grad_flow",
        num_epochs=1,
        experiment_folder=logs,
        experiment_logs=logs,
        experiment_saved_models=logs,
        device=torch.device("cpu"),
        starting_epoch=0,
        current_epoch=0,
        best_val_model_idx=0,
        best_val_model_acc=0.0,
    )
    return holder


def _given_plot(holder: Any) -> Callable[..., Any]:
    return lambda all_grads, layers: ExperimentBuilder.plot_func_def(holder, all_grads, layers)


def _recorded(plot: Callable[..., Any], given: dict[str, Any]) -> Callable[..., Any]:
    def recorded(*args: Any, **kwargs: Any) -> Any:
        values = [*args, *kwargs.values()]
        if len(values) >= 2:
            given["values"], given["names"] = values[0], values[1]
        return plot(*args, **kwargs)

    return recorded
