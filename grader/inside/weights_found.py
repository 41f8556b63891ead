"""The weights in what a file held, and how they fit a network: prefixes, nesting and precision do not matter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .weights_files import BrokenFile, is_module

DEPTH, MOST = 4, 20_000
TOLD = 1_000  # bytes of what else lies in a file
MOST_NUMBERS = 50_000_000
CONFIGS = ("config", "hyper_parameters", "hparams", "hyperparameters", "model_config", "model_args", "args", "kwargs")
WRAPPERS = re.compile(r"(^|\.)(?:_orig_mod|module)\.")
LIKELY = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params")
POSITIONAL = re.compile(r"arr_\d+|\d+")


@dataclass
class Contents:
    """What a file held: modules, dictionaries of tensors by where they lie, and settings."""

    modules: list[nn.Module] = field(default_factory=list)
    states: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit:
    """How tensors fit a network: names of those that are missing, of another shape, and left over."""

    values: Mapping[str, Tensor]
    missing: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    remark: str = ""

    @property
    def problems(self) -> int:
        """How many of the network's tensors get no value."""
        return len(self.missing) + len(self.shapes)


def contents(value: Any) -> Contents:
    """Everything of use in it, at most some levels deep."""
    found = Contents()
    _look(value, "", found, DEPTH)
    found.states = dict(sorted(found.states.items(), key=lambda pair: _rank(pair[0])))
    return found


def _rank(where: str) -> tuple[int, int]:
    last = where.rpartition("/")[2]
    return (LIKELY.index(last) if last in LIKELY else len(LIKELY)), where.count("/")


def _look(value: Any, where: str, found: Contents, depth: int) -> None:
    if is_module(value):
        found.modules.append(value)
    elif isinstance(value, Mapping):
        named = [(str(name), part) for name, part in list(value.items())[:MOST]]
        for name, part in named:
            found.config |= _settings(part) if name in CONFIGS else {}
        _look_at(named, where, found, depth)
    elif isinstance(value, list | tuple):
        _look_at([(str(place), part) for place, part in enumerate(value[:MOST])], where, found, depth)


def _look_at(named: list[tuple[str, Any]], where: str, found: Contents, depth: int) -> None:
    tensors = {name: made for name, part in named if (made := tensor(part)) is not None}
    if tensors:
        found.states[where] = tensors
    for name, part in named if depth else ():
        if isinstance(part, Mapping | list | tuple) or is_module(part):
            _look(part, f"{where}/{name[:60]}", found, depth - 1)


def _settings(part: Any) -> dict[str, Any]:
    inner = part if isinstance(part, Mapping) else getattr(part, "__dict__", {})
    return {str(name): value for name, value in dict(inner).items()}


def tensor(value: Any) -> Tensor | None:
    """Numbers as a plain tensor, in float32 if they are fractions; None for anything else. Raises BrokenFile."""
    if issubclass(type(value), np.ndarray) and value.dtype.kind in "fiub":
        value = torch.from_numpy(np.array(value, dtype=value.dtype.newbyteorder("="), order="C"))
    if not issubclass(type(value), Tensor):
        return None
    if value.is_meta or value.layout is not torch.strided or value.is_quantized or value.is_complex():
        raise BrokenFile("holds tensors that are no plain numbers (sparse, quantized, complex, or without any values)")
    if math.prod(value.shape) > MOST_NUMBERS:
        raise BrokenFile(f"holds a tensor of {math.prod(value.shape):,} numbers: expected at most {MOST_NUMBERS:,}")
    plain: Tensor = value.detach().as_subclass(Tensor)
    return plain.float() if plain.is_floating_point() else plain


def fit(network: nn.Module, states: Iterable[Mapping[str, Tensor]]) -> Fit:
    """The way of taking one of the dictionaries for the network's that leaves least open."""
    wanted = network.state_dict()
    ways = [way for state in states for way in _ways(wanted, state)]
    return min(ways, key=lambda way: (way.problems, len(way.left))) if ways else Fit({}, tuple(wanted))


