"""What a module is made of: its parameters, and the operations of a forward pass."""

from __future__ import annotations

from typing import Any

import torch

from .. import building
from ..cause import their_objects
from ..passes import set_mode
from ..served import ARRAYS, Array
from ..tracing import trace
from .calls import put_in
from .modules import made
from .plain_values import unpacked


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Make a module (`asked`, `roles`); with `arrays`, run it once on them in evaluation mode and write that down."""
    factory = session.namespace.get(case["asked"])
    if not callable(factory):
        return {"missing": case["asked"]}, {}
    network = made(session, case, factory)
    header: dict[str, Any] = {"parameters": building.fill(network, session.request["seed"])}
    header["frozen"] = [name for name, part in network.named_parameters() if not part.requires_grad]
    if case["runs"]:
        run = case["runs"][0]
        tensors = {name: torch.from_numpy(ARRAYS[place].copy()) for name, place in run["arrays"].items()}
        values = put_in(unpacked(case["plain"]), tensors)
        set_mode(network, training=run["mode"] == "training")
        with their_objects():
            header["trace"] = trace(network, *(values[name] for name in case["inputs"])).header()
    return header, {}
