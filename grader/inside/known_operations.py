"""The operations that a network may be made of, by name: others cannot be run again outside."""

from __future__ import annotations

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


def bare_name(op: str) -> str:
    """`conv2d` for `aten.conv2d.default`; an in-place `relu_` is a `relu`."""
    name = op.partition(".")[2].partition(".")[0]
    return name if name.startswith("_") or not name.endswith("_") else name[:-1]
