"""A student's network, brought back as a list of operations, run again here on numbers of our choice.

The list is untrusted: only known operations run, their sizes are checked on PyTorch's `meta` device before
anything is allocated, and nothing of it is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from grader.sandbox.protocol import Array

MAX_ELEMENTS = 50_000_000
# fmt: off
ALLOWED = frozenset((
    "abs", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "add", "add_mean",
    "addmm", "alias", "amax", "amin", "argmax", "avg_pool1d", "avg_pool2d", "baddbmm", "batch_norm",
    "bmm", "cat", "celu", "chunk", "clamp", "clamp_min", "clone", "contiguous", "conv1d", "conv2d",
    "convolution", "detach", "div", "dropout", "elu", "empty", "exp", "expand", "feature_dropout",
    "flatten", "full", "full_like", "gelu", "group_norm", "hardswish", "hardtanh", "instance_norm",
    "layer_norm", "leaky_relu", "lift_fresh", "linear", "log", "log_softmax", "logsumexp", "matmul",
    "max", "max_pool1d", "max_pool2d", "maximum", "mean", "minimum", "mish", "mm", "mul",
    "native_batch_norm", "native_layer_norm", "neg", "ones", "ones_like", "pad", "permute", "pow",
    "prelu", "reciprocal", "relu", "relu6", "reshape", "rsqrt", "rsub", "select", "selu", "sigmoid",
    "silu", "slice", "softmax", "softplus", "split", "sqrt", "square", "squeeze", "stack", "std", "sub",
    "sum", "t", "tanh", "to", "transpose", "unbind", "unflatten", "unsqueeze", "var", "var_mean",
    "view", "zeros", "zeros_like", "_to_copy", "_unsafe_view", "constant_pad_nd", "cudnn_batch_norm",
    "upsample_nearest2d", "_adaptive_avg_pool2d", "_native_batch_norm_legit",
))
# fmt: on
NORMALISATIONS = ("batch_norm", "native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm")
CONVOLUTIONS = ("conv2d", "convolution")


class NotReplayable(Exception):
    """The operations are malformed, unknown or too large. The message is for the student."""


@dataclass(frozen=True)
class Node:
    """One operation: `aten.conv2d.default` on numbered values and constants."""

    op: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    out: tuple[int | None, ...]

    @property
    def name(self) -> str:
        """`conv2d` for `aten.conv2d.default`; an in-place `relu_` is a `relu`."""
        name = self.op.split(".")[1]
        return name if name.startswith("_") or not name.endswith("_") else name[:-1]

    @property
    def inputs(self) -> list[int]:
        """Numbers of the values that go in."""
        return list(_values((*self.args, *self.kwargs.values())))


@dataclass(frozen=True)
class Call:
    """A sub-module's call: nodes `first` to `end`."""

    path: str
    kind: str
    input: int | None
    output: int | None
    first: int
    end: int


@dataclass(frozen=True)
class Network:
    """The operations of one forward pass. `names` numbers parameters, buffers, constants and inputs."""

    nodes: tuple[Node, ...]
    names: Mapping[str, int]
    calls: tuple[Call, ...]
    input: int
    output: int
    first: int = 0
    end: int | None = None

    def reached(self) -> list[Node]:
        """The nodes that the output depends on, in order, from the input on."""
        wanted, kept = {self.output}, []
        for node in reversed(self.nodes[self.first : self.end]):
            if wanted & {number for number in node.out if number is not None}:
                kept.append(node)
                wanted |= set(node.inputs)
        return kept[::-1]

    def part(self, call: Call) -> Network:
        """One sub-module as a network of its own. Raises NotReplayable if it has no tensor in or out."""
        if call.input is None or call.output is None:
            raise NotReplayable(f"{call.path or 'the network'}: expected a tensor in and a tensor out")
        return replace(self, input=call.input, output=call.output, first=call.first, end=call.end)

    def name_of(self, number: int) -> str | None:
        """The parameter, buffer or input of that number."""
        return next((name for name, found in self.names.items() if found == number), None)


def _values(parts: Iterable[Any]) -> Iterable[int]:
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("value"), int):
            yield part["value"]
        elif isinstance(part, list | tuple):
            yield from _values(part)


