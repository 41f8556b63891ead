"""A network that was seen at work, as data: its weights as they were, and its operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .arrays import numbers, plain
from .cause import their_objects, told
from .raised import class_name
from .served import Array
from .tracing import trace


@dataclass
class SeenNetwork:
    """A network at its first forward pass: weights and modes as they were then."""

    network: nn.Module
    state: dict[str, Tensor]
    training: dict[str, bool]
    order: int
    example: Tensor | None = None

    def record(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """It as data: operations, weights at the first pass, whether they changed since."""
        return _record(self)


def seen_now(network: nn.Module, order: int) -> SeenNetwork:
    """Copies of its parameters and buffers, and which of its parts are in training mode."""
    state = {name: plain(value).clone() for name, value in _tensors(network).items()}
    return SeenNetwork(network, state, {name: part.training for name, part in network.named_modules()}, order)


def _tensors(network: nn.Module) -> dict[str, Tensor]:
    """Parameters and persistent buffers, by name."""
    state = nn.Module.state_dict(network, keep_vars=True)
    return {name: value for name, value in state.items() if issubclass(type(value), Tensor)}


def _record(seen: SeenNetwork) -> tuple[dict[str, Any], dict[str, Array]]:
    network = seen.network
    now = {name: plain(value) for name, value in _tensors(network).items()}
    parameters = [name for name, _ in nn.Module.named_parameters(network)]
    changed = [name for name in parameters if name in now and not _same(now[name], seen.state.get(name))]
    header: dict[str, Any] = {
        "class": class_name(type(network)),
        "training": seen.training.get("", False) is True,
        "parameters": parameters,
        "changed": len(changed),
    }
    arrays = {f"state.{name}": numbers(value) for name, value in seen.state.items()}
    try:
        with _as_it_was(seen), their_objects():
            found = trace(network, *([seen.example] if seen.example is not None else []))
        header["trace"] = found.header()
        arrays |= found.constants
    except BaseException as error:  # noqa: BLE001 - the forward pass is student code
        header |= {f"trace_{name}": value for name, value in told(error, 500).items()}
    return header, arrays


def _same(now: Tensor, then: Tensor | None) -> bool:
    return then is not None and (now.dtype, now.device) == (then.dtype, then.device) and torch.equal(now, then)


@contextmanager
def _as_it_was(seen: SeenNetwork) -> Iterator[None]:
    kept = seen_now(seen.network, seen.order)
    _set(seen.network, seen.state, seen.training)
    try:
        yield
    finally:
        _set(seen.network, kept.state, kept.training)


def _set(network: nn.Module, state: dict[str, Tensor], training: dict[str, bool]) -> None:
    for name, part in network.named_modules():
        part.training = training.get(name, part.training)
    with torch.no_grad():
        for name, value in _tensors(network).items():
            if name in state and state[name].shape == value.shape:
                value.copy_(state[name])
