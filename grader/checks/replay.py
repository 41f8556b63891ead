"""A student's network, brought back as a list of operations, run again here on numbers of our choice.

The list is untrusted: only known operations run, each is measured before it allocates anything, none writes
to a tensor it is given, and nothing of it is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from grader.checks.costs import MAX_ELEMENTS, MAX_WORK, cost
from grader.checks.operations import Call, Network, Node, NotReplayable, UnknownOperation, parse
from grader.sandbox.protocol import Array

__all__ = ["Call", "Network", "Node", "NotReplayable", "UnknownOperation", "execute", "parse", "run", "weights"]

# fmt: off
ALLOWED = frozenset((
    "abs", "absolute", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "add", "addmm",
    "alias", "amax", "amin", "argmax", "avg_pool1d", "avg_pool2d", "baddbmm", "batch_norm", "bmm", "cat",
    "celu", "chunk", "clamp", "clamp_min", "clip", "clone", "concat", "concatenate", "constant_pad_nd",
    "contiguous", "conv1d", "conv2d", "convolution", "copy", "cudnn_batch_norm", "detach", "div", "divide",
    "dropout", "einsum", "elu", "empty", "exp", "expand", "feature_dropout", "fill", "flatten", "full",
    "full_like", "gelu", "group_norm", "hardswish", "hardtanh", "instance_norm", "layer_norm", "leaky_relu",
    "lift_fresh", "linear", "log", "log_softmax", "logsumexp", "matmul", "max", "max_pool1d", "max_pool2d",
    "maximum", "mean", "minimum", "mish", "mm", "mul", "multiply", "native_batch_norm", "native_layer_norm",
    "neg", "negative", "ones", "ones_like", "pad", "permute", "pow", "prelu", "reciprocal", "relu", "relu6",
    "reshape", "rsqrt", "rsub", "select", "select_scatter", "selu", "sigmoid", "silu", "slice", "slice_scatter",
    "softmax", "softplus", "split", "split_with_sizes", "sqrt", "square", "squeeze", "stack", "std", "std_mean",
    "sub", "subtract", "sum", "t", "tanh", "to", "transpose", "true_divide", "unbind", "unflatten", "unsqueeze",
    "upsample_nearest2d", "var", "var_mean", "view", "zero", "zeros", "zeros_like", "_adaptive_avg_pool2d",
    "_to_copy", "_unsafe_view",
))
# fmt: on
NORMALISATIONS = ("batch_norm", "native_batch_norm", "cudnn_batch_norm")
CONVOLUTIONS = ("conv2d", "convolution")
RANDOM = ("dropout", "feature_dropout")
# Operations whose twin that writes nothing, and reads no memory that nobody wrote, has another name.
_TWINS = {
    "aten.pow_.Scalar": ("pow", "Tensor_Scalar"),
    "aten.pow_.Tensor": ("pow", "Tensor_Tensor"),
    "aten.transpose_.default": ("transpose", "int"),
    "aten.empty.memory_format": ("zeros", "default"),
}


def run(network: Network, tensors: Mapping[str, Tensor], image: Tensor) -> Tensor:
    """The network's output for `image`, differentiable. `tensors` gives parameters, buffers, constants.

    Batch normalization in training mode uses the batch's statistics and updates nothing.
    Raises NotReplayable.
    """
    values = {number: tensors[name] for name, number in network.names.items() if name in tensors}
    values[network.input] = image
    return execute(network, values)


def execute(network: Network, values: dict[int, Tensor], *, keep: bool = True) -> Tensor:
    """Run the nodes that the output needs; `values` is filled on the way. Raises NotReplayable.

    With `keep=False`, for a pass without gradients, what no later node needs is forgotten, so that large networks fit.
    """
    numbers = work = 0
    nodes = network.reached()
    done = {} if keep else _last_uses(nodes, network.output)
    for place, node in enumerate(nodes):
        operation, args, kwargs = _prepared(node, values)
        needed = cost(operation, args, kwargs)
        numbers, work = numbers + needed.numbers, work + needed.work
        if numbers > MAX_ELEMENTS or work > MAX_WORK:
            raise NotReplayable(f"its forward pass is too large (operation {node.op[:80]})")
        result = _run(operation, args, kwargs)
        parts = result if isinstance(result, tuple | list) else (result,)
        made = zip(node.out, parts, strict=False)
        values |= {number: part for number, part in made if number is not None and isinstance(part, Tensor)}
        numbers -= sum(values.pop(number).numel() for number in done.get(place, ()) if number in values)
    if network.output not in values:
        raise NotReplayable("its output does not come from its input")
    return values[network.output]


def _last_uses(nodes: Sequence[Node], output: int) -> dict[int, set[int]]:
    """By node, the values made by nodes that nothing needs after it."""
    last = {number: place for place, node in enumerate(nodes) for number in node.out if number is not None}
    last |= {number: place for place, node in enumerate(nodes) for number in node.inputs if number in last}
    found: dict[int, set[int]] = {}
    for number, place in last.items():
        if number != output:
            found.setdefault(place, set()).add(number)
    return found


def _prepared(node: Node, values: Mapping[int, Tensor]) -> tuple[torch._ops.OpOverload, list[Any], dict[str, Any]]:
    operation = _operation(node.op, node.name)
    args = [_decode(part, values) for part in _arguments(node)]
    args = [*map(_stored_here, _kinds(operation), args), *args[len(_kinds(operation)) :]]
    kwargs = {name: _decode(part, values) for name, part in node.kwargs.items()
              if name not in ("device", "pin_memory", "layout", "dtype", "memory_format")}  # fmt: skip
    return operation, args, kwargs


@lru_cache(maxsize=1)
def _names_in_pytorch() -> frozenset[str]:
    listed = torch._C._dispatch_get_all_op_names()
    return frozenset(name.removeprefix("aten::").partition(".")[0] for name in listed if name.startswith("aten::"))


@lru_cache(maxsize=1024)
def _operation(op: str, name: str) -> torch._ops.OpOverload:
    """A known operation that only makes new tensors. The overload is a name out of PyTorch's own list:
    looking up any other attribute could change PyTorch itself.
    """
    if name not in ALLOWED or not op.startswith("aten."):
        # A real operation of PyTorch is our gap, not the student's mistake.
        kind = UnknownOperation if op.startswith("aten.") and op.split(".")[1] in _names_in_pytorch() else NotReplayable
        raise kind(f"operation {op[:80]!r} is not known here")
    name, overload = _TWINS.get(op) or (name, op.partition(".")[2].partition(".")[2] or "default")
    packet = getattr(torch.ops.aten, name)
    found = getattr(packet, overload) if overload in packet.overloads() else None
    if not isinstance(found, torch._ops.OpOverload) or found._schema.is_mutable or not _makes_tensors(found):
        raise NotReplayable(f"operation {op[:80]!r} is not known here")
    return found


@lru_cache(maxsize=1024)
def _kinds(operation: torch._ops.OpOverload) -> tuple[str, ...]:
    return tuple(str(part.real_type) for part in operation._schema.arguments)


def _stored_here(kind: str, value: Any) -> Any:
    """A device becomes this processor. A dtype is a dtype: a number in its place can crash PyTorch."""
    if "Device" in kind:
        return torch.device("cpu")
    if any(name in kind for name in ("ScalarType", "Layout", "MemoryFormat")) and isinstance(value, int):
        raise NotReplayable("its forward pass could not be written down: malformed (expected a dtype)")
    return value


def _makes_tensors(operation: torch._ops.OpOverload) -> bool:
    return all(str(part.type) in ("Tensor", "List[Tensor]") for part in operation._schema.returns)


def _run(operation: torch._ops.OpOverload, args: list[Any], kwargs: dict[str, Any]) -> Any:
    try:
        return operation(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - what PyTorch raises for malformed arguments is not a closed list
        raise NotReplayable(f"operation {operation} failed: {str(error).partition(chr(10))[0][:200]}") from None


def _arguments(node: Node) -> list[Any]:
    args = list(node.args)
    if node.name in NORMALISATIONS:
        if len(args) <= 5 or not isinstance(args[5], bool):
            raise NotReplayable(f"operation {node.op[:80]} does not say whether it trains")
        if args[5]:
            args[3:5] = [None, None]  # running statistics: not used in training mode, and not ours to update
    if node.name in RANDOM and args[2:] == [True] and args[1] != 0:
        raise NotReplayable(f"its forward pass is random (operation {node.op[:80]})")
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
    """Arrays that came back as tensors: floating-point ones in `dtype`, names without `prefix`.

    Raises NotReplayable for arrays of other things than numbers.
    """
    return {name.removeprefix(prefix): _tensor(name, array, dtype)
            for name, array in arrays.items() if name.startswith(prefix)}  # fmt: skip


def _tensor(name: str, array: Array, dtype: torch.dtype) -> Tensor:
    try:
        tensor = torch.from_numpy(array.copy())
    except (TypeError, ValueError) as error:
        raise NotReplayable(f"{name[:80]}: expected numbers, found {array.dtype}") from error
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
