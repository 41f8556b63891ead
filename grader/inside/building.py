"""Calling a student's classes and functions by what their parameters mean."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import hidden_weights
from .arrays import as_array
from .raised import class_name
from .torch_there import is_tensor, torch

if TYPE_CHECKING:
    from torch import nn

UNWANTED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class CannotCall(Exception):
    """The signature leaves no way to pass what the handout asks for. The message is for the student."""


@dataclass(frozen=True)
class Role:
    """What an argument means: the handout's name, the value to pass, patterns of other names for it."""

    name: str
    value: Any
    patterns: Sequence[str]
    optional: bool = False
    only_required: bool = False


def roles(spec: Sequence[Mapping[str, Any]]) -> list[Role]:
    """Roles from a request."""
    return [
        Role(part["name"], part["value"], part["patterns"], part["optional"], part["only_required"]) for part in spec
    ]


def assign(function: Callable[..., Any], wanted: Sequence[Role], namespace: Mapping[str, Any]) -> dict[str, Role]:
    """Which parameter of `function` plays which role.

    A parameter takes the role of its own name, else the first role one of whose patterns its name matches
    (one with a default only if no parameter has that role's own name);
    required ones whose names say nothing, `nb_canaux`, take the roles that have their places in the handout, if all do,
    else the roles without a parameter in order, if they are as many;
    flags still without a parameter take the remaining ones in order, where no `**options` takes them by name. Raises
    CannotCall.
    """
    parameters = list(inspect.signature(function).parameters.values())
    named = [part for part in parameters if part.kind not in UNWANTED]
    meant = _meant(named, wanted)
    defaults = {part.name for part in named if part.default is not part.empty}
    chosen = {name: role for name, role in meant.items() if not (role.only_required and name in defaults)}
    takes_any = any(part.kind is inspect.Parameter.VAR_KEYWORD for part in parameters)
    chosen |= _in_place(named, wanted, chosen, meant, namespace) or _in_order(named, wanted, chosen, namespace)
    missing = [role for role in wanted if role not in chosen.values() and not role.optional]
    known = {*meant, *chosen, *(defaults if takes_any else ())}
    free = [part.name for part in named if part.name not in known and _could_be_flag(part, namespace)]
    chosen |= dict(zip(free, [role for role in missing if isinstance(role.value, bool)], strict=False))
    chosen |= _in_order(named, wanted, chosen, namespace)
    if takes_any:
        chosen |= {role.name: role for role in missing if role not in chosen.values()}
    if left := [role.name for role in wanted if role not in chosen.values() and not role.optional]:
        raise CannotCall(f"no parameter for {', '.join(left)} in ({', '.join(p.name for p in parameters)})")
    return chosen


def _in_place(
    named: Sequence[inspect.Parameter],
    wanted: Sequence[Role],
    chosen: Mapping[str, Role],
    meant: Collection[str],
    namespace: Mapping[str, Any],
) -> dict[str, Role]:
    """Required parameters whose names say nothing, by their places, if that leaves no role without a parameter."""
    places = {part.name: place for place, part in enumerate(named) if part.kind is not part.KEYWORD_ONLY}
    unnamed = _unnamed(named, chosen, namespace)
    free = {place: role for place, role in enumerate(wanted) if role not in chosen.values() and not role.only_required}
    found = {name: free[places[name]] for name in unnamed if places.get(name) in free}
    known = [*chosen.values(), *found.values()]
    missing = [role for role in wanted if role not in known and not role.optional]
    switches = [part for part in named if part.name not in meant and isinstance(part.default, bool)]
    are_flags = all(isinstance(role.value, bool) for role in missing) and len(missing) <= len(switches)
    return found if len(found) == len(unnamed) and are_flags else {}


def _unnamed(named: Sequence[inspect.Parameter], chosen: Collection[str], namespace: Collection[str]) -> list[str]:
    """Required parameters of which nothing says what to pass."""
    return [
        part.name
        for part in named
        if part.default is part.empty and part.name not in chosen and part.name not in namespace
    ]


def _in_order(
    named: Sequence[inspect.Parameter],
    wanted: Sequence[Role],
    chosen: Mapping[str, Role],
    namespace: Mapping[str, Any],
) -> dict[str, Role]:
    """Required parameters whose names say nothing, if they are as many as the roles that are left."""
    unnamed = _unnamed(named, chosen, namespace)
    needed = [role for role in wanted if role not in chosen.values() and not role.optional]
    return dict(zip(unnamed, needed, strict=True)) if len(unnamed) == len(needed) else {}


