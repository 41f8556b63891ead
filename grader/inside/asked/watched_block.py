"""A student's block of convolutions, made by its class or function and watched in both modes."""

from __future__ import annotations

from typing import Any

import torch

from .. import building
from ..made import network_of
from ..naming import NotThere, named
from ..watching import watched


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make the one that is `asked` for with the case's `roles`, and watch it on the served array `inputs`."""
    try:
        name, factory = named(session.namespace, case["asked"], case["patterns"])
    except NotThere as missing:
        return {"missing": str(missing), "patterns": list(case["patterns"])}, {}
    arguments, remarks = building.bind(factory, building.roles(case["roles"]), session.namespace)
    x, seed = torch.from_numpy(session.arrays[case["inputs"]].copy()), session.request["seed"]
    header, arrays = watched(lambda: network_of(factory, arguments, seed, name), x, seed)
    return {"class": name, "file": session.request["entry"], "remarks": remarks, **header}, arrays
