"""Watching a submission's functions while its own code runs them; `watched_networks.py` watches its networks."""

from __future__ import annotations

import functools
import inspect
import os
import threading
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .building import simple
from .served import Array

if TYPE_CHECKING:
    from .seen_networks import SeenNetwork

ASSIGNED_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
TURN_S = 100.0  # how long a thread waits for the recorded call of another one to end


class StopHere(BaseException):
    """Ends a call at the first forward pass, when only the network is wanted."""


@dataclass
class SeenCall:
    """One call of a recorded function: what went in, what came out, which networks ran on what."""

    function: str
    arguments: dict[str, Any]
    phase: str
    stop: bool = False
    networks: list[SeenNetwork] = field(default_factory=list)
    samples: list[tuple[int, Array]] = field(default_factory=list)  # (network, N × C × H × W)
    outputs: dict[int, Array] = field(default_factory=dict)  # of samples that ran alone, by their number
    count: int = 0
    result: Any = None
    error: BaseException | None = None
    cpu_s: float = 0.0


class Recorder:
    """Wraps functions, and holds what is seen of networks while one of them runs.

    Calls from several threads take turns, so that what networks do belongs to one call. Other processes of the
    submission are not watched: they cannot say what they saw.
    """

    def __init__(self, on_call: Callable[[SeenCall], None]) -> None:
        self.on_call = on_call
        self.functions: dict[str, Callable[..., Any]] = {}
        self.current: SeenCall | None = None
        self.phase = "run"
        self.stop = False
        self.inside = threading.local()  # `watched`: whether this thread is in a forward pass that is noted
        self.turn = threading.RLock()
        self.process = os.getpid()
        self.made = 0
        self.seen: dict[int, type] = {}  # by identity: a metaclass may have an __eq__ of its own

    def wrap(self, function: Callable[..., Any], assigned_to: str | None = None) -> Callable[..., Any]:
        """The recorded twin of `function`; calls from inside a recorded call are left alone.

        What is `assigned_to` a name stays as it is unless it is a function.
        """
        if isinstance(function, staticmethod | classmethod):
            return type(function)(self.wrap(function.__func__))
        if assigned_to is not None and not any(type(function) is kind for kind in ASSIGNED_FUNCTIONS):
            return function
        name = assigned_to or getattr(function, "__name__", None)
        if not callable(function) or not isinstance(name, str):
            return function
        self.functions[name] = function

        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            if os.getpid() != self.process:
                return function(*args, **kwargs)
            mine = self.turn.acquire(timeout=TURN_S)
            try:
                if self.current is not None:
                    return function(*args, **kwargs)
                with self.recording(SeenCall(name, bound(function, args, kwargs), self.phase, self.stop)) as call:
                    call.result = function(*args, **kwargs)
                return call.result
            finally:
                if mine:
                    self.turn.release()

        return recorded

    @contextmanager
    def recording(self, call: SeenCall) -> Iterator[SeenCall]:
        """Everything that networks do until the end of the block belongs to `call`."""
        self.current, self.inside.watched, started = call, False, time.process_time()
        try:
            yield call
        except StopHere:
            pass
        except BaseException as error:
            call.error = error
            raise
        finally:
            self.current = None
            call.cpu_s = time.process_time() - started
            self.on_call(call)


def bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by parameter name, as far as they are plain values."""
    try:
        arguments = inspect.signature(function).bind(*args, **kwargs)
        arguments.apply_defaults()
        return {name: simple(value) for name, value in arguments.arguments.items()}
    except Exception:  # noqa: BLE001 - a signature may be an object of the student's
        return {}
