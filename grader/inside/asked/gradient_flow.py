"""A student's plot of gradients, on small networks of our own whose gradients are known outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..flow_calls import Plotting, attempt, flows_in
from ..flow_networks import network

MOST = 4  # functions


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """One attempt for every function that fits the case's `pattern`, on the network of its id."""
    attempts: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    entry = session.request["entry"]
    text = Path(entry).read_bytes().decode("utf-8", "replace") if Path(entry).is_file() else ""
    flows = list(flows_in(entry, text, dict(session.namespace), case["pattern"]))
    for index, flow in enumerate(flows[:MOST]):
        made = network(case["id"], session.request["seed"])
        for place, parameter in enumerate(made.parameters()):
            parameter.grad = torch.from_numpy(session.arrays[f"gradients.{case['id']}.{place}"].copy())
        header, found = attempt(session, flow, Plotting(network=made, plotter=case["plotter"]))
        attempts.append(header)
        arrays |= {f"{index}.{name}": array for name, array in found.items()}
    return {"attempts": attempts, "problems": []}, arrays