def bind(
    function: Callable[..., Any], wanted: Sequence[Role], namespace: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Keyword arguments for `function`, and remarks on names that differ from the handout's.

    A required parameter without a role is looked up by name among the submission's own globals.
    Raises CannotCall.
    """
    chosen = assign(function, wanted, namespace)
    arguments = {name: role.value for name, role in chosen.items()}
    for part in inspect.signature(function).parameters.values():
        if part.name in arguments or part.kind in UNWANTED or part.default is not part.empty:
            continue
        if part.name not in namespace:
            raise CannotCall(f"unexpected required parameter {part.name!r}")
        arguments[part.name] = namespace[part.name]
    return arguments, [f"{name} for {role.name}" for name, role in chosen.items() if name != role.name]


def defaults_kept(function: Callable[..., Any], chosen: Mapping[str, Role], arguments: Mapping[str, Any]) -> bool:
    """Whether a call left every parameter without a role at its default, as the grader's own call would."""
    others = [part for part in inspect.signature(function).parameters.values() if part.name not in chosen]
    return all(
        part.name not in arguments or arguments[part.name] == simple(part.default)
        for part in others
        if part.default is not part.empty
    )


def _meant(named: Sequence[inspect.Parameter], wanted: Sequence[Role]) -> dict[str, Role]:
    exact = {part.name for part in named} & {role.name for role in wanted}
    not_exact = [role for role in wanted if role.name not in exact]
    found = {}
    for part in named:
        is_beside = part.name not in exact and part.default is not part.empty
        if role := _role_of(part.name, not_exact if is_beside else wanted):
            found[part.name] = role
    return found


def _role_of(name: str, wanted: Sequence[Role]) -> Role | None:
    exact = next((role for role in wanted if role.name == name), None)
    return exact or next(
        (role for role in wanted if any(re.search(p, name, re.IGNORECASE) for p in role.patterns)), None
    )


def _could_be_flag(part: inspect.Parameter, namespace: Mapping[str, Any]) -> bool:
    if part.default is part.empty:
        return part.name not in namespace
    return isinstance(part.default, bool)


def positional_only(function: Callable[..., Any], arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The same arguments, the positional-only ones apart."""
    parameters = inspect.signature(function).parameters.values()
    first = [part.name for part in parameters if part.kind is part.POSITIONAL_ONLY and part.name in arguments]
    return [arguments[name] for name in first], {k: v for k, v in arguments.items() if k not in first}


def simple(value: Any) -> Any:
    """A plain value that JSON can hold, else the name of its type."""
    if is_tensor(value) or issubclass(type(value), np.ndarray | np.generic):
        array, _ = as_array(value)
        value = array.item() if array is not None and array.size == 1 else value
    kind = type(value)  # not `isinstance`, which believes what an object says of its class
    if value is None or kind is bool:
        return value
    if issubclass(kind, float):
        number = float.__float__(value)
        return number if number - number == 0 else str(number)
    if issubclass(kind, int) and int.bit_length(value) < 64:
        return int.__int__(value)
    return str.__str__(value)[:200] if issubclass(kind, str) else {"type": class_name(kind)}


# Where they have been found so far.
hidden_parameter, hidden_statistic = hidden_weights.hidden_parameter, hidden_weights.hidden_statistic


def fill_statistics(network: nn.Module, seed: int) -> list[tuple[str, list[int]]]:
    """Give running statistics hidden values, so that evaluation mode shows whether they are used; names and shapes."""
    found: list[tuple[str, list[int]]] = []
    with torch.no_grad():
        for name, buffer in network.named_buffers():
            if buffer.is_floating_point() and name.rpartition(".")[2] in ("running_mean", "running_var"):
                buffer.copy_(torch.from_numpy(hidden_statistic(seed, len(found), buffer.shape)))
                found.append((name, list(buffer.shape)))
    return found


def constants(network: nn.Module) -> list[str]:
    """Parameters that do not learn and belong to no layer of PyTorch's: a table of positions, a mean to subtract."""
    layers = [part for part in network.modules() if type(part).__module__.startswith("torch.nn.")]
    known = {id(parameter) for layer in layers for parameter in layer.parameters(recurse=False)}
    return [name for name, part in network.named_parameters() if not part.requires_grad and id(part) not in known]


def fill(
    network: nn.Module, seed: int, *, but_frozen: bool = False, kept: Collection[str] = ()
) -> list[tuple[str, list[int]]]:
    """Give every parameter its hidden value, in the network's order; the names and shapes in that order. Those `kept`,
    and with `but_frozen` all that do not learn, keep theirs: they are constants of the network's.
    """
    found = []
    with torch.no_grad():
        for index, (name, parameter) in enumerate(network.named_parameters()):
            if name not in kept and (parameter.requires_grad or not but_frozen):
                parameter.copy_(torch.from_numpy(hidden_parameter(seed, index, parameter.shape)))
            found.append((name, list(parameter.shape)))
    return found
