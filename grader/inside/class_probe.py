"""The answer to a `BuildNetwork`: a class of the student's is made, filled and run; what it does is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from . import building, made
from .arrays import as_array
from .cause import their_objects, told
from .passes import passes
from .raised import class_name
from .served import Array
from .training import buffers_of

if TYPE_CHECKING:
    from .student import Session


def answer(session: Session, probe: dict[str, Any], case: dict[str, Any]) -> None:
    """Make a class's object with the case's arguments and hidden weights; run it; write down what it does."""
    header: dict[str, Any] = {"kind": "build", "probe": probe["id"], "case": case["id"]}
    arrays: dict[str, Array] = {}
    candidates = _candidates(session, probe)
    if not candidates and session.take_fitting(probe["patterns"]):
        candidates = _candidates(session, probe)
    if not candidates:
        unproven = session.unproven(probe, map(class_name, session.classes()))
        session.outbox.post(header | {"missing": True} | unproven, {})
        return
    header["class"] = class_name(candidates[-1])
    try:
        inputs = [torch.from_numpy(session.arrays[name].copy()) for name in probe["inputs"]]
        with their_objects():
            network, header["remarks"] = _made(session, candidates[-1], case)
            header["parameters"] = building.fill(network, session.request["seed"])
            written, arrays = passes(network, *inputs)
            header |= written
            arrays |= buffers_of(network)
            result, header["result_kind"] = as_array(network(*inputs))
        if result is not None:
            arrays["output"] = result
    except BaseException as error:  # noqa: BLE001 - constructors and forward passes are student code
        header |= told(error)
    session.outbox.post(header, arrays)


def _candidates(session: Session, probe: Mapping[str, Any]) -> list[type[nn.Module]]:
    """Classes that may be the one asked for: by the best pattern that fits, the likeliest last."""
    refused, calls = probe.get("not", ()), session.calls
    left = [kind for kind in session.classes() if not any(_fits(pattern, kind) for pattern in refused)]
    for pattern in probe["patterns"]:
        if found := [kind for kind in left if _fits(pattern, kind)]:
            return sorted(found, key=lambda kind: (id(kind) in calls.roots, id(kind) in calls.used))
    return []


def _made(session: Session, kind: type[nn.Module], case: Mapping[str, Any]) -> tuple[nn.Module, list[str]]:
    """An object of a class with the case's arguments, in training mode, and remarks on its parameters' names."""
    arguments, remarks = building.bind(kind, building.roles(case["roles"]), session.namespace)
    return made.network_of(kind, arguments, session.request["seed"], class_name(kind)), remarks


def _fits(pattern: str, kind: type) -> bool:
    return bool(re.search(pattern, class_name(kind), re.IGNORECASE))
