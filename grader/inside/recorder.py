"""Watching a submission's functions and networks while its own code runs them."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import threading
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .arrays import first_tensor, numbers, plain
from .building import simple
from .seen_networks import SeenNetwork, seen_now
from .served import Array

MAX_SAMPLES = 400
MAX_CALLS = 16
MAX_OUTPUTS, MAX_OUTPUT_NUMBERS = 100, 20
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
    """Wraps functions and the `forward` of the submission's networks.

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

    def install(self) -> None:
        """Watch every class of networks from the moment its first object is made."""
        original = nn.Module.__init__

        @functools.wraps(original)
        def made(module: nn.Module, *args: Any, **kwargs: Any) -> None:
            original(module, *args, **kwargs)
            self.watch(type(module))

        nn.Module.__init__ = made  # type: ignore[method-assign, assignment]
        self._wrap_forward(nn.Sequential)

    def watch(self, kind: type) -> None:
        """Wrap the `forward` that objects of `kind` use, unless it is PyTorch's own."""
        if id(kind) in self.seen:
            return
        self.seen[id(kind)] = kind
        owner = next((base for base in type.mro(kind) if "forward" in vars(base)), None)
        if owner is not None and not str(owner.__module__).startswith("torch."):
            self._wrap_forward(owner)

    def _wrap_forward(self, owner: type) -> None:
        original = vars(owner)["forward"]
        if not isinstance(original, types.FunctionType) or hasattr(original, "_grader_watched"):
            return

        @functools.wraps(original)
        def forward(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if self.current is None or getattr(self.inside, "watched", False):
                return original(module, *args, **kwargs)
            self.inside.watched = True
            try:
                images = next((value for value in (*args, *kwargs.values()) if issubclass(type(value), Tensor)), None)
                if images is None or not any(True for _ in module.parameters()):
                    return original(module, *args, **kwargs)
                number = self._note(self.current, module, images)
                if self.current.stop:
                    raise StopHere
                result = original(module, *args, **kwargs)
                self._note_output(self.current, number, result)
                return result
            finally:
                self.inside.watched = False

        forward._grader_watched = True  # type: ignore[attr-defined]
        type.__setattr__(owner, "forward", forward)

    def _note(self, call: SeenCall, module: nn.Module, images: Tensor) -> int | None:
        """Write down which network is given which samples, as far as that can be written down; their number.

        Watching must not break what is watched: whatever goes wrong here is passed over.
        """
        with contextlib.suppress(Exception), _outside_transforms():
            images = plain(images)
            if images.dim() > 4:  # batched by torch.func.vmap
                images = images.reshape(-1, *images.shape[-3:])
            images = images if images.dim() else images[None]
            index = self._index(call, module)
            if call.networks[index].example is None:
                call.networks[index].example = images[:1].clone()
            call.count += max(1, len(images))
            if sum(len(batch) for _, batch in call.samples) < MAX_SAMPLES:
                call.samples.append((index, numbers(images)))
                return len(call.samples) - 1
        return None

    @staticmethod
    def _note_output(call: SeenCall, number: int | None, result: Any) -> None:
        """Write down what the network gave for a sample that ran alone: it is compared with what its trace gives."""
        if number is None or len(call.outputs) >= MAX_OUTPUTS or len(call.samples[number][1]) != 1:
            return
        with contextlib.suppress(Exception), _outside_transforms():
            found = numbers(first_tensor(result)).reshape(-1)
            first = next(iter(call.outputs.values()), found)
            if found.size <= MAX_OUTPUT_NUMBERS and (found.shape, found.dtype) == (first.shape, first.dtype):
                call.outputs[number] = found

    def _index(self, call: SeenCall, module: nn.Module) -> int:
        for index, seen in enumerate(call.networks):
            if seen.network is module:
                return index
        if len(call.networks) >= MAX_CALLS:
            self.made += 1
            return len(call.networks) - 1
        call.networks.append(seen_now(module, len(call.networks)))
        return len(call.networks) - 1

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


@contextmanager
def _outside_transforms() -> Iterator[None]:
    """Step out of `torch.func` transforms, under which numbers cannot be looked at."""
    if torch._C._functorch.peek_interpreter_stack() is None:
        yield
        return
    from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

    with temporarily_clear_interpreter_stack():
        yield


def bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by parameter name, as far as they are plain values."""
    try:
        arguments = inspect.signature(function).bind(*args, **kwargs)
        arguments.apply_defaults()
        return {name: simple(value) for name, value in arguments.arguments.items()}
    except Exception:  # noqa: BLE001 - a signature may be an object of the student's
        return {}
