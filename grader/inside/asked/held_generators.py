"""Random generators that an object holds, seeded when it was made: its draws go on from call to call.

Where an object is made anew for each call, a seed of its constructor's would give the same numbers each time, which
nobody who uses one object ever sees. So what it holds is given another seed then.
"""

from __future__ import annotations

import random
import sys
import types
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from ..seeding import seed_all

DEPTH, MOST, BITS = 4, 2000, 32
_LEAVES = (str, bytes, int, float, complex, type(None), np.ndarray, np.generic, type, types.ModuleType)


def seed_anew(values: Iterable[Any], seeds: random.Random) -> None:
    """Every generator that the values hold, and all that draw without one: a constructor may have seeded those."""
    seed_all(seeds.getrandbits(BITS), torch="torch" in sys.modules)
    for generator in _held(values):
        with suppress(Exception):  # a class of the student's
            _seed(generator, seeds.getrandbits(BITS))


def _seed(generator: Any, seed: int) -> None:
    if isinstance(generator, np.random.Generator):
        bits = generator.bit_generator
        bits.state = type(bits)(seed).state
    elif isinstance(generator, np.random.RandomState | random.Random):
        generator.seed(seed)
    else:
        generator.manual_seed(seed)


def _held(values: Iterable[Any]) -> Iterator[Any]:
    """The generators in attributes, lists, closures and generator functions, each once."""
    torch = sys.modules.get("torch")
    kinds = (np.random.Generator, np.random.RandomState, random.Random, *([torch.Generator] if torch else []))
    seen, layer = set[int](), list(values)
    for _ in range(DEPTH):
        following: list[Any] = []
        for value in layer[:MOST]:
            if id(value) in seen or issubclass(type(value), _LEAVES):
                continue
            seen.add(id(value))
            if issubclass(type(value), kinds):
                yield value
            else:
                with suppress(Exception):  # student code
                    following += _parts(value)
        layer = following


def _parts(value: Any) -> list[Any]:
    kind = type(value)
    if issubclass(kind, dict):
        return list(dict.values(value))
    if issubclass(kind, list | tuple):
        return list(list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value))
    if kind is types.GeneratorType:
        return list(value.gi_frame.f_locals.values())
    if kind is types.FunctionType:
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return [*cells, *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    if kind is types.MethodType:
        return [value.__self__]
    slots = [name for one in kind.__mro__ for name in getattr(one, "__slots__", ())]
    return [*getattr(value, "__dict__", {}).values(), *(getattr(value, name, None) for name in slots)]
