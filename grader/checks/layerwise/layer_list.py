"""A network's operations as the layers that a person would name, in an order that does not depend on its code."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks import graph
from grader.checks.layerwise.written_out import WrittenOut, written_out
from grader.checks.operations import Network, Node

Shape = tuple[int, ...]

_NAMES = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "gelu": "GELU",
    "elu": "ELU",
    "silu": "SiLU",
    "selu": "SELU",
    "relu6": "ReLU6",
    "hardtanh": "Hardtanh",
    "prelu": "PReLU",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "max_pool2d": "MaxPool2d",
    "max_pool2d_with_indices": "MaxPool2d",
    "avg_pool2d": "AvgPool2d",
    "dropout": "Dropout",
    "feature_dropout": "Dropout2d",
    "add": "Add",
    "cat": "Concatenate",
    "mul": "Multiply",
    "sub": "Subtract",
    "div": "Divide",
    "group_norm": "GroupNorm",
    "layer_norm": "LayerNorm",
    "instance_norm": "InstanceNorm",
    "native_layer_norm": "LayerNorm",
    "amax": "Maximum",
    "minimum": "Minimum",
    "sum": "Sum",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d",
}
_POOLS = ("adaptive_avg_pool2d", "_adaptive_avg_pool2d", "mean")
_FILLED = frozenset(
    ("zeros", "zeros_like", "new_zeros", "ones", "ones_like", "full", "full_like", "new_full", "empty", "scalar_tensor")
)
_HANDED_ON = frozenset(("detach", "lift_fresh", "alias", "clone", "to", "_to_copy", "expand", "view", "reshape"))
_SHAPE_ONLY = frozenset(
    (
        "flatten",
        "view",
        "reshape",
        "squeeze",
        "unsqueeze",
        "t",
        "numpy_T",
        "mT",
        "swapaxes",
        "transpose",
        "permute",
        "detach",
        "alias",
        "clone",
        "contiguous",
        "expand",
        "select",
        "slice",
        "_unsafe_view",
        "to",
        "_to_copy",
        "lift_fresh",
        "unflatten",
        "zeros",
        "zeros_like",
        "ones",
        "ones_like",
        "full",
        "full_like",
        "empty",
        "copy",
    )
)


@dataclass(frozen=True)
class Layer:
    """One row of a table. `value` is the number of its result; `weights` are the names of its parameters."""

    words: str
    value: int
    weights: tuple[str, ...] = ()
    skip: bool = False


def layers(network: Network, shapes: Mapping[str, Shape]) -> list[Layer]:
    """The layers that the output depends on: the main path, the skip path, their sum, and what follows.

    `shapes` are those of the parameters.
    """
    nodes, own = network.reached(), written_out(network, shapes)
    ordered, skipped = _paths(network, [node for node in nodes if id(node) not in own.hidden])
    found = []
    for node in ordered:
        words = _words(network, node, shapes, own)
        value, names = _value_and_names(network, node, shapes, own)
        if words and value is not None:
            found.append(Layer(words, value, names, id(node) in skipped))
    return found


def _value_and_names(
    network: Network, node: Node, shapes: Mapping[str, Shape], own: WrittenOut
) -> tuple[int | None, tuple[str, ...]]:
    """The number of a layer's result, and the names of its parameters."""
    if product := own.products.get(id(node)):
        return product.result, (product.weight, *([product.bias] if product.bias else []))
    names = tuple(name for number in node.inputs if (name := network.name_of(number)) in shapes and name)
    return next((number for number in node.out if number is not None), None), names


def _paths(network: Network, nodes: Sequence[Node]) -> tuple[list[Node], set[int]]:
    """The nodes in order: those that only the skip path needs come right before the last sum."""
    if not (added := graph.sums(nodes)):
        return list(nodes), set()
    last = added[-1]
    branches = [graph.branch(network, number) for number in last.inputs]
    branches.sort(key=lambda branch: sum(map(graph.is_convolution, branch)))
    main = {id(node) for node in branches[1]}
    skip = [node for node in branches[0] if id(node) not in main]
    skipped = {id(node) for node in skip}
    rest = [node for node in nodes if id(node) not in skipped]
    at = next(index for index, node in enumerate(rest) if node is last)
    return [*rest[:at], *skip, *rest[at:]], skipped


def _words(network: Network, node: Node, shapes: Mapping[str, Shape], own: WrittenOut) -> str:
    shape = _weight_shape(network, node, shapes)
    if product := own.products.get(id(node)):
        return product.words
    if graph.is_convolution(node):
        return _convolution(node, shape, own.padding.get(id(node), 0))
    if node.name in ("linear", "addmm", "mm", "matmul"):
        return f"Linear {shape[1]} → {shape[0]}{_bias(node)}" if len(shape) == 2 else "Matrix product"
    if graph.is_norm(node):
        return f"BatchNorm {shape[0]}" if shape else "BatchNorm without weights"
    return _without_weights(network, node)


def _without_weights(network: Network, node: Node) -> str:
    if node.name in _POOLS:
        return f"AdaptiveAvgPool2d to {_target(node)}"
    if node.name in ("maximum", "max") and len(node.inputs) == 2:
        return "ReLU" if any(_is_constant(network, number) for number in node.inputs) else "Maximum"
    if node.name in ("clamp_min", "threshold"):
        return "ReLU"
    if node.name == "clamp":
        return "ReLU" if [value for value in node.args[1:] if value is not None] == [0] else "Clamp"
    scale = node.kwargs.get("alpha", 1) if node.name in ("add", "sub") else 1
    scaled = f", alpha {scale:g}" if type(scale) in (int, float) and scale != 1 else ""
    return "" if node.name in _SHAPE_ONLY else _NAMES.get(node.name, node.name) + scaled


