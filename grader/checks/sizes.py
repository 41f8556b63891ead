"""Whether an operation's arguments fit each other, asked before PyTorch is: some of its kernels never ask.

`native_batch_norm` reads a weight for every channel whether the weight has that many numbers or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from grader.checks.operations import NotReplayable
from grader.checks.primitives import tensors

MAX_ELEMENTS = 50_000_000
MAX_DIMENSIONS = 16
DTYPES = frozenset(
    (
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    )
)


def check_tensor(tensor: Tensor, where: str) -> None:
    """Raises NotReplayable for a tensor that no homework's network makes or reads, empty ones included."""
    if tensor.layout != torch.strided or tensor.dtype not in DTYPES:
        raise NotReplayable(f"{where}: expected a plain tensor of numbers, found {tensor.dtype}, {tensor.layout}")
    if tensor.dim() > MAX_DIMENSIONS:
        raise NotReplayable(f"{where} is too large for a homework's network: {tensor.dim()} dimensions")
    held = tensor.numel()
    if held > MAX_ELEMENTS or (not held and extent(tensor.shape) > MAX_ELEMENTS):
        raise NotReplayable(f"{where} is too large for a homework's network: shape {_shape(tensor.shape)}")


def check_made(tensor: Tensor) -> None:
    """Raises NotReplayable for a tensor with a size below zero, which PyTorch makes when it expands nothing."""
    if min(tensor.shape, default=0) < 0:
        raise NotReplayable(f"expected sizes of 0 and more, found a tensor of shape {_shape(tensor.shape)}")


def extent(shape: Sequence[int]) -> int:
    """The numbers that a shape holds, or would if none of its sizes were zero."""
    return math.prod(max(1, size) for size in shape)


def check_arguments(name: str, arguments: Mapping[str, Any]) -> None:
    """Raises NotReplayable unless the sizes, strides and dtypes of this primitive's arguments fit."""
    for tensor in tensors(list(arguments.values())):
        check_tensor(tensor, f"operation aten.{name}: its argument")
    if check := _CHECKS.get(name):
        check(_Fit(name, arguments))


