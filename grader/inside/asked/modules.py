"""A module or a function run on several inputs, in both modes; results and gradients come back as arrays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import building
from ..cause import their_objects, told
from ..passes import set_mode
from ..raised import class_name
from ..seeding import seed_all, seed_torch
from ..served import Array
from .calls import put_in, weighted
from .dropped import dropout_noted
from .parts_within import modules_named, parts_noted_within
from .passed_on import called
from .plain_values import unpacked
from .values import flat, results

Header = dict[str, Any]
MODES = ("evaluation", "training")


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Make a module (`asked`, `roles`), or take a function, and run it as each of `runs` says."""
    factory = session.namespace.get(case["asked"])
    if not callable(factory):
        return {"missing": case["asked"]}, {}
    header: Header = {}
    frozen: dict[str, Array] = {}
    target: Callable[..., Any] = factory
    if case["roles"] is not None:
        target = made(session, case, factory)
        header["parameters"] = building.fill(target, session.request["seed"], but_frozen=True)
        header["buffers"] = building.fill_statistics(target, session.request["seed"])
        frozen = {name: _numbers(part) for name, part in target.named_parameters() if not part.requires_grad}
        header["within"] = {name: list(modules_named(target, name)) for name in case.get("parts", ())}
    header["runs"], arrays = run_all(target, case, session.arrays, session.namespace)
    return header, arrays | {f"frozen/{name}": part for name, part in frozen.items()}


def made(session: Any, case: Mapping[str, Any], factory: Callable[..., Any]) -> nn.Module:
    """The module, with the case's arguments by name or, where names differ, in order."""
    own = handed_over(case, session.arrays)
    roles = [replace(role, value=own.get(role.name, role.value)) for role in building.roles(case["roles"])]
    arguments, _ = building.bind(factory, roles, session.namespace)
    args, kwargs = building.positional_only(factory, arguments)
    seed_torch(session.request["seed"])
    with their_objects():
        network = factory(*args, **kwargs)
        if not isinstance(network, nn.Module):
            raise TypeError(f"expected a torch.nn.Module, found {class_name(type(network))}")
        return nn.Module.float(nn.Module.cpu(network))


def handed_over(case: Mapping[str, Any], served: Mapping[str, Array]) -> dict[str, Any]:
    """The numbers that a class is made with, by the names of its arguments: `handed` says where they are served, and
    whether they are NumPy's array.
    """
    arrays = {name: (served[place].copy(), numpy) for name, (place, numpy) in case.get("handed", {}).items()}
    return {name: array if numpy else torch.from_numpy(array) for name, (array, numpy) in arrays.items()}


def run_all(
    target: Callable[..., Any],
    case: Mapping[str, Any],
    served: Mapping[str, Array],
    namespace: Mapping[str, Any] = MappingProxyType({}),
    *,
    stays: bool = False,
) -> tuple[Header, dict[str, Array]]:
    """All runs of a case: header by run, and arrays named `run/output`. The same for the reference's module, which is
    left as it was; nothing is done for that if it `stays` so. Calls of the case's `parts`, which are modules within or
    functions of `namespace`, are noted.
    """
    header: Header = {}
    arrays: dict[str, Array] = {}
    before = copy.deepcopy(target.state_dict()) if isinstance(target, nn.Module) and not stays else None
    for run in case["runs"]:
        if isinstance(target, nn.Module):
            _restore(target, before)
            set_mode(target, training=run["mode"] == "training")
        try:
            with their_objects():
                header[run["name"]], found = _run(target, case, run, served, namespace)
        except (TimeoutError, MemoryError) as error:
            header[run["name"]] = told(error)
            break
        except Exception as error:  # noqa: BLE001 - student code
            header[run["name"]], found = told(error), {}
        arrays |= {f"{run['name']}/{key}": array for key, array in found.items()}
    if isinstance(target, nn.Module):
        _restore(target, before)
    return header, arrays


