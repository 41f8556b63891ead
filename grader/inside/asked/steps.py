"""An optimizer that goes several steps on given gradients: the parameters after each of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .. import building
from ..arrays import as_array
from ..cause import their_objects, told
from ..served import ARRAYS, Array

Header = dict[str, Any]
Kept = dict[str, list[Array]]  # what is remembered after each step, by name and parameter


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """`asked` is a class (`torch`) or a function `(w, dw, config) -> next_w, config`; `start` and `gradients` are
    served names, one for each parameter.
    """
    served = {name: ARRAYS[name] for name in (*case["start"], *case["gradients"])}
    return walk(session.namespace, case, served)


def walk(
    names: Mapping[str, Any], case: Mapping[str, Any], served: Mapping[str, Array]
) -> tuple[Header, dict[str, Array]]:
    """Parameters (steps × shape) as `parameter/0`, …, and how many steps went well. The same for the reference.

    With `state`, names of what is remembered, these are there too, as `m/0`, where they have numbers after each step.
    """
    function = names.get(case["asked"])
    if not callable(function):
        return {"missing": case["asked"]}, {}
    start, gradients = ([served[name] for name in case[part]] for part in ("start", "gradients"))
    found: list[list[Array]] = [[] for _ in start]
    kept: Kept = {f"{name}/{place}": [] for name in case.get("state", ()) for place in range(len(start))}
    header: Header = {"tried": True}
    go = _with_class if case["torch"] else _with_function
    try:
        go(function, case, start, gradients, found, kept)
    except (TimeoutError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - student code
        header |= told(error)
    steps = min(len(one) for one in found)
    arrays = {f"parameter/{place}": np.stack(one[:steps]) for place, one in enumerate(found) if steps}
    arrays |= {name: np.stack(one) for name, one in kept.items() if steps and len(one) == steps and _alike(one)}
    return header | {"steps": steps}, arrays


def _alike(arrays: list[Array]) -> bool:
    return all(array.shape == arrays[0].shape for array in arrays)


def _remember(kept: Kept, place: int, value_of: Callable[[str], Any]) -> None:
    """What is remembered for a parameter, where it is numbers."""
    for key, one in kept.items():
        name, _, number = key.rpartition("/")
        if number == str(place):
            array, _ = as_array(value_of(name))
            if array is not None and array.dtype.kind in "biuf":
                one.append(np.array(array, np.float64))


def _with_class(
    kind: Callable[..., Any],
    case: Mapping[str, Any],
    start: list[Array],
    gradients: list[Array],
    found: list[list[Array]],
    kept: Kept,
) -> None:
    import torch

    parameters = [torch.nn.Parameter(torch.from_numpy(array.copy())) for array in start]
    given = {case["inputs"][0]: parameters, **case["plain"]}
    flags = {"optional": False, "only_required": False}
    wanted = [{"name": name, "value": value, "patterns": [f"^{name}$"], **flags} for name, value in given.items()]
    arguments, _ = building.bind(kind, building.roles(wanted), {})
    with their_objects(), torch.enable_grad():
        optimizer = kind(**arguments)
        for step in range(len(gradients[0])):
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = torch.from_numpy(gradient[step].copy())
            optimizer.step()
            for place, (parameter, one) in enumerate(zip(parameters, found, strict=True)):
                one.append(parameter.detach().numpy().copy())
                _remember(kept, place, partial(_of_class, optimizer, place, parameter))


def _of_class(optimizer: Any, place: int, parameter: Any, name: str) -> Any:
    """`state[parameter][name]`, as PyTorch keeps it, else the attribute: one for each parameter, or for all."""
    state = getattr(optimizer, "state", {})
    if isinstance(state, dict) and isinstance(own := state.get(parameter), dict) and name in own:
        return own[name]
    value = getattr(optimizer, name, None)
    if isinstance(value, dict):
        return value.get(parameter, value.get(place))
    return value[place] if isinstance(value, list | tuple) and place < len(value) else value


def _with_function(
    function: Callable[..., Any],
    case: Mapping[str, Any],
    start: list[Array],
    gradients: list[Array],
    found: list[list[Array]],
    kept: Kept,
) -> None:
    for place, (first, given, one) in enumerate(zip(start, gradients, found, strict=True)):
        config = copy.deepcopy(case["plain"][case["inputs"][2]])
        here: Any = first.copy()
        for gradient in given:
            with their_objects():
                here, config = function(here, gradient.copy(), config)
            array, kind = as_array(here)
            if array is None or array.shape != first.shape:
                raise TypeError(f"expected {first.shape} numbers for the parameters, found {kind}")
            one.append(np.array(array, np.float64))
            _remember(kept, place, config.get if isinstance(config, dict) else lambda _: None)
