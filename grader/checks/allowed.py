"""The operations that a network may be made of: what PyTorch records of a forward pass, and what that stands for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import torch

from grader.checks.operations import NotReplayable, UnknownOperation

# fmt: off
ALLOWED = frozenset((
    # made from sizes
    "arange", "empty", "empty_like", "eye", "full", "full_like", "linspace", "new_empty", "new_full", "new_ones",
    "new_zeros", "one_hot", "ones", "ones_like", "scalar_tensor", "zeros", "zeros_like",
    # seen in another shape
    "adjoint", "alias", "broadcast_tensors", "broadcast_to", "chunk", "contiguous", "detach", "diagonal", "expand",
    "expand_as", "flatten", "hsplit", "lift_fresh", "mH", "mT", "matrix_H", "movedim", "moveaxis", "narrow", "numpy_T",
    "permute", "ravel", "reshape", "reshape_as", "select", "slice", "split", "split_with_sizes", "squeeze", "swapaxes",
    "swapdims", "t", "tensor_split", "transpose", "unbind", "unflatten", "unfold", "unsafe_chunk", "unsafe_split",
    "unsqueeze", "view", "view_as", "vsplit", "_unsafe_view",
    # moved, copied, joined
    "cat", "channel_shuffle", "clone", "column_stack", "concat", "concatenate", "constant_pad_nd", "copy", "diag_embed",
    "diagonal_scatter", "dstack", "embedding", "fill", "flip", "fliplr", "flipud", "gather", "hstack", "index",
    "index_fill", "index_put", "index_select", "masked_fill", "meshgrid", "pad", "pixel_shuffle", "pixel_unshuffle",
    "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "repeat", "repeat_interleave", "replication_pad1d",
    "replication_pad2d", "replication_pad3d", "roll", "rot90", "scatter", "scatter_add", "select_scatter",
    "slice_scatter", "stack", "tile", "to", "tril", "triu", "type_as", "vstack", "where", "zero", "_to_copy",
    # number by number
    "abs", "absolute", "acos", "add", "addcdiv", "addcmul", "arccos", "arcsin", "arctan", "arctan2", "asin", "atan",
    "atan2", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "cos", "cosh", "div", "divide", "erf", "erfc", "exp",
    "exp2", "expm1", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "hypot", "lerp", "log",
    "log10", "log1p", "log2", "logaddexp", "maximum", "minimum", "mul", "multiply", "nan_to_num", "neg", "negative",
    "positive", "pow", "reciprocal", "remainder", "round", "rsqrt", "rsub", "sgn", "sign", "sin", "sinh", "sqrt",
    "square", "sub", "subtract", "tan", "tanh", "true_divide", "trunc", "xlogy",
    # compared
    "all", "any", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "eq", "ge", "greater", "greater_equal",
    "gt", "isfinite", "isinf", "isnan", "le", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "lt", "ne", "not_equal", "__and__", "__iand__", "__ior__", "__ixor__", "__or__", "__xor__",
    # activations
    "celu", "elu", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_sigmoid",
    "log_softmax", "mish", "prelu", "relu", "relu6", "rrelu", "selu", "sigmoid", "silu", "softmax", "softplus",
    "softshrink", "threshold", "_log_softmax", "_prelu_kernel", "_safe_softmax", "_softmax",
    "alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout",
    # over many numbers
    "amax", "amin", "argmax", "argmin", "argsort", "count_nonzero", "cumprod", "cumsum", "linalg_vector_norm",
    "logsumexp", "max", "mean", "median", "min", "norm", "prod", "sort", "std", "std_mean", "sum", "topk", "var",
    "var_mean",
    # products
    "addbmm", "addmm", "addmv", "baddbmm", "bmm", "cosine_similarity", "dot", "einsum", "ger", "inner", "linear",
    "matmul", "mm", "mv", "outer", "tensordot", "vdot", "scaled_dot_product_attention",
    "_scaled_dot_product_flash_attention_for_cpu",
    # convolutions, pools, images
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "col2im", "conv1d", "conv2d", "conv3d",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution", "im2col", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices",
    "upsample_bicubic2d", "upsample_bilinear2d", "upsample_linear1d", "upsample_nearest1d", "upsample_nearest2d",
    "upsample_nearest3d", "upsample_trilinear3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d",
    "_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d",
    # normalisations
    "batch_norm", "cudnn_batch_norm", "group_norm", "instance_norm", "layer_norm", "native_batch_norm",
    "native_group_norm", "native_layer_norm", "rms_norm", "_weight_norm", "_weight_norm_interface",
    # recurrent layers
    "gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell",
))
# fmt: on
# Operations whose twin that writes nothing, and reads no memory that nobody wrote, has another name.
_TWINS = {
    "aten.pow_.Scalar": ("pow", "Tensor_Scalar"),
    "aten.pow_.Tensor": ("pow", "Tensor_Tensor"),
    "aten.float_power_.Scalar": ("float_power", "Tensor_Scalar"),
    "aten.float_power_.Tensor": ("float_power", "Tensor_Tensor"),
    "aten.floor_divide_.Tensor": ("floor_divide", "default"),
    "aten.transpose_.default": ("transpose", "int"),
    "aten.__iand__.Scalar": ("__and__", "Scalar"),
    "aten.__iand__.Tensor": ("__and__", "Tensor"),
    "aten.__ior__.Scalar": ("__or__", "Scalar"),
    "aten.__ior__.Tensor": ("__or__", "Tensor"),
    "aten.__ixor__.Scalar": ("__xor__", "Scalar"),
    "aten.__ixor__.Tensor": ("__xor__", "Tensor"),
    "aten.empty.memory_format": ("zeros", "default"),
    "aten.empty_like.default": ("zeros_like", "default"),
    "aten.new_empty.default": ("new_zeros", "default"),
    "aten.cudnn_batch_norm.default": ("native_batch_norm", "default"),
    # The formula: what a processor runs in its place depends on the processor, and does not check all sizes.
    "aten.scaled_dot_product_attention.default": ("_scaled_dot_product_attention_math", "default"),
    "aten._scaled_dot_product_flash_attention_for_cpu.default": ("_scaled_dot_product_attention_math", "default"),
}
# Of these, only overloads whose sizes are known before they run; most others read sizes out of a tensor.
_OVERLOADS = {
    **dict.fromkeys(("addmm", "baddbmm", "bmm", "einsum", "mm", "narrow"), ("default",)),
    "gru": ("input",),
    "index": ("Tensor",),
    "index_put": ("default",),
    "lstm": ("input",),
    "repeat_interleave": ("self_int",),
    "rnn_relu": ("input",),
    "rnn_tanh": ("input",),
    "tensor_split": ("sections", "indices"),
    "to": ("device", "dtype", "dtype_layout", "other"),
    "view": ("default",),  # the other one reads the bits as other numbers
    "where": ("Scalar", "ScalarOther", "ScalarSelf", "self"),
}


@lru_cache(maxsize=1)
def _names_in_pytorch() -> frozenset[str]:
    listed = torch._C._dispatch_get_all_op_names()
    return frozenset(name.removeprefix("aten::").partition(".")[0] for name in listed if name.startswith("aten::"))


@lru_cache(maxsize=1024)
def operation(op: str, name: str) -> torch._ops.OpOverload:
    """A known operation that only makes new tensors. The overload is a name out of PyTorch's own list:
    looking up any other attribute could change PyTorch itself.

    Raises NotReplayable, and UnknownOperation for what PyTorch has and the grader has not.
    """
    if name not in ALLOWED or not op.startswith("aten."):
        # A real operation of PyTorch is our gap, not the student's mistake.
        kind = UnknownOperation if op.startswith("aten.") and op.split(".")[1] in _names_in_pytorch() else NotReplayable
        raise kind(f"operation {op[:80]!r} is not known here")
    name, overload = _TWINS.get(op) or (name, op.partition(".")[2].partition(".")[2] or "default")
    packet = getattr(torch.ops.aten, name)
    if overload in packet.overloads() and overload not in _OVERLOADS.get(name, (overload,)):
        raise UnknownOperation(f"operation {op[:80]!r} is not known here")
    found = getattr(packet, overload) if overload in packet.overloads() else None
    if not isinstance(found, torch._ops.OpOverload) or found._schema.is_mutable or not _makes_tensors(found):
        raise NotReplayable(f"operation {op[:80]!r} is not known here")
    return found


def _makes_tensors(found: torch._ops.OpOverload) -> bool:
    return all(str(part.type) in ("Tensor", "List[Tensor]") for part in found._schema.returns)


def twins() -> Mapping[str, tuple[str, str]]:
    """Operations that run under another name and overload."""
    return _TWINS