def _restore(target: nn.Module, before: Mapping[str, Any] | None) -> None:
    if before is not None:
        with torch.no_grad():
            target.load_state_dict(before)


def _run(
    target: Callable[..., Any],
    case: Mapping[str, Any],
    run: Mapping[str, Any],
    served: Mapping[str, Array],
    namespace: Mapping[str, Any],
) -> tuple[Header, dict[str, Array]]:
    function = getattr(target, case["method"], None) if "method" in case else target
    if function is None:
        return {"no_method": True}, {}
    tensors = {name: torch.from_numpy(served[place].copy()) for name, place in run["arrays"].items()}
    asked, leaves = case["gradients"], {}
    if asked is not False:
        by = {name: tensors[name] for name in (tensors if asked is True else asked)}
        leaves = {name: part.requires_grad_() for name, part in by.items() if part.is_floating_point()}
    values = put_in(unpacked(case["plain"]), tensors | {name: leaf.clone() for name, leaf in leaves.items()})
    if run.get("reseed", True):
        seed_all(7, torch=True)
    with (
        torch.set_grad_enabled(asked is not False),
        dropout_noted(wanted=not run.get("reseed", True)) as dropping,
        parts_noted_within(target, case.get("parts", ()), namespace) as noted,
    ):
        result = called(function, case["inputs"], values)
    outputs = case["outputs"]
    parts = _parts(result, len(outputs), more=case.get("more", False))
    if parts is None:
        return {"results": len(results(result, 0))}, {}
    flattened = {
        key: part for name, value in zip(outputs, parts, strict=True) for key, part in flat(name, value).items()
    }
    arrays = {key: part for key, part in flattened.items() if isinstance(part, np.ndarray)}
    header: Header = {"said": {key: part for key, part in flattened.items() if not isinstance(part, np.ndarray)}}
    if asked is not False:
        header["detached"], found = _gradients(target, parts, leaves)
        arrays |= found
    header["drops"] = dropping.seen
    header["parts"] = [call.name for call in noted]
    header |= {"learns": [call.learns for call in noted], "gives": [call.gives for call in noted]}
    for number, call in enumerate(noted):
        arrays |= call.arrays(f"part {number}")
    if isinstance(target, nn.Module) and run["mode"] == "training" and asked is not False:
        buffers = {name: part for name, part in target.named_buffers() if part.is_floating_point()}
        header["buffers"] = list(buffers)
        arrays |= {f"buffer {name}": _numbers(part) for name, part in buffers.items()}
    return header, arrays


def _parts(result: Any, count: int, *, more: bool) -> list[Any] | None:
    """So many results; with `more` the first of them; None if there are others."""
    parts = results(result, 0)  # of one in a tuple too: that is not a result alone
    alone = count == 1 and not issubclass(type(result), tuple | list)
    if more and len(parts) >= count:
        return parts[:count]
    return parts if len(parts) == count and (count > 1 or alone) else None


def _gradients(target: Any, parts: list[Any], leaves: Mapping[str, Tensor]) -> tuple[bool, dict[str, Array]]:
    """Gradients of all results, each number with a weight of its own, by inputs and parameters."""
    floats = [part for part in parts if isinstance(part, Tensor) and part.is_floating_point() and part.requires_grad]
    if not floats:
        return True, {}
    named = {f"the gradient by {name}": leaf for name, leaf in leaves.items()}
    if isinstance(target, nn.Module):
        named |= {f"parameter {name}": part for name, part in target.named_parameters() if part.requires_grad}
    loss = sum(weighted(part) for part in floats)
    assert isinstance(loss, Tensor)  # noqa: S101 - there is one part at least
    found = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return False, {name: _numbers(part) for name, part in zip(named, found, strict=True) if part is not None}


def _numbers(tensor: Tensor) -> Array:
    return tensor.detach().cpu().numpy().copy()
