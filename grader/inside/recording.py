"""Watching a submission's functions and networks while its own code runs them."""

from __future__ import annotations

import functools
import hashlib
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .building import simple
from .served import Array
from .tracing import trace

MAX_SAMPLES = 400
MAX_CALLS = 16


class StopHere(BaseException):
    """Ends a call at the first forward pass, when only the network is wanted."""


@dataclass
class SeenNetwork:
    """A network at its first forward pass: weights and modes as they were then."""

    network: nn.Module
    state: dict[str, Tensor]
    training: dict[str, bool]
    order: int
    example: Tensor | None = None


@dataclass
class Call:
    """One call of a recorded function: what went in, what came out, which networks ran on what."""

    function: str
    arguments: dict[str, Any]
    phase: str
    stop: bool = False
    networks: list[SeenNetwork] = field(default_factory=list)
    samples: list[tuple[int, Array]] = field(default_factory=list)  # (network, N × C × H × W)
    count: int = 0
    result: Any = None
    error: BaseException | None = None
    cpu_s: float = 0.0


class Recorder:
    """Wraps functions and the `forward` of the submission's networks; keeps `calls`."""

    def __init__(self, on_call: Callable[[Call], None]) -> None:
        self.on_call = on_call
        self.functions: dict[str, Callable[..., Any]] = {}
        self.current: Call | None = None
        self.phase = "run"
        self.stop = False
        self.depth = 0
        self.made = 0
        self.seen: set[type] = set()

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
        if kind in self.seen:
            return
        self.seen.add(kind)
        owner = next((base for base in kind.__mro__ if "forward" in vars(base)), None)
        if owner is not None and not owner.__module__.startswith("torch."):
            self._wrap_forward(owner)

    def _wrap_forward(self, owner: type) -> None:
        original = vars(owner)["forward"]
        if hasattr(original, "_grader_watched"):
            return

        @functools.wraps(original)
        def forward(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if self.current is None or self.depth:
                return original(module, *args, **kwargs)
            self.depth += 1
            try:
                with _outside_transforms():
                    self._note(module, args)
                return original(module, *args, **kwargs)
            finally:
                self.depth -= 1

        forward._grader_watched = True  # type: ignore[attr-defined]
        owner.forward = forward  # type: ignore[attr-defined]

    def _note(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        call = self.current
        if call is None or not args or not isinstance(args[0], Tensor) or not any(True for _ in module.parameters()):
            return
        images = plain(args[0])
        if images.dim() > 4:  # batched by torch.func.vmap
            images = images.reshape(-1, *images.shape[-3:])
        index = self._index(call, module)
        if call.networks[index].example is None:
            call.networks[index].example = images[:1].clone()
        call.count += max(1, images.shape[0]) if images.dim() else 1
        if sum(len(batch) for _, batch in call.samples) < MAX_SAMPLES:
            call.samples.append((index, images.cpu().numpy().copy()))
        if call.stop:
            raise StopHere

    def _index(self, call: Call, module: nn.Module) -> int:
        for index, seen in enumerate(call.networks):
            if seen.network is module:
                return index
        if len(call.networks) >= MAX_CALLS:
            self.made += 1
            return len(call.networks) - 1
        state = {name: plain(value).clone() for name, value in module.state_dict(keep_vars=True).items()}
        training = {name: part.training for name, part in module.named_modules()}
        call.networks.append(SeenNetwork(module, state, training, len(call.networks)))
        return len(call.networks) - 1

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The recorded twin of `function`; calls from inside a recorded call are left alone."""
        self.functions[function.__name__] = function

        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            if self.current is not None:
                return function(*args, **kwargs)
            with self.recording(Call(function.__name__, bound(function, args, kwargs), self.phase, self.stop)) as call:
                call.result = function(*args, **kwargs)
            return call.result

        return recorded

    @contextmanager
    def recording(self, call: Call) -> Iterator[Call]:
        """Everything that networks do until the end of the block belongs to `call`."""
        self.current, self.depth, started = call, 0, time.process_time()
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


def plain(tensor: Tensor) -> Tensor:
    """The tensor that `torch.func` transforms wrap, detached."""
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor.detach()


def bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by parameter name, as far as they are plain values."""
    try:
        arguments = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return {}
    arguments.apply_defaults()
    return {name: simple(value) for name, value in arguments.arguments.items()}


def as_array(value: Any) -> tuple[Array | None, str]:
    """A returned value as numbers, and what kind of value it was."""
    kind = type(value).__name__
    try:
        if isinstance(value, Tensor):
            return plain(value).cpu().resolve_conj().resolve_neg().contiguous().numpy().copy(), "Tensor"
        if isinstance(value, list | tuple) and value:
            return np.asarray([as_array(part)[0] for part in value], dtype=np.float64), kind
        found = np.asarray(value)
        return (found, kind) if found.dtype.kind in "biuf" else (None, kind)
    except (TypeError, ValueError, RuntimeError):
        return None, kind


def network_record(seen: SeenNetwork) -> tuple[dict[str, Any], dict[str, Array]]:
    """A seen network as data: its operations, its weights at the first pass, whether they changed since."""
    network = seen.network
    now = {name: plain(value) for name, value in network.state_dict(keep_vars=True).items()}
    parameters = [name for name, _ in network.named_parameters()]
    changed = [name for name in parameters if name in now and not torch.equal(now[name], seen.state[name])]
    header: dict[str, Any] = {"class": type(network).__name__, "training": seen.training.get("", False),
                              "parameters": parameters, "changed": len(changed)}  # fmt: skip
    arrays = {f"state.{name}": value.cpu().numpy() for name, value in seen.state.items()}
    try:
        with _as_it_was(seen):
            found = trace(network, *([seen.example] if seen.example is not None else []))
        header["trace"] = found.header()
        arrays |= found.constants
    except BaseException as error:  # noqa: BLE001 - the forward pass is student code
        header["trace_error"] = f"{type(error).__name__}: {error}"[:500]
    return header, arrays


@contextmanager
def _as_it_was(seen: SeenNetwork) -> Iterator[None]:
    kept = {name: value.clone() for name, value in seen.network.state_dict().items()}
    modes = {name: part.training for name, part in seen.network.named_modules()}
    _set(seen.network, seen.state, seen.training)
    try:
        yield
    finally:
        _set(seen.network, kept, modes)


def _set(network: nn.Module, state: dict[str, Tensor], training: dict[str, bool]) -> None:
    for name, part in network.named_modules():
        part.training = training.get(name, part.training)
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name in state and state[name].shape == value.shape:
                value.copy_(state[name])


def digest(array: Array) -> str:
    """Names an array by its content, so that it is sent once."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes() + str(array.shape).encode()).hexdigest()[:16]
