"""Networks recorded the way a box records them, as the JSON and arrays that come out of the sandbox."""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grader.catalog import load_assignment
from grader.checks import replay
from grader.inside.tracing import trace

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Recorded:
    """A trace as it arrives, with the tensors it needs."""

    header: dict[str, Any]
    tensors: dict[str, Tensor]

    def changed(self, *path: Any, to: Any) -> dict[str, Any]:
        """A copy of the header with one field replaced."""
        return replaced(self.header, path, to)

    def run(self, image: Tensor, header: Any = None) -> Tensor:
        """Parse and replay, as a check does."""
        return replay.run(replay.parse(header if header is not None else self.header), self.tensors, image)


def recorded(network: nn.Module, image: Tensor) -> Recorded:
    """Trace a network in this process and bring the result through JSON."""
    found = trace(network, image)
    state = {name: value.detach().clone() for name, value in [*network.named_parameters(), *network.named_buffers()]}
    return Recorded(json.loads(json.dumps(found.header())), state | replay.weights(found.constants))


@cache
def solution() -> Any:
    """The reference solution of practical 6."""
    load_assignment("dlc_practical_6", ROOT / "reference")
    return importlib.import_module("reference_dlc_practical_6.hidden.solution")


def residual(blocks: int, **flags: bool) -> nn.Module:
    """The reference network with reproducible weights."""
    torch.manual_seed(blocks)
    network: nn.Module = solution().ResNet(blocks, 10, **flags)
    return network


def images(count: int = 1) -> Tensor:
    """N × 3 × 32 × 32, the same every time."""
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(count))


def replaced(header: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A deep copy with the field at `path` replaced."""
    new = copy.deepcopy(header)
    inner: Any = new
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return new


def removed(header: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """A deep copy without the field at `path`."""
    new = copy.deepcopy(header)
    inner: Any = new
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return new


def fields(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field of nested JSON, containers included, the whole excluded."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from fields(inner, (*path, key))


WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    3.5,
    2**31,
    2**63,
    -(2**70),
    float("nan"),
    float("inf"),
    "",
    "x",
    "x" * 1_000_000,
    [],
    [[]],
    [None],
    [3],
    {},
    {"value": 0},
    {"value": -1},
    {"value": 10**6},
    {"value": True},
    {"value": [3]},
    {"value": None},
    {"float": "1e999"},
    {"float": 3},
    {"other": "torch.float32"},
    {"other": None},
    {"a": {"b": {}}},
)


def nested(depth: int) -> list[Any]:
    """A list in a list in a list."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def node(op: str, *args: Any, out: int = 1, **kwargs: Any) -> dict[str, Any]:
    """One operation, as JSON. Value 0 is the input."""
    return {"op": op, "args": list(args), "kwargs": kwargs, "out": [out]}


def value(number: int) -> dict[str, int]:
    """A reference to a value."""
    return {"value": number}


def chain(*nodes: dict[str, Any], output: int | None = None, **names: int) -> dict[str, Any]:
    """A header of these operations; the output is the last one's."""
    last = nodes[-1]["out"][-1] if output is None else output
    return {"nodes": list(nodes), "values": {"input.0": 0, **names}, "calls": [], "output": last}


def outcome(action: Callable[[], Any]) -> str:
    """`refused` if it is not replayable, `fine` if it runs; any other exception goes through."""
    try:
        action()
    except replay.NotReplayable:
        return "refused"
    return "fine"


X = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def run(header: Any, x: Tensor = X, **tensors: Tensor) -> Tensor:
    """Parse and replay a header on `X`, through JSON."""
    return replay.run(replay.parse(json.loads(json.dumps(header))), tensors, x)


def refuses(header: Any, words: str, x: Tensor = X, **tensors: Tensor) -> None:
    """Check that a header is not replayable, with these words."""
    with pytest.raises(replay.NotReplayable, match=words):
        run(header, x, **tensors)