def parse(header: object) -> Network:
    """Untrusted JSON as a network. Raises NotReplayable."""
    try:
        if not isinstance(header, dict):
            raise TypeError("no operations came back")
        names = {str(name): int(number) for name, number in header["values"].items()}
        nodes = tuple(
            Node(str(node["op"]), tuple(node["args"]), dict(node["kwargs"]), tuple(node["out"]))
            for node in header["nodes"]
        )
        calls = tuple(
            Call(str(c["path"]), str(c["class"]), c["input"], c.get("output"), int(c["first"]), int(c["end"]))
            for c in header["calls"]
            if c.get("end") is not None
        )
        return Network(nodes, names, calls, names["input.0"], int(header["output"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotReplayable(f"its forward pass could not be written down ({error})") from None


def run(network: Network, tensors: Mapping[str, Tensor], image: Tensor) -> Tensor:
    """The network's output for `image`, differentiable. `tensors` gives parameters, buffers, constants.

    Batch normalization in training mode uses the batch's statistics and updates nothing.
    Raises NotReplayable.
    """
    values = {number: tensors[name] for name, number in network.names.items() if name in tensors}
    values[network.input] = image
    return execute(network, values)


def execute(network: Network, values: dict[int, Tensor]) -> Tensor:
    """Run the nodes that the output needs; `values` is filled on the way."""
    total = 0
    for node in network.reached():
        result = _operate(node, values)
        for number, part in zip(node.out, result if isinstance(result, tuple | list) else (result,), strict=False):
            if number is not None and isinstance(part, Tensor):
                values[number] = part
                total += part.numel()
        if total > MAX_ELEMENTS:
            raise NotReplayable(f"its forward pass makes more than {MAX_ELEMENTS} numbers")
    if network.output not in values:
        raise NotReplayable("its output does not come from its input")
    return values[network.output]


def check_sizes(network: Network, tensors: Mapping[str, Tensor], image: Tensor) -> None:
    """Run once without allocating anything. Raises NotReplayable."""
    run(network, {name: tensor.to("meta") for name, tensor in tensors.items()}, image.to("meta"))


def _operate(node: Node, values: Mapping[int, Tensor]) -> Any:
    if node.name not in ALLOWED or not node.op.startswith("aten."):
        raise NotReplayable(f"operation {node.op[:80]!r} is not known here")
    overload = node.op.split(".")[2] if node.op.count(".") >= 2 else "default"
    packet = getattr(torch.ops.aten, node.name)
    try:
        args = [_decode(part, values) for part in _arguments(node)]
        kwargs = {name: _decode(part, values) for name, part in node.kwargs.items()
                  if name not in ("device", "pin_memory", "layout", "dtype", "memory_format")}  # fmt: skip
        return getattr(packet, overload, packet)(*args, **kwargs)
    except NotReplayable:
        raise
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError, NotImplementedError) as error:
        raise NotReplayable(f"operation {node.op[:80]} failed: {str(error).splitlines()[0][:200]}") from None


def _arguments(node: Node) -> list[Any]:
    args = list(node.args)
    if node.name in NORMALISATIONS and len(args) > 5 and args[5] is True:
        args[3:5] = [None, None]  # running statistics: not used in training mode, and not ours to update
    return args


def _decode(part: Any, values: Mapping[int, Tensor]) -> Any:
    match part:
        case {"value": int(number)}:
            if number not in values:
                raise NotReplayable("it uses a tensor that did not come back")
            return values[number]
        case {"float": str(text)}:
            return float(text)
        case {"other": str(text)}:
            return _DTYPES.get(text)
        case list():
            return [_decode(item, values) for item in part]
        case _:
            return part


_DTYPES = {
    f"torch.{name}": getattr(torch, name) for name in ("float32", "float64", "float16", "int64", "bool", "uint8")
}


def weights(arrays: Mapping[str, Array], prefix: str = "", dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Arrays that came back as tensors: floating-point ones in `dtype`, names without `prefix`."""
    found = {}
    for name, array in arrays.items():
        if name.startswith(prefix):
            tensor = torch.from_numpy(array.copy())
            found[name.removeprefix(prefix)] = tensor.to(dtype) if tensor.is_floating_point() else tensor
    return found
