"""The submission's block classes, each with the flags its constructor has, and how to make one."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import torch
from torch import nn

from inside import building
from inside.block_looks import Look, look_at
from inside.passes import set_mode
from inside.raised import class_name, mark

from . import files

Load = Callable[[str], Any]

FLAGS = {"batch_norm": r"batch_?norm|^(use_)?bn|bn$|_bn_|norm", "residual": r"resid|skip|shortcut|^(use_)?res|_rc$|^rc"}
_SETTINGS: dict[str, tuple[str, ...]] = {
    "input_shape": ("shape", "^inp", "^x$"),
    "in_channels": ("in_?ch", "^in_", "input_ch", "num_in"),
    "num_filters": ("filter", "out_?ch", "^out", "chan", "planes", "width"),
    "kernel_size": ("kernel", "^ks?$"),
    "padding": ("pad",),
    "bias": ("bias",),
    "dilation": ("dilat",),
    "reduction_factor": ("reduc", "factor", "stride", "pool", "down"),
}
_NOT_BLOCKS = r"^entry|entryconv|^empty|network$|^net$|experiment|builder|fullyconnected|linear"
MAX_VARIANTS = 16
CHANNELS, SIZE = 32, 8  # the handout's number of filters: some blocks are written for no other
SHAPE = (4, CHANNELS, SIZE, SIZE)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the shapes that blocks print while they are built."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@dataclass(frozen=True, eq=False, repr=False)
class Variant:
    """One way to make a block: a class of one file, with flags switched on."""

    file: str
    kind: type[nn.Module]
    flags: Mapping[str, bool | int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The class as the submission calls it."""
        name: str = (
            class_name(self.kind) if isinstance(self.kind, type) else getattr(self.kind, "__name__", "a function")
        )
        return name

    def __repr__(self) -> str:
        return self.name

    def __call__(self, *args: Any, **kwargs: Any) -> nn.Module:
        """Make it, as a network's constructor does: the flags are added unless the network gives them."""
        return self.kind(*args, **{**self.flags, **kwargs})

    def make(self, channels: int, size: int, seed: int) -> nn.Module:
        """One block for inputs 4 × channels × size × size, with as many filters, in training mode."""
        values: dict[str, Any] = {
            "input_shape": (4, channels, size, size),
            "in_channels": channels,
            "num_filters": channels,
            "kernel_size": 3,
            "padding": 1,
            "bias": False,
            "dilation": 1,
            "reduction_factor": 2,
        }
        if reducing(self.kind):
            del values["reduction_factor"]  # it is among the flags of the one that reduces
        torch.manual_seed(seed)
        if not _takes_anything(self.kind):
            return self._made(values)
        for extra in ("in_channels", "reduction_factor"):  # what `**settings` hands on may be too much
            try:
                with torch.no_grad():
                    self._made(values)(torch.zeros(values["input_shape"]))
                break
            except (TypeError, RuntimeError):
                values.pop(extra, None)
        torch.manual_seed(seed)
        return self._made(values)

    def _made(self, values: Mapping[str, Any]) -> nn.Module:
        block: nn.Module = set_mode(self(**self._arguments(values)), training=True)
        return block

    def _arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """For what the flags leave: they may be required."""
        return arguments(partial(self.kind, **self.flags), values, _SETTINGS)


@lru_cache(maxsize=64)
def look(variant: Variant, seed: int) -> Look:
    """Make the block and try it. Whatever it raises is in `error`."""
    return look_at(lambda: variant.make(CHANNELS, SIZE, seed), SHAPE)


def arguments(
    function: Callable[..., Any], values: Mapping[str, Any], patterns: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Keyword arguments by what the parameters' names mean. Raises CannotCall for a required one without meaning."""
    everything = _takes_anything(function)
    roles = [building.Role(name, value, patterns[name], optional=not everything) for name, value in values.items()]
    try:
        bound: dict[str, Any] = building.bind(function, roles, {})[0]
    except building.CannotCall as error:
        raise mark(error, "unknown") from None  # students choose what their own classes take
    return bound


def _takes_anything(function: Callable[..., Any]) -> bool:
    return any(part.kind is part.VAR_KEYWORD for part in inspect.signature(function).parameters.values())


@lru_cache(maxsize=1)
def classes(load: Load) -> tuple[list[tuple[str, type[nn.Module], dict[str, Any]]], list[str]]:
    """The submission's network classes with file and namespace, and what went wrong while loading."""
    found: dict[tuple[str, str], tuple[str, type[nn.Module], dict[str, Any]]] = {}
    problems = []
    for source in files.of_models():
        namespace, error = files.namespace(load, source.path)
        problems += [error] if error else []
        for value in list(namespace.values()):
            if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == "submission":
                found[source.path, class_name(value)] = (source.path, value, namespace)
    return list(found.values()), problems


@lru_cache(maxsize=1)
def variants(load: Load) -> list[Variant]:
    """Every class that may be a block, plain and with its flags on."""
    found = []
    for file, kind, _ in classes(load)[0]:
        if not re.search(_NOT_BLOCKS, class_name(kind), re.IGNORECASE) and not is_network(kind):
            found += [Variant(file, kind, flags) for flags in _flag_sets(kind)]
    return found[:MAX_VARIANTS]


def is_network(kind: type) -> bool:
    """Whether a class is made with a number of blocks or stages."""
    try:
        names = list(inspect.signature(kind).parameters)
    except (TypeError, ValueError):
        return False
    return any(re.search(r"stage|num_blocks|block_type|num_output|classes", name) for name in names)


def flags_of(function: Callable[..., Any]) -> dict[str, str]:
    """The parameters of a constructor that switch batch normalization or the shortcut on, by what they switch."""
    found: dict[str, str] = {}
    for part in inspect.signature(function).parameters.values():
        for flag, pattern in FLAGS.items():
            is_switch = isinstance(part.default, bool) or part.default is part.empty
            if is_switch and part.name not in _SETTINGS and re.search(pattern, part.name, re.IGNORECASE):
                found.setdefault(flag, part.name)
    return found


def reducing(function: Callable[..., Any]) -> dict[str, bool | int]:
    """The parameter that makes a block of a class reduce, with a value that does; none if it has no say in it."""
    for part in inspect.signature(function).parameters.values():
        named = any(re.search(word, part.name) for word in _SETTINGS["reduction_factor"])
        if named and part.default in (None, 0, 1) and part.default is not True:
            return {part.name: part.default is False or 2}
    return {}


def _flag_sets(kind: type) -> list[dict[str, bool | int]]:
    try:
        sets, reduced = _switched(flags_of(kind)), reducing(kind)
    except (TypeError, ValueError):
        return [{}]
    return sets + [{**flags, **reduced} for flags in sets] if reduced else sets


def _switched(flags: Mapping[str, str]) -> list[dict[str, bool | int]]:
    if not flags:
        return [{}]
    off: dict[str, bool | int] = dict.fromkeys(flags.values(), False)
    sets = [off, *({**off, name: True} for name in flags.values())]
    return sets if len(flags) == 1 else [*sets, dict.fromkeys(flags.values(), True)]
