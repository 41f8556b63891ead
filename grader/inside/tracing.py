"""A network as data: the list of operations that its forward pass runs, for replay outside the sandbox."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.hooks import RemovableHandle

from .aliases import Aliases, NotTraceable, is_write, put_back, take_again
from .arrays import numbers
from .raised import class_name
from .served import Array

MAX_NODES = 20_000
MAX_CONSTANT = 1_000_000  # elements


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

    Raises what the network raises, or NotTraceable. Buffers and attributes that the pass changes are put back;
    the inputs and the random generator are left alone.
    """
    found, error = trace_as_far_as_it_goes(network, *inputs)
    if error is not None:
        raise error
    return found


def trace_as_far_as_it_goes(network: nn.Module, *inputs: Tensor) -> tuple[Trace, BaseException | None]:
    """As `trace`, but what the network raises is given back, with all that ran until then.

    The output is then the newest value.
    """
    inputs = tuple(tensor.clone() for tensor in inputs)
    recorder = _Recorder()
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        recorder.name(name, tensor)
    for index, tensor in enumerate(inputs):
        recorder.name(f"input.{index}", tensor)
    try:
        with kept(network), recorder.calls(network), torch.random.fork_rng(devices=[]), torch.inference_mode():
            with _nothing_kept_of_gradients(), _layers_taken_apart(), recorder:
                result = network(*inputs)
            if isinstance(result, tuple | list) and result and isinstance(result[0], Tensor):
                result = result[0]
            recorder.trace.output = recorder.if_known(result)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the forward pass is student code
        recorder.trace.output = recorder.newest()
        return recorder.trace, error
    return recorder.trace, None


@contextlib.contextmanager
def kept(network: nn.Module) -> Iterator[None]:
    """Afterwards the network's buffers and attributes are as they were."""
    contents = [(buffer, buffer.detach().clone()) for buffer in network.buffers()]
    # A pass may also store tensors, which nothing outside inference mode could use.
    own = [module for module in network.modules() if not isinstance(module, torch.jit.ScriptModule)]
    attributes = [(module, dict(vars(module)), dict(module._buffers)) for module in own]
    try:
        yield
    finally:
        for module, values, buffers in attributes:
            _restore(vars(module), values)
            _restore(module._buffers, buffers)
        with torch.no_grad():
            for buffer, before in contents:
                buffer.copy_(before)


@contextlib.contextmanager
def _nothing_kept_of_gradients() -> Iterator[None]:
    """Let a pass, or its hooks, ask for the gradients of activations though there will be none."""
    before = {name: vars(Tensor).get(name) for name in ("retain_grad", "register_hook")}
    Tensor.retain_grad = lambda _: None  # type: ignore[method-assign, assignment]
    Tensor.register_hook = lambda *_: RemovableHandle(OrderedDict())  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, method in before.items():
            if method is None:
                delattr(Tensor, name)
            else:
                setattr(Tensor, name, method)


@contextlib.contextmanager
def _layers_taken_apart() -> Iterator[None]:
    """Without gradients PyTorch runs an attention layer as one operation of its own, which only it can run."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _restore(mapping: dict[str, Any], before: dict[str, Any]) -> None:
    mapping.clear()
    mapping.update(before)


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.trace = Trace()
        self.numbers: dict[int, int] = {}
        self.aliases = Aliases()
        self.alive: list[Tensor] = []  # an id is only unique while its tensor lives
        self.count = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which costs a CPU second

    def number(self, tensor: Tensor) -> int:
        self.alive.append(tensor)
        self.numbers[id(tensor)] = self.new()
        self.aliases.fresh(tensor)
        return self.numbers[id(tensor)]

    def new(self) -> int:
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
            self.trace.constants[name] = numbers(tensor)
            self.name(name, tensor)
        if self.aliases.is_stale(tensor):
            view = self.aliases.views[id(tensor)]
            self.renumber(tensor, take_again(view, self.known(view.base), self.emit))
        return self.numbers[id(tensor)]

    def if_known(self, value: Any) -> int | None:
        """The number of a tensor that the pass was seen to use or make."""
        return self.known(value) if isinstance(value, Tensor) and id(value) in self.numbers else None

    def newest(self) -> int | None:
        """The number of the last value that an operation made."""
        made = [number for node in self.trace.nodes[-1:] for number in node["out"] if number is not None]
        return made[0] if made else None

    def renumber(self, tensor: Tensor, number: int) -> None:
        self.numbers[id(tensor)] = number
        self.aliases.fresh(tensor)

    def emit(self, op: str, args: list[Any]) -> int:
        """Write down an operation that the network did not name itself."""
        out = self.new()
        self.write({"op": op, "args": args, "kwargs": {}, "out": [out]})
        return out

    def write(self, node: dict[str, Any]) -> None:
        if len(self.trace.nodes) >= MAX_NODES:
            raise NotTraceable(f"more than {MAX_NODES} operations")
        self.trace.nodes.append(node)

    def spread(self, tensor: Tensor, others: dict[int, int]) -> None:
        """An in-place operation changed a tensor: so does what it is a view of. `others` were numbered before."""
        changed = self.numbers[id(tensor)]
        for view in self.aliases.wrote(tensor):
            changed = put_back(view, others[id(view.base)], changed, self.emit)
            self.renumber(view.base, changed)
        self.aliases.fresh(tensor)

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
        written = args[0] if is_write(func) and isinstance(args[0], Tensor) else None
        bases = self.bases(written) if written is not None else {}
        result = func(*args, **(kwargs or {}))
        results = result if isinstance(result, tuple | list) else (result,)
        if written is None:
            self.aliases.note(func, args, encoded, results)
        # An in-place operation gives its tensor a new number: what it held before keeps the old one.
        out = [self.number(part) if isinstance(part, Tensor) else None for part in results]
        self.write({"op": str(func), "args": encoded, "kwargs": named, "out": out})
        if written is not None:
            self.spread(written, bases)
        return result

    def bases(self, tensor: Tensor) -> dict[int, int]:
        """The present numbers of all that a tensor is a view of."""
        found: dict[int, int] = {}
        while view := self.aliases.views.get(id(tensor)):
            tensor = view.base
            found[id(tensor)] = self.known(tensor)
        return found

    @contextlib.contextmanager
    def calls(self, network: nn.Module) -> Iterator[None]:
        """Note the calls of sub-modules, those that go to `forward` directly too."""
        modules = [
            (path, module)
            for path, module in network.named_modules()
            if "forward" not in vars(module) and not isinstance(module, torch.jit.ScriptModule)
        ]
        for path, module in modules:
            vars(module)["forward"] = self._noted(path, module, module.forward)
        try:
            yield
        finally:
            for _, module in modules:
                vars(module).pop("forward", None)

    def _noted(self, path: str, module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            tensors = [self.known(part) for part in (*args, *kwargs.values()) if isinstance(part, Tensor)]
            call = {
                "path": path,
                "class": class_name(type(module)),
                "input": tensors[0] if tensors else None,
                "first": len(self.trace.nodes),
            }
            self.trace.calls.append(call)
            result = forward(*args, **kwargs)
            call["output"] = self.if_known(result)
            call["end"] = len(self.trace.nodes)
            return result

        return noted