def check_whole_numbers(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raises NotReplayable for sizes, strides and counts beyond any tensor, which overflow a kernel's arithmetic."""
    arguments = named(operation, args, kwargs)
    for name, is_whole in _parts(operation):
        value = arguments.get(name)
        listed = value if isinstance(value, list) else [value] if is_whole else []
        largest = max((abs(item) for item in listed if isinstance(item, int)), default=0)
        if largest > MAX_ELEMENTS and name not in ("start", "end"):  # a slice may end at infinity
            raise NotReplayable(f"operation {operation} is too large for a homework's network: {name} {largest}")


@lru_cache(maxsize=1024)
def _parts(operation: torch._ops.OpOverload) -> tuple[tuple[str, bool], ...]:
    """The names of an operation's arguments, and which of them are whole numbers or lists of those."""
    return tuple([(part.name, "int" in str(part.type).lower()) for part in operation._schema.arguments])


def named(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names in PyTorch's own schema, with its defaults."""
    listed = operation._schema.arguments
    defaults = {part.name: part.default_value for part in listed[len(args) :] if part.name not in kwargs}
    return {**{part.name: value for part, value in zip(listed, args, strict=False)}, **defaults, **kwargs}


def check_places(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raises NotReplayable where an index names a place that its tensor does not have."""
    name = operation._schema.name.removeprefix("aten::")
    if name not in _PLACES:
        return
    arguments = named(operation, args, kwargs)
    given, places = arguments[_PLACES[name][0]], arguments[_PLACES[name][1]]
    axis = arguments.get("dim", 0)
    if not isinstance(given, Tensor) or not isinstance(places, Tensor) or not places.numel():
        return
    if not isinstance(axis, int) or not -max(1, given.dim()) <= axis < max(1, given.dim()):
        raise NotReplayable(f"operation aten.{name} failed: no dimension {axis}")
    size = given.shape[axis] if given.dim() else 1
    least, most = (int(number) for number in places.aminmax())
    if not 0 <= least <= most < size:
        raise NotReplayable(f"operation aten.{name} failed: expected places below {size}, found {least} to {most}")


_PLACES = {
    "embedding": ("weight", "indices"),
    "gather": ("self", "index"),
    "index_fill": ("self", "index"),
    "index_select": ("self", "index"),
    "scatter": ("self", "index"),
    "scatter_add": ("self", "index"),
}


class _Fit:
    """One primitive's arguments, and what is said when they do not fit."""

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        self.name, self.arguments = name, arguments

    def __getitem__(self, part: str) -> Any:
        return self.arguments[part]

    def need(self, fits: bool, what: str) -> None:
        if not fits:
            raise NotReplayable(f"operation aten.{self.name} failed: {what}")

    def like(self, given: Tensor, shape: Sequence[int], *parts: str) -> None:
        """Each of these tensors, where there is one, has this shape and the dtype of `given`."""
        for part in parts:
            tensor = self.arguments.get(part)
            if tensor is not None:
                found = f"{_shape(tensor.shape)}, {tensor.dtype}"
                self.need(
                    tuple(tensor.shape) == tuple(shape) and tensor.dtype == given.dtype,
                    f"expected {part} of shape {_shape(shape)}, {given.dtype}, found {found}",
                )

    def floating(self, given: Tensor) -> None:
        self.need(given.is_floating_point(), f"expected floating-point numbers, found {given.dtype}")

    def at_least(self, least: int, *parts: str) -> None:
        for part in parts:
            value = self.arguments[part]
            values = value if isinstance(value, list) else [value]
            self.need(all(item >= least for item in values), f"expected {part} of at least {least}, found {value}")

    def listed(self, count: int, *parts: str, empty: bool = False) -> None:
        """Lists with a number for each of `count` axes, or one for all."""
        for part in parts:
            size = len(self.arguments[part])
            self.need(size in (1, count) or (empty and not size), f"expected {count} numbers as {part}, found {size}")


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) or "()"


def _batch_norm(fit: _Fit) -> None:
    given = fit["input"]
    fit.floating(given)
    fit.need(given.dim() >= 2, f"expected at least two dimensions, found {given.dim()}")
    fit.like(given, given.shape[1:2], "weight", "bias", "running_mean", "running_var")
    kept = [fit.arguments.get(part) for part in ("running_mean", "running_var")]
    fit.need(
        bool(fit["training"]) or None not in kept, "expected running statistics, which it uses as it is not trained"
    )


def _layer_norm(fit: _Fit) -> None:
    given, shape = fit["input"], fit["normalized_shape"]
    fit.floating(given)
    fit.need(
        0 < len(shape) <= given.dim() and list(given.shape[-len(shape) :]) == shape,
        f"expected the last sizes to be {shape}, found {_shape(given.shape)}",
    )
    fit.like(given, shape, "weight", "bias")


def _group_norm(fit: _Fit) -> None:
    given, sizes, groups = fit["input"], [fit["N"], fit["C"], fit["HxW"]], fit["group"]
    fit.floating(given)
    fit.at_least(0, "N", "HxW")
    fit.at_least(1, "C", "group")
    fit.need(
        list(given.shape[:2]) == sizes[:2] and given.numel() == math.prod(sizes),
        f"expected {_shape(sizes)} numbers, found {_shape(given.shape)}",
    )
    fit.need(sizes[1] % groups == 0, f"expected groups of equal size, found {groups} groups of {sizes[1]} channels")
    fit.like(given, sizes[1:2], "weight", "bias")


def _convolution(fit: _Fit) -> None:
    given, weight, groups = fit["input"], fit["weight"], fit["groups"]
    axes = weight.dim() - 2
    fit.floating(given)
    fit.need(1 <= axes <= 3 and given.dim() == weight.dim(), f"found {_shape(given.shape)} and {_shape(weight.shape)}")
    fit.listed(axes, "stride", "padding", "dilation")
    fit.at_least(1, "stride", "dilation", "groups")
    fit.at_least(0, "padding", "output_padding")
    fit.need(0 not in weight.shape and weight.shape[0] % groups == 0, f"{groups} groups of {_shape(weight.shape)}")
    ours, theirs = weight.shape[1] * groups, weight.shape[0]
    if fit["transposed"]:
        ours, theirs = theirs, ours
        fit.listed(axes, "output_padding")
        _check_output_padding(fit, axes)
    fit.need(given.shape[1] == ours, f"expected {ours} channels, found {given.shape[1]}")
    fit.need(weight.dtype == given.dtype, f"expected a weight of {given.dtype}, found {weight.dtype}")
    fit.like(given, [theirs], "bias")


def _check_output_padding(fit: _Fit, axes: int) -> None:
    added, stride, dilation = (_for_each(fit[part], axes) for part in ("output_padding", "stride", "dilation"))
    fits = all(part < max(steps) for part, *steps in zip(added, stride, dilation, strict=True))
    fit.need(fits, f"expected an output_padding below the stride or the dilation, found {added}")


def _for_each(values: list[int], axes: int) -> list[int]:
    return values * axes if len(values) == 1 else values


def _pool(axes: int) -> Callable[[_Fit], None]:
    def check(fit: _Fit) -> None:
        given = fit["self"]
        fit.floating(given)
        fit.need(given.dim() in (axes + 1, axes + 2), f"expected images, found {_shape(given.shape)}")
        fit.listed(axes, "kernel_size", "padding", *(["dilation"] if "dilation" in fit.arguments else []))
        fit.listed(axes, "stride", empty=True)
        fit.at_least(1, "kernel_size", "stride", *(["dilation"] if "dilation" in fit.arguments else []))
        fit.at_least(0, "padding")
        kernel, padding = _for_each(fit["kernel_size"], axes), _for_each(fit["padding"], axes)
        fits = all(2 * pad <= size for pad, size in zip(padding, kernel, strict=True))
        fit.need(fits, f"expected a padding of at most half the window {kernel}, found {padding}")

    return check


def _adaptive_pool(axes: int) -> Callable[[_Fit], None]:
    def check(fit: _Fit) -> None:
        given = fit["self"]
        fit.need(given.dim() in (axes + 1, axes + 2), f"expected images, found {_shape(given.shape)}")
        fit.listed(axes, "output_size")
        fit.at_least(0, "output_size")

    return check


def _upsample(axes: int) -> Callable[[_Fit], None]:
    """A scale that does not belong to the sizes leads outside the image."""

    def check(fit: _Fit) -> None:
        given, wanted = fit["self"], fit["output_size"]
        fit.need(given.dim() == axes + 2 and len(wanted) == axes, f"found {_shape(given.shape)} to {wanted}")
        fit.need(0 not in given.shape[2:], f"expected an image, found {_shape(given.shape)}")
        fit.at_least(1, "output_size")
        scales = [value for part, value in fit.arguments.items() if part.startswith("scales")]
        for size, made, scale in zip(given.shape[2:], wanted, scales, strict=True):
            near = scale is None or (math.isfinite(scale) and scale > 0 and abs(size * scale - made) <= 1)
            fit.need(near, f"expected a scale from {size} to {made}, found {scale}")

    return check


def _reflection_pad(axes: int) -> Callable[[_Fit], None]:
    def check(fit: _Fit) -> None:
        given, padding = fit["self"], fit["padding"]
        fit.need(given.dim() in (axes + 1, axes + 2) and len(padding) == 2 * axes, f"found {_shape(given.shape)}")
        fit.need(0 not in given.shape[-axes:], f"expected an image, found {_shape(given.shape)}")
        fit.at_least(0, "padding")

    return check


def _weight_norm(fit: _Fit) -> None:
    given, axis = fit["v"], fit["dim"]
    fit.floating(given)
    fit.need(axis in (0, given.dim() - 1), f"expected the first or the last dimension, found {axis}")
    shape = [size if index == axis else 1 for index, size in enumerate(given.shape)]
    fit.like(given, shape, "g")


def _columns(fit: _Fit) -> None:
    fit.floating(fit["self"])
    parts = ("kernel_size", "dilation", "padding", "stride")
    for part in (*parts, *(["output_size"] if "output_size" in fit.arguments else [])):
        fit.need(len(fit[part]) == 2, f"expected two numbers as {part}, found {fit[part]}")
    fit.at_least(1, "kernel_size", "dilation", "stride")
    fit.at_least(0, "padding")


def _true_or_false(part: str) -> Callable[[_Fit], None]:
    def check(fit: _Fit) -> None:
        fit.need(fit[part].dtype == torch.bool, f"expected {part} of true and false, found {fit[part].dtype}")

    return check


def _places(part: str) -> Callable[[_Fit], None]:
    def check(fit: _Fit) -> None:
        dtype = fit[part].dtype
        fit.need(dtype in (torch.int64, torch.int32), f"expected {part} of whole numbers, found {dtype}")

    return check


def _places_in_each(fit: _Fit) -> None:
    for tensor in tensors(fit["indices"]):
        fit.need(tensor.dtype in (torch.int64, torch.int32), f"expected whole numbers as indices, found {tensor.dtype}")


# fmt: off
_CHECKS: Mapping[str, Callable[[_Fit], None]] = {
    "native_batch_norm": _batch_norm,
    "native_layer_norm": _layer_norm, "_fused_rms_norm": _layer_norm, "native_group_norm": _group_norm,
    "convolution": _convolution,
    "avg_pool2d": _pool(2), "avg_pool3d": _pool(3),
    "max_pool2d_with_indices": _pool(2), "max_pool3d_with_indices": _pool(3),
    "_adaptive_avg_pool2d": _adaptive_pool(2), "_adaptive_avg_pool3d": _adaptive_pool(3),
    "adaptive_max_pool2d": _adaptive_pool(2), "adaptive_max_pool3d": _adaptive_pool(3),
    "upsample_nearest1d": _upsample(1), "_upsample_nearest_exact1d": _upsample(1), "upsample_linear1d": _upsample(1),
    "upsample_nearest2d": _upsample(2), "_upsample_nearest_exact2d": _upsample(2), "upsample_bilinear2d": _upsample(2),
    "upsample_bicubic2d": _upsample(2),
    "upsample_nearest3d": _upsample(3), "_upsample_nearest_exact3d": _upsample(3), "upsample_trilinear3d": _upsample(3),
    "reflection_pad1d": _reflection_pad(1), "reflection_pad2d": _reflection_pad(2),
    "reflection_pad3d": _reflection_pad(3), "replication_pad1d": _reflection_pad(1),
    "replication_pad2d": _reflection_pad(2), "replication_pad3d": _reflection_pad(3),
    "_weight_norm_interface": _weight_norm, "im2col": _columns, "col2im": _columns,
    "masked_fill": _true_or_false("mask"), "where": _true_or_false("condition"),
    "embedding": _places("indices"), "gather": _places("index"), "index_select": _places("index"),
    "index_fill": _places("index"), "scatter": _places("index"), "scatter_add": _places("index"),
    "index": _places_in_each, "index_put": _places_in_each,
}
# fmt: on
