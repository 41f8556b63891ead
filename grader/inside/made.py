"""A student's network made with hidden weights and run on hidden images, in training and in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from . import building
from .arrays import as_array, numbers
from .asked.calls import weighted
from .cause import their_objects, told
from .naming import NotThere, named
from .passes import set_mode
from .raised import class_name
from .seeding import seed_torch
from .served import Array
from .tracing import trace

_NEVER_ENDED: dict[str, dict[str, Any]] = {}


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make one network as `case` says; its parameters, operations and outputs.

    A case has `asked` (a name), `patterns` of other names for it, `roles` of arguments, `inputs` (names of served
    arrays), and parts of names that are `skipped`. What never ended once is not asked again.
    """
    if (why := _NEVER_ENDED.get(case["asked"])) is not None:
        return dict(why), {}
    try:
        return _answer(session, case)
    except NotThere as missing:
        return {"missing": str(missing), "patterns": list(case["patterns"])}, {}
    except TimeoutError as error:
        _NEVER_ENDED[case["asked"]] = told(error)
        raise


def _answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    name, network, remarks = _made(session, case)
    header: dict[str, Any] = {"name": name, "class": class_name(type(network)), "remarks": remarks}
    kept = building.constants(network)
    header["parameters"] = building.fill(network, session.request["seed"], kept=kept)
    header["frozen"] = [name for name, part in network.named_parameters() if not part.requires_grad]
    header["buffers"] = building.fill_statistics(network, session.request["seed"])
    images = [torch.from_numpy(session.arrays[name].copy()) for name in case["inputs"]]
    arrays: dict[str, Any] = {f"constant/{name}": numbers(network.get_parameter(name)) for name in kept}
    for mode in ("evaluation", "training"):
        set_mode(network, training=mode == "training")
        try:
            with their_objects():
                found, made = _run(network, images, mode)
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001 - a forward pass is student code
            found, made = told(error), {}
        header[mode] = found
        arrays |= made
    return header, arrays


def _made(session: Any, case: dict[str, Any]) -> tuple[str, nn.Module, list[str]]:
    names = session.namespace
    known = {name: value for name, value in names.items() if not _skipped(name, case)}
    name, factory = named(known, case["asked"], case["patterns"])
    roles = building.roles(case["roles"])
    arguments, remarks = building.bind(factory, roles, names)
    with their_objects():
        return name, network_of(factory, arguments, session.request["seed"], name), remarks


def network_of(factory: Callable[..., Any], arguments: dict[str, Any], seed: int, name: str) -> nn.Module:
    """What a class or a function makes of these arguments: on the CPU, in float32, in training mode.

    Raises what it raises, and TypeError if that is no network.
    """
    args, kwargs = building.positional_only(factory, arguments)
    seed_torch(seed % 2**63)
    network = factory(*args, **kwargs)
    if not isinstance(network, nn.Module):
        raise TypeError(f"expected a torch.nn.Module from {name}, found {class_name(type(network))}")
    return set_mode(nn.Module.float(nn.Module.cpu(network)), training=True)


def _skipped(name: str, case: dict[str, Any]) -> bool:
    return any(pattern in name.lower() for pattern in case.get("skipped", ()))


def _run(network: nn.Module, images: list[Tensor], mode: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Operations for the first batch, outputs for all."""
    header: dict[str, Any] = {"kinds": []}
    arrays: dict[str, Any] = {}
    try:
        found = trace(network, images[0])
        header["trace"] = found.header()
        arrays |= {f"{mode}.{name}": array for name, array in found.constants.items()}
    except TimeoutError:
        raise
    except Exception as error:  # noqa: BLE001 - as above; the outputs are asked all the same
        header |= {f"trace_{name}": value for name, value in told(error).items()}
    with torch.no_grad():
        for index, batch in enumerate(images):
            output, kind = as_array(network(batch.clone()))
            header["kinds"].append(kind)
            if output is not None:
                arrays[f"{mode}.output.{index}"] = output
    with torch.enable_grad():
        graded = network(images[0].clone())
        output, _ = as_array(graded)
        header["detached"] = issubclass(type(graded), Tensor) and not graded.requires_grad
        if mode == "training" and output is not None and not header["detached"]:
            header["learning"], gradients = _gradients(network, graded)
            arrays |= {f"{mode}.{name}": part for name, part in (gradients | _by_input(network, images[0])).items()}
    return header, arrays | ({} if output is None else {f"{mode}.graded": output})


def _gradients(network: nn.Module, output: Tensor) -> tuple[list[str], dict[str, Array]]:
    """The parameters that get a gradient, and a number for each of those. Raises what going back raises."""
    named = {name: part for name, part in network.named_parameters() if part.requires_grad}
    found = torch.autograd.grad(weighted(output), list(named.values()), allow_unused=True)
    sums = {name: weighted(part).item() for name, part in zip(named, found, strict=True) if part is not None}
    return list(sums), {"gradients": np.array(list(sums.values()), np.float64)}


def _by_input(network: nn.Module, batch: Tensor) -> dict[str, Array]:
    """The gradient by the input; nothing where the network cannot take an input that has one."""
    leaf = batch.clone().requires_grad_()
    try:
        (found,) = torch.autograd.grad(weighted(network(leaf.clone())), [leaf], allow_unused=True)
    except TimeoutError:
        raise
    except Exception:  # noqa: BLE001 - the forward pass is student code
        return {}
    return {"gradient": numbers(torch.zeros_like(leaf) if found is None else found)}
