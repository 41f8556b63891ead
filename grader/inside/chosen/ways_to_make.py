"""Ways to make a network: a class or function with the arguments of a script's call, or an object of a script."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..loading import Deadline
from ..raised import class_name, last_line
from ..seeding import seed_torch
from .meant_network import MeantNetwork

BUILD_S = 15.0
_SKIPS = re.compile(r"skip|short_?cut|resid", re.IGNORECASE)


@dataclass
class NetworkWay:
    """A class or a function with arguments, or an object that a script made."""

    name: str
    source: Any
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    how: str = "its default arguments"
    called: bool = False
    unknown: list[str] = field(default_factory=list)
    tensors: int = 0
    convolutions: int = 0
    sums: int = 0  # of two values on its way, where somebody counted them
    parts: set[str] = field(default_factory=set)  # names of the classes inside
    error: str | None = None

    def make(self, seed: int, shape: tuple[int, ...]) -> nn.Module:
        """A new network for samples of this shape: on the CPU, every part in training mode, weights from `seed`."""
        seed_torch(seed)
        made = copy.deepcopy(self.source) if isinstance(self.source, nn.Module) else self._call()
        if not issubclass(type(made), nn.Module):
            raise TypeError(f"{self.name} gives a {class_name(type(made))}, expected a torch.nn.Module")
        nn.Module.float(nn.Module.cpu(made))
        _materialise(made, shape)
        for part in nn.Module.modules(made):  # students have methods of their own called `train`
            part.training = True
        return made

    def _call(self) -> Any:
        return self.source(*copy.copy(self.args), **self.kwargs)

    def likely(self, meant: MeantNetwork) -> tuple[bool, ...]:
        """The likelier, the higher: by name, and by being called."""
        homework, earlier = meant.is_named(self.name), meant.is_earlier(self.name)
        return (self.error is None, self.convolutions > 0, homework, not earlier, self.called)

    def rank(self, meant: MeantNetwork) -> tuple[int, ...]:
        """As `likely`; of equal ones by its skip connections, and by its size."""
        return (*self.likely(meant), self.sums > 0, not self.switched_off, self.tensors)

    @property
    def lacks_package(self) -> bool:
        """Whether it cannot be made because a package is not installed."""
        return self.error is not None and "package is not installed" in self.error

    @property
    def switched_off(self) -> bool:
        """Whether it is made without skip connections, as some do to compare."""
        try:
            given = inspect.signature(self.source).bind(*self.args, **self.kwargs).arguments
        except (TypeError, ValueError):
            given = self.kwargs
        return any(value is False and _SKIPS.search(name) for name, value in given.items())


def _materialise(network: nn.Module, shape: tuple[int, ...]) -> None:
    """Lazy layers get their sizes from the first images that they see."""
    if not any(is_lazy(value) for value in nn.Module.parameters(network)):
        return
    for part in nn.Module.modules(network):
        part.training = False
    with torch.no_grad():
        network(torch.zeros(2, *shape))


def measure(way: NetworkWay, seed: int, shape: tuple[int, ...]) -> None:
    """Try it: its size, its parts, or the error that it ends with."""
    try:
        with Deadline(BUILD_S, "cpu"):
            network = way.make(seed, shape)
            modules = list(nn.Module.modules(network))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - constructors are student code
        way.error = last_line(error)
        return
    way.tensors = sum(1 for _ in nn.Module.parameters(network))
    way.convolutions = sum(isinstance(part, nn.Conv2d) for part in modules)
    way.parts = {class_name(type(part)) for part in modules} - {class_name(type(network))}


def filled(
    source: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], meant: MeantNetwork, *, counts: bool = False
) -> dict[str, Any]:
    """The named arguments with a guess for each required parameter that was given none, and where `counts` for the
    number of classes too.
    """
    try:
        parameters = list(inspect.signature(source).parameters.values())[len(args) :]
    except (TypeError, ValueError):
        return kwargs
    found = dict(kwargs)
    for part in parameters:
        required = part.default is part.empty and part.kind in (part.POSITIONAL_OR_KEYWORD, part.KEYWORD_ONLY)
        counted = counts and re.search(r"class", part.name, re.IGNORECASE) and isinstance(part.default, int)
        if part.name not in found and (required or counted):
            found[part.name] = meant.value_for(part.name)
    return found
