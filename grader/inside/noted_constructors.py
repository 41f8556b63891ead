"""Which networks a script builds: calls of constructors are noted while it runs, and it is stopped at the first."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

NetworkKind = type[nn.Module]


class Reached(BaseException):
    """The network is built: nothing after it is run. Not an `Exception`, which a script may catch."""


@dataclass(eq=False)
class ConstructorCall:
    """A call of a network's class. `network` is what it made, `error` what it raised."""

    kind: NetworkKind
    arguments: dict[str, Any]
    network: nn.Module | None = None
    error: BaseException | None = None


@contextlib.contextmanager
def noted(calls: list[ConstructorCall], is_network: Callable[[type], bool]) -> Iterator[None]:
    """Every class of networks that is defined meanwhile notes the calls of its constructor, which then raises
    `Reached`.
    """
    changed: list[tuple[type[Any], Any]] = []

    def define(cls: type[Any], /, **_: Any) -> None:
        if "__init__" in vars(cls) and is_network(cls):
            changed.append((cls, cls.__init__))
            cls.__init__ = _noting(cls.__init__, calls)

    nn.Module.__init_subclass__ = classmethod(define)  # type: ignore[assignment]
    try:
        yield
    finally:
        del nn.Module.__init_subclass__
        for kind, original in changed:
            kind.__init__ = original


def _noting(original: Callable[..., None], calls: list[ConstructorCall]) -> Callable[..., None]:
    @functools.wraps(original)
    def made(network: nn.Module, *args: Any, **kwargs: Any) -> None:
        if any(call.network is None and call.error is None for call in calls):  # a base class's constructor
            return original(network, *args, **kwargs)
        bound = inspect.signature(original).bind(network, *args, **kwargs)
        call = ConstructorCall(type(network), _plain(bound))
        calls.append(call)
        try:
            original(network, *args, **kwargs)
        except BaseException as error:
            call.error = error
            raise
        call.network = network
        raise Reached

    return made


def _plain(bound: inspect.BoundArguments) -> dict[str, Any]:
    """Arguments by name, without the object itself and those that a call leaves to the defaults."""
    names = list(bound.arguments)[1:]
    kinds = bound.signature.parameters
    found: dict[str, Any] = {}
    for name in names:
        if kinds[name].kind is inspect.Parameter.VAR_KEYWORD:
            found |= bound.arguments[name]
        elif kinds[name].kind is not inspect.Parameter.VAR_POSITIONAL:
            found[name] = bound.arguments[name]
    return found
