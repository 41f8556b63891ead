"""Training under a budget of steps: a student's network, a student's loop, or both. What was learned is judged outside.

No held-out image and no label of one comes in here; what goes back are the operations and the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..arrays import numbers
from ..building import bind, roles
from ..cause import their_objects
from ..passes import set_mode
from ..raised import class_name, mark
from ..seeding import seed_all
from ..served import ARRAYS, Array
from ..tracing import trace
from .budgeted import Budgeted, BudgetedSamples, TooManySteps
from .modules import made
from .trained_on import at_most, numbers_of, other_parameters

Header = dict[str, Any]


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Make `asked` (or take `own`, a class of the course's), train it with `train`, and write down what came out."""
    needed = [name for name in (case["asked"], case["train"]) if name and not callable(session.namespace.get(name))]
    if needed:
        return {"missing": needed[0]}, {}
    return trained(session, case, session.namespace, ARRAYS)


def trained(
    session: Any, case: Mapping[str, Any], names: Mapping[str, Any], arrays: Mapping[str, Array]
) -> tuple[Header, dict[str, Array]]:
    """The same for a student's code and for the reference's."""
    seed_all(case["seed"], torch=True)
    factory: Callable[..., Any] = names[case["asked"]]
    network = made(session, {**case, "roles": case["roles"]}, factory)
    seed_all(case["seed"], torch=True)
    images, labels = (torch.from_numpy(arrays[case[part]].copy()) for part in ("images", "labels"))
    order = torch.Generator().manual_seed(case["seed"])
    loader = Budgeted(BudgetedSamples(images, labels), case["batch"], shuffle=True, generator=order)
    loader.limit(case["steps"], network)
    header: Header = {"stopped": False}
    before = {name: part.detach().clone() for name, part in network.named_parameters() if not is_lazy(part)}
    size = numbers_of(network, images)
    seed_all(case["seed"], torch=True)
    trained_one = network
    try:
        with at_most(case["steps"] * case["batch"], network):
            trained_one = _run(names, case, network, loader)
    except TooManySteps:
        header["stopped"] = True
    header["steps"] = loader.steps
    header["other"] = other_parameters(network, trained_one)
    network = network if header["other"] else trained_one
    header["numbers"] = [size, sum(part.numel() for part in network.parameters() if not is_lazy(part))]
    now = dict(network.named_parameters())
    header["still"] = [name for name, part in before.items() if name in now and _equal(part, now[name])]
    header["changed"] = len(header["still"]) < len(before)
    return _written_down(header, network, images[: case["seen"]])


def _run(names: Mapping[str, Any], case: Mapping[str, Any], network: nn.Module, loader: Budgeted) -> nn.Module:
    if not case["train"]:
        return _with_adam(network, loader, case["epochs"], case["rate"])
    given = {"net": network, "loader": loader, "epochs": case["epochs"]}
    flags = {"optional": False, "only_required": False}
    wanted = roles([{"name": name, "value": name, "patterns": PATTERNS[name], **flags} for name in case["takes"]])
    arguments, _ = bind(names[case["train"]], wanted, names)
    called = {name: given.get(part, part) if isinstance(part, str) else part for name, part in arguments.items()}
    with their_objects(), torch.enable_grad():
        result = names[case["train"]](**called)
    parts = result if isinstance(result, tuple | list) else [result]
    return next((part for part in parts if isinstance(part, nn.Module)), network)


PATTERNS = {"net": ("net", "model"), "loader": ("load", "data", "train"), "epochs": ("epoch", "^n")}


def _with_adam(network: nn.Module, loader: Budgeted, epochs: int, rate: float) -> nn.Module:
    """The grader's own loop, for assignments that ask for a network alone."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    set_mode(network, training=True)
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            with their_objects():
                scores = network(images)
                if not isinstance(scores, torch.Tensor) or scores.ndim != 2:
                    raise TypeError(f"expected scores of samples × classes, found {class_name(type(scores))}")
            torch.nn.functional.cross_entropy(scores, labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return network


def _equal(one: torch.Tensor, two: torch.Tensor) -> bool:
    return one.shape == two.shape and torch.equal(one, two.detach().to(one.device))


def _written_down(header: Header, network: nn.Module, seen: torch.Tensor) -> tuple[Header, dict[str, Array]]:
    network = nn.Module.float(nn.Module.cpu(network))
    set_mode(network, training=False)
    with their_objects():
        found = trace(network, seen)
        with torch.no_grad():
            outputs = network(seen.clone())
    if not isinstance(outputs, torch.Tensor):
        raise mark(TypeError(f"expected a tensor of scores, found {class_name(type(outputs))}"), "object")
    header["trace"] = found.header()
    state = [*network.named_parameters(), *network.named_buffers()]
    arrays = {f"state.{name}": numbers(part) for name, part in state} | found.constants
    return header, arrays | {"seen": np.asarray(numbers(outputs))}