def _is_constant(network: Network, number: int) -> bool:
    """Whether a value is the same for every input, as the zeros of `torch.maximum(x, torch.zeros_like(x))`."""
    made = graph.branch(network, number)
    for node in reversed(made):
        if node.name not in _HANDED_ON:
            return node.name in _FILLED
    source = made[0].inputs[0] if made and made[0].inputs else number
    return not (network.name_of(source) or "").startswith("input.")


def _weight_shape(network: Network, node: Node, shapes: Mapping[str, Shape]) -> Shape:
    names = [network.name_of(number) for number in node.inputs]
    return next((shapes[name] for name in names if name in shapes and name), ())


def _convolution(node: Node, shape: Shape, around: int) -> str:
    """Its words; `around` zeros were put on each side of what it gets."""
    if len(shape) != 4:
        return "Conv2d"
    stride, padding = (_argument(node, index) for index in (3, 4))
    if padding == "same":
        padding = [(side - 1) // 2 for side in shape[2:]]
    padding = [0] if padding == "valid" else padding or [0]
    padding = [side + around for side in (padding if isinstance(padding, list) else [padding])]
    parts = [
        f"Conv2d {shape[1] * _groups(node)} → {shape[0]}",
        f"kernel {_size(list(shape[2:]))}",
        f"stride {_size(stride or [1])}",
        f"padding {_size(padding)}",
    ]
    parts += [f"dilation {_size(dilation)}"] if (dilation := _argument(node, 5)) and _size(dilation) != "1" else []
    parts += [f"groups {_groups(node)}"] if _groups(node) > 1 else []
    return ", ".join(parts) + _bias(node)


def _groups(node: Node) -> int:
    at = 8 if node.name == "convolution" else 6
    value = _argument(node, at)
    return value if isinstance(value, int) and 0 < value < 10_000 else 1


def _argument(node: Node, index: int) -> Any:
    return node.args[index] if len(node.args) > index else None


def _bias(node: Node) -> str:
    if node.name in ("addmm", "mm", "matmul"):
        return "" if node.name == "addmm" else ", no bias"
    return "" if isinstance(_argument(node, 2), dict) else ", no bias"


def _size(value: Any) -> str:
    parts = [str(part) for part in value] if isinstance(value, list) else [str(value)]
    return parts[0] if len(set(parts)) == 1 else "×".join(parts)


def _target(node: Node) -> str:
    if node.name == "mean":
        return "1"
    return _size(_argument(node, 1))


@dataclass(frozen=True)
class LayerRow:
    """A layer of the reference beside the student's; `same` tells whether they agree."""

    reference: Layer | None
    student: Layer | None

    @property
    def same(self) -> bool:
        """Whether both are the same layer, biases before a normalization aside."""
        return bool(self.reference and self.student and self.reference.words == self.student.words)


def aligned(reference: Sequence[Layer], student: Sequence[Layer]) -> list[LayerRow]:
    """Both lists side by side, equal layers in one row as far as the order allows."""
    words = [[_key(layer) for layer in side] for side in (reference, student)]
    matcher = difflib.SequenceMatcher(None, words[0], words[1], autojunk=False)
    rows: list[LayerRow] = []
    for _, first, last, start, stop in matcher.get_opcodes():
        left, right = list(reference[first:last]), list(student[start:stop])
        length = max(len(left), len(right))
        pairs = zip(left + [None] * (length - len(left)), right + [None] * (length - len(right)), strict=True)
        rows += [LayerRow(ours, theirs) for ours, theirs in _by_kind(list(pairs))]
    return _slid(rows)


def distance(rows: Sequence[LayerRow]) -> tuple[int, int]:
    """How many layers differ, and in how many properties."""
    wrong = [row for row in rows if not row.same]
    return len(wrong), sum(len(_properties(row.reference) ^ _properties(row.student)) for row in wrong)


def _properties(layer: Layer | None) -> set[str]:
    return set(layer.words.split(", ")) if layer else set()


def _slid(rows: list[LayerRow]) -> list[LayerRow]:
    """Of a missing ReLU and convolution before a ReLU that is there, that one belongs to the layer before.

    The same for layers that are too many: an activation stays with the layer that it follows.
    """
    found = list(rows)
    for start in range(len(found)):
        for side in ("student", "reference"):
            end = start
            while end < len(found) and getattr(found[end], side) is None:
                end += 1
            if end - start > 1 and end < len(found) and _is_repeated(found[start], found[end]):
                _slide(found, start, end)
    return found


def _is_repeated(first: LayerRow, after: LayerRow) -> bool:
    """Whether the first of some layers in a row is the same as the layer that both have behind them."""
    lone = first.reference or first.student
    return bool(lone and after.same and after.reference and not lone.weights and _key(lone) == _key(after.reference))


def _slide(rows: list[LayerRow], start: int, end: int) -> None:
    after = rows[end]
    lone = [row.reference or row.student for row in rows[start:end]]
    if rows[start].student is None:
        left = [LayerRow(lone[0], after.student), *(LayerRow(part, None) for part in (*lone[1:], after.reference))]
    else:
        left = [LayerRow(after.reference, lone[0]), *(LayerRow(None, part) for part in (*lone[1:], after.student))]
    rows[start : end + 1] = left


def _key(layer: Layer) -> tuple[str, bool]:
    return layer.words, layer.skip


Pair = tuple["Layer | None", "Layer | None"]


def _by_kind(pairs: list[Pair]) -> list[Pair]:
    """In one row only layers of one kind: another kind is one layer missing and one too many."""
    found: list[Pair] = []
    for ours, theirs in pairs:
        if ours and theirs and ours.words.split()[0] != theirs.words.split()[0]:
            found += [(ours, None), (None, theirs)]
        else:
            found.append((ours, theirs))
    return found
