"""Which network a command line builds: the script is run up to there, and its arguments are noted."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from inside import loading
from inside.command_lines import CommandLine

from . import files
from .variants import is_network, quiet

SECONDS = 6.0  # of CPU time for one command line
NetworkKind = type[nn.Module]


class Reached(BaseException):
    """The network is built: nothing after it is run. Not an `Exception`, which a script may catch."""


@dataclass(eq=False)
class Call:
    """A call of a network's class. `network` is what it made, `error` what it raised."""

    kind: NetworkKind
    arguments: dict[str, Any]
    network: nn.Module | None = None
    error: BaseException | None = None


@dataclass(eq=False)
class Outcome:
    """What became of a command line: the networks that it asked for, and what stopped it before the first one."""

    line: CommandLine
    calls: list[Call] = field(default_factory=list)
    error: str | None = None


def outcome(session: Any, line: CommandLine) -> Outcome:
    """Run a script until it has built a network; each cell of a notebook may build one."""
    found = Outcome(line)
    watch = loading.Recording(session.is_recorded, session.recorder.wrap)
    argv, sys.argv = sys.argv, [line.script, *line.arguments]
    try:
        with (
            files.importable(line.script),
            _noted(found.calls),
            _empty_data_sets(),
            quiet(),
            loading.Deadline(SECONDS, "cpu"),
        ):
            loaded = loading.load(line.script, "run", watch, session.long_running())
        errors = [error for error in loaded.errors if error["kind"] != Reached.__name__]
        if not found.calls and errors:
            found.error = f"{errors[0]['kind']}: {errors[0]['message']}"[:300]
    except TimeoutError:
        found.error = f"it builds no network within {SECONDS:g} CPU seconds"
    finally:
        sys.argv = argv
    return found


@contextlib.contextmanager
def _noted(calls: list[Call]) -> Iterator[None]:
    """Every class of networks that is defined meanwhile notes the calls of its constructor."""
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


def _noting(original: Callable[..., None], calls: list[Call]) -> Callable[..., None]:
    @functools.wraps(original)
    def made(network: nn.Module, *args: Any, **kwargs: Any) -> None:
        if any(call.network is None and call.error is None for call in calls):  # a base class's constructor
            return original(network, *args, **kwargs)
        bound = inspect.signature(original).bind(network, *args, **kwargs)
        call = Call(type(network), _plain(bound))
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


@contextlib.contextmanager
def _empty_data_sets() -> Iterator[None]:
    """Scripts make their data sets before the network: meanwhile they may, and nothing can be read from them."""
    kind: Any = importlib.import_module("mlp.data_providers").DataProvider
    kind.may_be_made = True
    try:
        yield
    finally:
        kind.may_be_made = False
