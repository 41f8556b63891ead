"""The operations that PyTorch's processors carry out, each with what it costs; all others are made of these.

A price is what the slowest kernel in use needs, the one for float64 mostly, so that a price is never too low by much.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

# Work is counted in multiply-adds; one takes about 0.05 nanoseconds in a convolution of float64.
CHEAP = 100  # to add, copy or compare a number
COSTLY = 250  # an exponential, a power
LOOKED_UP = 500  # a number out of a place that another number names
SORTED = 2500
WINDOW = 40  # a number under a pooling window
A_ROW = 500  # begins a normalisation, a softmax, a small product
A_CALL = 60_000  # of a product for one group or image of a convolution
SLOW_PRODUCT = 20  # as slow are products of whole numbers or of halves without the processor's help


@dataclass(frozen=True)
class Price:
    """Multiply-adds, and numbers that an operation keeps for itself while it runs."""

    work: int
    scratch: int = 0


Arguments = Mapping[str, Any]
Pricing = Callable[[Arguments, Sequence[Tensor]], Price]

# fmt: off
VIEWS = frozenset((
    "alias", "detach", "diagonal", "expand", "lift_fresh", "permute", "select", "slice", "split", "split_with_sizes",
    "squeeze", "t", "transpose", "unbind", "unfold", "unsqueeze", "view", "_reshape_alias", "_unsafe_view",
))
_SIMPLE = (
    "abs", "add", "addcdiv", "addcmul", "all", "amax", "amin", "any", "arange", "argmax", "argmin", "bitwise_and",
    "bitwise_not", "bitwise_or", "bitwise_xor", "cat", "ceil", "channel_shuffle", "clamp", "clamp_max", "clamp_min",
    "clone", "constant_pad_nd", "copy", "count_nonzero", "diag_embed", "diagonal_scatter", "div", "empty", "empty_like",
    "eq", "eye", "fill", "flip", "floor", "fmax", "fmin", "frac", "full", "full_like", "ge", "gt", "hardshrink",
    "hardsigmoid", "hardswish", "hardtanh", "isinf", "isnan", "le", "leaky_relu", "lerp", "linspace", "logical_and",
    "logical_not", "logical_or", "logical_xor", "lt", "masked_fill", "max", "maximum", "mean", "min", "minimum",
    "mse_loss", "mul", "nan_to_num", "native_channel_shuffle", "ne", "neg", "new_empty", "new_full", "new_ones",
    "new_zeros", "ones", "ones_like", "pixel_shuffle", "pixel_unshuffle", "prod", "reciprocal", "reflection_pad1d",
    "reflection_pad2d", "reflection_pad3d", "relu", "repeat", "replication_pad1d", "replication_pad2d",
    "replication_pad3d", "roll", "round", "rot90", "rrelu_with_noise", "rsub", "scalar_tensor", "select_scatter", "sgn",
    "sign", "slice_scatter", "softshrink", "sqrt", "stack", "std", "sub", "sum", "threshold", "tril", "triu", "trunc",
    "unsafe_split", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "var", "var_mean", "std_mean",
    "where", "zero", "zeros", "zeros_like", "_prelu_kernel", "_to_copy", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d",
)
_HARDER = (
    "acos", "asin", "atan", "atan2", "celu", "cos", "cosh", "cumprod", "cumsum", "elu", "erf", "erfc", "exp", "exp2",
    "expm1", "floor_divide", "fmod", "gelu", "glu", "hypot", "linalg_vector_norm", "log", "log10", "log1p", "log2",
    "log_sigmoid_forward", "logaddexp", "mish", "norm", "pow", "remainder", "rsqrt", "sigmoid", "silu", "sin", "sinh",
    "softplus", "tan", "tanh", "upsample_bicubic2d", "upsample_bilinear2d", "upsample_linear1d",
    "upsample_trilinear3d", "xlogy",
)
_BY_ROWS = (
    "logsumexp", "native_batch_norm", "native_group_norm", "native_layer_norm", "_fused_rms_norm", "_log_softmax",
    "_safe_softmax", "_softmax", "_weight_norm_interface",
)
_LOOKING_UP = ("embedding", "gather", "index", "index_fill", "index_put", "index_select", "scatter", "scatter_add")
_SORTING = ("median", "sort", "topk")
# fmt: on


def tensors(parts: Any) -> Iterator[Tensor]:
    """Every tensor among arguments or results."""
    if isinstance(parts, Tensor):
        yield parts
    elif isinstance(parts, list | tuple):
        for part in parts:
            yield from tensors(part)


def numbers(parts: Any) -> int:
    """How many numbers all these tensors hold."""
    return sum(part.numel() for part in tensors(parts))


def touched(arguments: Arguments, results: Sequence[Tensor]) -> int:
    """How many numbers are read, or written if those are more."""
    return max(numbers(list(arguments.values())), numbers(results))


def _each(weight: int) -> Pricing:
    return lambda arguments, results: Price(weight * touched(arguments, results))


def _rows(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    """Each number belongs to a row, and a row may hold one number."""
    return Price(A_ROW * touched(arguments, results))


def _sorting(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    """A row is copied with the places of its numbers."""
    count = touched(arguments, results)
    return Price(SORTED * count, 2 * count)


def _product(first: str, second: str) -> Pricing:
    def price(arguments: Arguments, results: Sequence[Tensor]) -> Price:
        left, right = arguments[first], arguments[second]
        slow = SLOW_PRODUCT if left.dtype.itemsize < 4 or not left.is_floating_point() else 1
        calls = math.prod(left.shape[:-2])
        return Price(slow * numbers(results) * left.shape[-1] + A_ROW * (calls - 1), numbers([left, right]))

    return price


def _dot(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    return Price(CHEAP * touched(arguments, results))


def _convolution(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    """A transposed one spreads each number that it is given; any other gathers for each number that it makes.

    The kernel for float64 writes what lies under every place of the window side by side, for all images.
    """
    given, weight, groups = arguments["input"], arguments["weight"], max(1, arguments["groups"])
    places, window = (given, results[0]) if arguments["transposed"] else (results[0], given)
    positions = places.numel() // max(1, places.shape[1])
    scratch = positions * window.shape[1] * math.prod(weight.shape[2:])
    one_by_one = arguments["transposed"] or any(step != 1 for step in arguments["dilation"])
    calls = groups * (given.shape[0] if one_by_one else 1) - 1
    slow = SLOW_PRODUCT if given.dtype.itemsize < 4 else 1
    work = slow * places.numel() * (weight.numel() // max(1, weight.shape[0]))
    return Price(work + A_CALL * calls, scratch)


def _pool(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    given, sizes = arguments["self"], arguments["kernel_size"]
    axes = given.shape[-len(results[0].shape[2:]) or -1 :]
    sizes = sizes * len(axes) if len(sizes) == 1 else sizes
    return Price(results[0].numel() * (CHEAP + WINDOW * math.prod(map(min, sizes, axes))))


def _adaptive_pool(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    """A window reaches from one place to the next, rounded up on both sides."""
    shapes = list(zip(arguments["self"].shape[::-1], results[0].shape[::-1], strict=False))
    window = math.prod(given // max(1, made) + 2 for given, made in shapes[: len(arguments["output_size"])])
    return Price(results[0].numel() * (CHEAP + WINDOW * window))


def _columns(arguments: Arguments, results: Sequence[Tensor]) -> Price:
    return Price(CHEAP * touched(arguments, results), touched(arguments, results))


PRICES: Mapping[str, Pricing] = {
    **dict.fromkeys(VIEWS, lambda _arguments, _results: Price(0)),
    **dict.fromkeys(_SIMPLE, _each(CHEAP)),
    **dict.fromkeys(_HARDER, _each(COSTLY)),
    **dict.fromkeys(_BY_ROWS, _rows),
    **dict.fromkeys(_LOOKING_UP, _each(LOOKED_UP)),
    **dict.fromkeys(_SORTING, _sorting),
    **dict.fromkeys(("dot", "vdot", "mv", "addmv"), _dot),
    "mm": _product("self", "mat2"),
    "bmm": _product("self", "mat2"),
    "addmm": _product("mat1", "mat2"),
    "baddbmm": _product("batch1", "batch2"),
    "addbmm": _product("batch1", "batch2"),
    "convolution": _convolution,
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool2d", "avg_pool3d"), _pool),
    **dict.fromkeys(
        ("_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool2d", "adaptive_max_pool3d"), _adaptive_pool
    ),
    **dict.fromkeys(("im2col", "col2im"), _columns),
}