def _ways(wanted: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> Iterator[Fit]:
    bare = {WRAPPERS.sub(r"\1", WRAPPERS.sub(r"\1", name)): value for name, value in state.items()}
    for named in dict.fromkeys([tuple(state.items()), tuple(bare.items())]):
        for prefix in _prefixes(name for name, _ in named):
            own = {name.removeprefix(prefix): part for name, part in named if name.startswith(prefix)}
            yield _compared(wanted, own, len(named) - len(own), f"names without {prefix}" if prefix else "")
        for prefix in _prefixes(wanted):
            if prefix:
                own = {f"{prefix}{name}": part for name, part in named}
                yield _compared(wanted, own, 0, f"names with {prefix}")
    if all(POSITIONAL.fullmatch(name) for name in state):
        yield _in_order(wanted, list(state.values()))


def _prefixes(names: Iterable[str]) -> list[str]:
    parts = [name.split(".") for name in names]
    starts = ({".".join(part[:deep]) + "." for part in parts if len(part) > deep} for deep in (1, 2, 3))
    return ["", *sorted(set().union(*starts))[:40]]


def _compared(wanted: Mapping[str, Tensor], own: Mapping[str, Tensor], left: int, remark: str) -> Fit:
    needed = {name: part for name, part in wanted.items() if not name.endswith("num_batches_tracked")}
    missing = tuple(name for name in needed if name not in own)
    shapes = tuple(
        f"{name} ({_shape(own[name].shape)} in place of {_shape(part.shape)})"
        for name, part in needed.items()
        if name in own and own[name].shape != part.shape
    )
    values = {name: part for name, part in own.items() if name in wanted and part.shape == wanted[name].shape}
    over = [name for name in own if name not in wanted]
    return Fit(values, missing, shapes, (*over, *["…"] * left), remark)


def _in_order(wanted: Mapping[str, Tensor], given: Sequence[Tensor]) -> Fit:
    """Arrays without names: all of the network's tensors, or all but counters, in its own order."""
    names = [name for name in wanted if not name.endswith("num_batches_tracked")]
    names = list(wanted) if len(given) == len(wanted) else names
    if len(given) != len(names):
        return Fit({}, tuple(names))
    return _compared(wanted, dict(zip(names, given, strict=True)), 0, "arrays without names, in the network's order")


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) or "one number"


def put(network: nn.Module, found: Fit) -> None:
    """Give a network the values that fit it."""
    own = network.state_dict()
    with torch.no_grad():
        for name, value in found.values.items():
            own[name].copy_(value)


def beside_weights(
    value: Any, known: set[tuple[int, ...]], most: int = 40
) -> Iterator[tuple[str, str, list[int], int]]:
    """Where, what, of which shape and of how many bytes: large things in a file that are no tensor of the network.

    A tensor of the shape of one of the network's is the optimizer's, or an average: `known` has those shapes.
    """
    queue: list[tuple[str, Any, int]] = [("", value, 6)]
    seen: set[int] = set()
    while queue and most:
        where, part, depth = queue.pop(0)
        if id(part) in seen:
            continue
        seen.add(id(part))
        size, shape = _size(part)
        if size > TOLD and tuple(shape) not in known:
            most -= 1
            yield where[:120] or "the file", type(part).__name__[:60], shape, size
        elif depth and len(seen) < 5_000:
            queue += [(f"{where}.{name}".lstrip("."), inner, depth - 1) for name, inner in _inner(part)]


def _inner(part: Any) -> list[tuple[str, Any]]:
    if isinstance(part, Mapping):
        return [(str(name)[:40], inner) for name, inner in list(part.items())[:2000]]
    if isinstance(part, list | tuple):
        return [(str(place), inner) for place, inner in enumerate(part[:2000])]
    own = getattr(part, "__dict__", None) if not isinstance(part, type | Tensor | np.ndarray) else None
    return [(str(name)[:40], inner) for name, inner in list(own.items())[:500]] if isinstance(own, dict) else []


def _size(part: Any) -> tuple[int, list[int]]:
    if issubclass(type(part), Tensor):
        return part.numel() * part.element_size(), [int(length) for length in part.shape]
    if issubclass(type(part), np.ndarray):
        return int(part.nbytes), [int(length) for length in part.shape]
    if isinstance(part, bytes | bytearray | str):
        return len(part), [len(part)]
    if isinstance(part, list | tuple) and len(part) > 2000 and all(isinstance(one, int | float) for one in part[:50]):
        return 8 * len(part), [len(part)]
    return 0, []
