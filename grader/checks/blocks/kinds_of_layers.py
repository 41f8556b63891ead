"""What kind of layer an operation is: as a module, as a function, or written out with matrices of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from grader.checks.operations import Network, Node

# What runs, by the word for it: the names of PyTorch's operations.
KINDS: Mapping[str, tuple[str, ...]] = {
    "convolution": ("conv1d", "conv2d", "conv3d", "convolution", "conv_transpose2d"),
    "linear": ("linear", "addmm", "mm", "matmul", "bmm", "mv", "einsum", "baddbmm"),
    "normalization": (
        "batch_norm",
        "native_batch_norm",
        "cudnn_batch_norm",
        "layer_norm",
        "native_layer_norm",
        "group_norm",
        "native_group_norm",
        "instance_norm",
        "_native_batch_norm_legit_no_training",
    ),
    "pooling": (
        "max_pool2d",
        "max_pool2d_with_indices",
        "avg_pool2d",
        "adaptive_avg_pool2d",
        "adaptive_max_pool2d",
        "max_pool1d",
        "avg_pool1d",
        "_adaptive_avg_pool2d",
    ),
    "activation": (
        "relu",
        "relu_",
        "gelu",
        "tanh",
        "sigmoid",
        "leaky_relu",
        "elu",
        "silu",
        "softplus",
        "clamp_min",
        "hardtanh",
        "prelu",
        "_prelu_kernel",
        "selu",
        "mish",
    ),
    "recurrent": ("lstm", "gru", "rnn_tanh", "rnn_relu"),
    "embedding": ("embedding",),
    "attention": (
        "scaled_dot_product_attention",
        "_native_multi_head_attention",
        "_scaled_dot_product_flash_attention_for_cpu",
    ),
    "dropout": ("dropout", "native_dropout", "feature_dropout"),
    "softmax": ("softmax", "_softmax", "log_softmax", "_log_softmax"),
}
_KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}
_WITH_BIAS = ("addmm", "baddbmm")  # whose first argument is added
_INPUT, _CONSTANT = re.compile(r"input\.\d+"), re.compile(r"constant\.\d+")


def kind_in(network: Network) -> Callable[[Node], str]:
    """What tells the kind of a network's operations; it is empty for those that are no layer.

    A product is a linear layer where one factor comes of the input and the other of weights: of two that come of the
    input, as queries and keys do, it is none.
    """
    given = _depending(network, [number for name, number in network.names.items() if _INPUT.fullmatch(name)])
    others = [number for name, number in network.names.items() if not _CONSTANT.fullmatch(name)]
    weights = _depending(network, others) - given

    def kind(node: Node) -> str:
        found = _KIND_OF.get(node.name, "")
        if found != "linear" or node.name == "linear":
            return found
        factors = set(replace(node, args=node.args[node.name in _WITH_BIAS :]).inputs)
        return found if factors & weights and factors & given and not _is_elementwise(node) else ""

    return kind


def _is_elementwise(node: Node) -> bool:
    """Whether an `einsum` adds nothing up, as one that scales each channel."""
    if node.name != "einsum" or "->" not in str(node.args[0]):
        return False
    inputs, _, output = str(node.args[0]).partition("->")
    return set(inputs) - set(", ") <= set(output)


def _depending(network: Network, on: Iterable[int]) -> set[int]:
    """The values that depend on some of these."""
    found = set(on)
    for node in network.nodes:
        if found & set(node.inputs):
            found |= {number for number in node.out if number is not None}
    return found
