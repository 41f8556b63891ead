"""A network as data: the list of operations that its forward pass runs, for replay outside the wall."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from .served import Array

MAX_NODES = 20_000
MAX_CONSTANT = 1_000_000  # elements


class NotTraceable(Exception):
    """The forward pass is longer, or holds larger constants, than a homework's network does."""


@dataclass
class Trace:
    """Values are numbered; `nodes` run in order.

    `values` names the numbered tensors that exist before the first node: inputs, parameters, buffers and
    constants. `calls` are the calls of sub-modules: path, class, number of the first tensor argument,
    number of the result, and the range of nodes that ran inside.
    """

    nodes: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    output: int | None = None

    def header(self) -> dict[str, Any]:
        """All but the constants, as JSON."""
        return {"nodes": self.nodes, "values": self.values, "calls": self.calls, "output": self.output}


def trace(network: nn.Module, *inputs: Tensor) -> Trace:
    """Run the network once, as it stands (training mode included), and write down what it does.

    Raises what the network raises, or NotTraceable. Buffers that the pass changes are put back.
    """
    recorder = _Recorder()
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        recorder.name(name, tensor)
    for index, tensor in enumerate(inputs):
        recorder.name(f"input.{index}", tensor)
    with _buffers_kept(network), recorder.calls(network), torch.inference_mode(), recorder:
        result = network(*inputs)
    if isinstance(result, tuple | list) and result and isinstance(result[0], Tensor):
        result = result[0]
    recorder.trace.output = recorder.numbers.get(id(result)) if isinstance(result, Tensor) else None
    return recorder.trace


@contextlib.contextmanager
def _buffers_kept(network: nn.Module) -> Iterator[None]:
    kept = [(buffer, buffer.detach().clone()) for buffer in network.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in kept:
                buffer.copy_(before)


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.trace = Trace()
        self.numbers: dict[int, int] = {}
        self.alive: list[Tensor] = []  # an id is only unique while its tensor lives
        self.count = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which costs a CPU second

    def number(self, tensor: Tensor) -> int:
        self.alive.append(tensor)
        self.numbers[id(tensor)] = self.count
        self.count += 1
        return self.count - 1

    def name(self, name: str, tensor: Tensor) -> None:
        if id(tensor) not in self.numbers:
            self.trace.values[name] = self.number(tensor)

    def known(self, tensor: Tensor) -> int:
        if id(tensor) not in self.numbers:
            if tensor.numel() > MAX_CONSTANT:
                raise NotTraceable(f"a constant of {tensor.numel()} numbers")
            name = f"constant.{len(self.trace.constants)}"
            self.trace.constants[name] = tensor.detach().cpu().contiguous().numpy().copy()
            self.name(name, tensor)
        return self.numbers[id(tensor)]

    def encode(self, value: Any) -> Any:
        match value:
            case Tensor():
                return {"value": self.known(value)}
            case bool() | int() | str() | None:
                return value
            case float():
                return value if value - value == 0 else {"float": str(value)}
            case list() | tuple():
                return [self.encode(part) for part in value]
            case _:
                return {"other": str(value)}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        encoded = [self.encode(value) for value in args]
        named = {name: self.encode(value) for name, value in (kwargs or {}).items()}
        result = func(*args, **(kwargs or {}))
        if len(self.trace.nodes) >= MAX_NODES:
            raise NotTraceable(f"more than {MAX_NODES} operations")
        results = result if isinstance(result, tuple | list) else (result,)
        # An in-place operation gives its tensor a new number: what it held before keeps the old one.
        out = [self.number(part) if isinstance(part, Tensor) else None for part in results]
        self.trace.nodes.append({"op": str(func), "args": encoded, "kwargs": named, "out": out})
        return result

    @contextlib.contextmanager
    def calls(self, network: nn.Module) -> Iterator[None]:
        """Note the calls of sub-modules, those that go to `forward` directly too."""
        modules = [(path, module) for path, module in network.named_modules() if "forward" not in vars(module)]
        for path, module in modules:
            vars(module)["forward"] = self._noted(path, module, module.forward)
        try:
            yield
        finally:
            for _, module in modules:
                del vars(module)["forward"]

    def _noted(self, path: str, module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            tensors = [self.known(part) for part in (*args, *kwargs.values()) if isinstance(part, Tensor)]
            call = {"path": path, "class": type(module).__name__, "input": tensors[0] if tensors else None,
                    "first": len(self.trace.nodes)}  # fmt: skip
            self.trace.calls.append(call)
            result = forward(*args, **kwargs)
            call["end"] = len(self.trace.nodes)
            call["output"] = self.numbers.get(id(result)) if isinstance(result, Tensor) else None
            return result

        return noted
