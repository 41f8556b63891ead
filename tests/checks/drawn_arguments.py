"""Arguments for any operation, drawn by the types in PyTorch's own schema: some fit, most do not.

Operations whose arguments have to fit each other have a recipe, of which one or two parts are then exchanged.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

SIZES = (0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8)
FLOATS = (torch.float32, torch.float32, torch.float32, torch.float64)
DTYPES = (*FLOATS, torch.int64, torch.int64, torch.bool, torch.int32)
WHOLE = (-2, -1, -1, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 8, -7, 100, 2**40, -(2**63), 2**63 - 1)
FRACTIONS = (0.0, 0.0, 1.0, 0.5, 0.25, 2.0, -1.0, 1e-5, 3.5, 1e-300, 1e300, float("inf"), float("nan"))
TEXTS = (
    "none",
    "tanh",
    "constant",
    "reflect",
    "replicate",
    "circular",
    "floor",
    "trunc",
    "same",
    "valid",
    "ij",
    "xy",
    "ij,jk->ik",
    "bij,bjk->bik",
    "...i,...i->...",
    "ii->i",
    "i,j",
    "mean",
    "sum",
    "add",
    "multiply",
)
WORDS = {
    "rounding_mode": ("floor", "trunc"),
    "indexing": ("ij", "xy"),
    "reduce": ("add", "multiply"),
    "approximate": ("none", "tanh"),
}
STORED = ("device", "layout", "pin_memory", "memory_format", "generator")
MAX_NUMBERS = 600
POISON = 1e30  # lies around every tensor: who reads beyond it shows it


@dataclass
class Drawing:
    """Draws parts of arguments, with shapes that were drawn before more often than new ones."""

    chance: random.Random
    shapes: list[tuple[int, ...]]

    def of(self, options: Any) -> Any:
        return self.chance.choice(list(options))

    def shape(self, least: int = 0, most: int = 5) -> tuple[int, ...]:
        known = [shape for shape in self.shapes if least <= len(shape) <= most]
        if known and self.of((True, True, False)):
            return self.varied(self.of(known))
        sizes = tuple(self.of(SIZES) for _ in range(self.of(range(least, most + 1))))
        while torch.Size(sizes).numel() > MAX_NUMBERS:
            sizes = sizes[:-1] if len(sizes) > least else (1,) * len(sizes)
        self.shapes.append(sizes)
        return sizes

    def varied(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        match self.of(("same", "same", "same", "same", "last", "channel", "turned", "one", "longer")):
            case "last":
                return shape[-1:]
            case "channel":
                return shape[1:2]
            case "turned":
                return (*shape[:-2], *shape[-2:][::-1])
            case "one":
                return (1,)
            case "longer" if torch.Size(shape).numel() * 2 < MAX_NUMBERS:
                return (2, *shape)
        return shape

    def tensor(self, shape: tuple[int, ...] | None = None, dtype: torch.dtype | None = None) -> Tensor:
        shape = self.shape() if shape is None else shape
        return surrounded(shape, dtype or self.of(DTYPES))

    def floats(self, *shape: int) -> Tensor:
        return self.tensor(shape, torch.float32)

    def places(self, below: int, *shape: int) -> Tensor:
        """Numbers from 0 on that are below a size."""
        return surrounded(shape, torch.int64) % max(1, below)

    def like(self, kind: str) -> Any:
        """Anything of a type in a schema."""
        if kind.startswith("Optional["):
            return None if self.of((True, False, False)) else self.like(kind.removeprefix("Optional[")[:-1])
        if kind.startswith("List["):
            return [self.like(kind.removeprefix("List[")[:-1]) for _ in range(self.of((0, 1, 2, 2, 2, 3, 4)))]
        return self.plain(kind)

    def plain(self, kind: str) -> Any:
        options = {
            "int": WHOLE,
            "SymInt": WHOLE,
            "float": FRACTIONS,
            "number": (*WHOLE[:12], *FRACTIONS[:9], True),
            "bool": (True, False),
            "str": TEXTS,
            "Device": (torch.device("cpu"),),
        }
        return self.tensor() if kind == "Tensor" else self.of(options.get(kind, (None,)))

    def any_for(self, operation: torch._ops.OpOverload) -> list[Any]:
        """Positional arguments for all that the schema lists."""
        listed = [part for part in operation._schema.arguments if not part.kwarg_only]
        return [self.dtype() if "ScalarType" in str(part.real_type) else self.like(str(part.type)) for part in listed]

    def named(self, operation: torch._ops.OpOverload) -> dict[str, Any]:
        """What is given by name only: always what has no default, the rest now and then."""
        listed = [part for part in operation._schema.arguments if part.kwarg_only and part.name not in STORED]
        return {
            part.name: self.dtype() if part.name == "dtype" else self.word(part.name) or self.like(str(part.type))
            for part in listed
            if not part.has_default_value() or self.of((True, *[False] * 5))
        }

    def word(self, name: str) -> str | None:
        """One that an argument of this name may be."""
        return self.of(WORDS[name]) if name in WORDS else None

    def dtype(self) -> torch.dtype | None:
        return self.of((None, None, torch.float32, torch.float64, torch.int64, torch.bool))

    def exchanged(self, operation: torch._ops.OpOverload, args: list[Any]) -> list[Any]:
        """Up to two arguments exchanged for others of their type, which need not fit."""
        others = self.any_for(operation)
        for _ in range(self.of((0, 0, 1, 1, 2))):
            place = self.of(range(len(args))) if args else 0
            args[place : place + 1] = others[place : place + 1]
        return args


def surrounded(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Distinct multiples of 1/8 that float32 holds exactly, in the middle of memory that holds other numbers."""
    count = torch.Size(shape).numel()
    numbers = (torch.arange(count, dtype=torch.float64) * 7 % max(1, count) - count // 2) / 8
    if dtype == torch.bool:
        return (torch.arange(count) % 3 == 0).reshape(shape)
    if not dtype.is_floating_point:
        numbers = torch.arange(count, dtype=torch.float64) * 7 % max(1, count)
    around = torch.full((count + 128,), POISON if dtype.is_floating_point else 10**6, dtype=torch.float64).to(dtype)
    around[64 : 64 + count] = numbers.to(dtype)
    return around[64 : 64 + count].view(shape)


Recipe = Callable[[Drawing], list[Any]]


def convolution(axes: int, transposed: bool = False, primitive: bool = False) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        groups = d.of((1, 1, 2))
        given, made = groups * d.of((1, 2)), groups * d.of((1, 2))
        shape = (given, made // groups) if transposed else (made, given // groups)
        window = [d.of((1, 2, 3)) for _ in range(axes)]
        images = d.floats(d.of((1, 2)), given, *(d.of((3, 4, 5)) for _ in range(axes)))
        bias = d.floats(made) if d.of((True, False)) else None
        stride, padding = [d.of((1, 2))] * axes, [d.of((0, 1))] * axes
        dilation, added = [d.of((1, 1, 2))] * axes, [0] * axes
        first = [images, d.floats(*shape, *window), bias, stride, padding]
        if primitive:
            return [*first, dilation, d.of((False, False, True)) and shape[0] == given, added, groups]
        return [*first, added, groups, dilation] if transposed else [*first, dilation, groups]

    return args


def batch_norm(places: int) -> Recipe:
    """`places`: of flags at the end."""

    def args(d: Drawing) -> list[Any]:
        channels = d.of((1, 2, 3))
        parts = [d.floats(channels) if d.of((True, False)) else None for _ in range(2)]
        trains = d.of((True, False))
        kept = [None, None] if trains else [d.floats(channels), d.floats(channels) ** 2 + 1]
        images = d.floats(d.of((2, 3)), channels, *(d.of((1, 2, 3)) for _ in range(d.of((0, 1, 2)))))
        return [images, *parts, *kept, trains, 0.1, 1e-5, *[False] * places]

    return args


def instance_norm(d: Drawing) -> list[Any]:
    channels = d.of((1, 2, 3))
    images = d.floats(2, channels, d.of((2, 3)), d.of((2, 3)))
    return [images, d.floats(channels), d.floats(channels), None, None, True, 0.1, 1e-5, False]


def layer_norm(extra: int) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        shape = [d.of((1, 2, 3)) for _ in range(d.of((1, 2)))]
        weight = d.floats(*shape) if d.of((True, False)) else None
        rest = [] if extra < 0 else [d.floats(*shape) if d.of((True, False)) else None]
        return [d.floats(d.of((2, 3)), *shape), shape, weight, *rest, 1e-5, *[False] * max(0, extra)]

    return args


def group_norm(primitive: bool) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        groups = d.of((1, 2))
        channels = groups * d.of((1, 2))
        images, parts = d.floats(2, channels, 3, 2), [d.floats(channels), d.floats(channels)]
        return [images, *parts, 2, channels, 6, groups, 1e-5] if primitive else [images, groups, *parts, 1e-5, False]

    return args


def pool(axes: int, extra: Callable[[int], list[Any]]) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        images = d.floats(2, 3, *(d.of((4, 5, 6)) for _ in range(axes)))
        return [images, [d.of((1, 2, 3))] * axes, [d.of((1, 2))] * axes, [d.of((0, 0, 1))] * axes, *extra(axes)]

    return args


def adaptive(axes: int) -> Recipe:
    return lambda d: [d.floats(2, 3, *(d.of((3, 4, 5)) for _ in range(axes))), [d.of((1, 2, 3, 7))] * axes]


def upsample(axes: int, corners: bool, scales: bool) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        images = d.floats(1, 2, *(d.of((1, 2, 3)) for _ in range(axes)))
        sizes = [d.of((1, 2)) * size for size in images.shape[2:]]
        flag = [d.of((True, False))] if corners else []
        both = [made / size for size, made in zip(images.shape[2:], sizes, strict=True)]
        if scales:
            return [images, None, *flag, both] if d.of((True, False)) else [images, sizes, *flag, None]
        return [images, sizes, *flag, *(both if d.of((True, False)) else [None] * axes)]

    return args


def border(axes: int) -> Recipe:
    return lambda d: [d.floats(1, 2, *[4] * axes), [d.of((0, 1, 2, 3)) for _ in range(2 * axes)]]


def product(shapes: Callable[[int, int, int], list[tuple[int, ...]]], *rest: Any) -> Recipe:
    return lambda d: [*(d.floats(*shape) for shape in shapes(d.of((1, 2, 3)), d.of((1, 2, 4)), d.of((1, 3)))), *rest]


def looked_up(d: Drawing) -> list[Any]:
    given, axis = d.floats(3, 4, 2), d.of((0, 1, 2))
    return [given, axis, d.places(given.shape[axis], *(2, 3, 2) if axis else (2, 4, 2))]


def chosen(*rest: Callable[[Drawing], Any]) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        axis = d.of((0, 1, -1))
        given = d.floats(3, 4)
        return [given, axis, d.places(given.shape[axis], d.of((0, 1, 3))), *(part(d) for part in rest)]

    return args


def indexed(put: bool) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        given = d.floats(3, 4, 2)
        places = d.of(
            (
                [d.places(3, 2)],
                [None, d.places(4, 3)],
                [d.places(3, 2), d.places(4, 2)],
                [surrounded((3, 4), torch.bool)],
                [None, surrounded((4,), torch.bool)],
            )
        )
        return [given, places, d.floats(1), False] if put else [given, places]

    return args


def scattered(value: bool) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        index = torch.arange(3).repeat(2, 1)  # each place once: what two would do to one is not defined
        return [d.floats(2, 5), 1, index, d.of((2.0, 3)) if value else d.floats(2, 3)]

    return args


def recurrent(gates: int, states: int) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        size, hidden, layers, ways = d.of((1, 2, 3)), d.of((1, 2, 4)), d.of((1, 1, 2)), d.of((1, 1, 2))
        first, steps, batch = d.of((True, False)), d.of((1, 2, 4)), d.of((1, 2))
        params = [
            part
            for layer in range(layers)
            for _ in range(ways)
            for part in (
                d.floats(gates * hidden, ways * hidden if layer else size),
                d.floats(gates * hidden, hidden),
                d.floats(gates * hidden),
                d.floats(gates * hidden),
            )
        ]
        start = [d.floats(layers * ways, batch, hidden) for _ in range(states)]
        given = d.floats(batch, steps, size) if first else d.floats(steps, batch, size)
        small = [part / 16 for part in params]
        return [
            given,
            start if states > 1 else start[0],
            small,
            True,
            layers,
            0.0,
            d.of((True, False)),
            ways == 2,
            first,
        ]

    return args


def cell(gates: int, states: int) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        size, hidden = d.of((1, 2, 3)), d.of((1, 2, 4))
        start = [d.floats(2, hidden) for _ in range(states)]
        weights = [d.floats(gates * hidden, size) / 16, d.floats(gates * hidden, hidden) / 16]
        return [
            d.floats(2, size),
            start if states > 1 else start[0],
            *weights,
            *(d.floats(gates * hidden) for _ in "12"),
        ]

    return args


def attention(flash: bool) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        heads, steps, others, size = d.of((1, 2)), d.of((1, 2, 3)), d.of((1, 2, 3)), d.of((1, 2, 4))
        parts = [d.floats(2, heads, steps, size) / 8, *(d.floats(2, heads, others, size) / 8 for _ in "12")]
        masks = (None, d.floats(steps, others), surrounded((steps, others), torch.bool))
        return [*parts, 0.0, False] if flash else [*parts, d.of(masks), 0.0, False]

    return args


def shaped(*options: list[int]) -> Recipe:
    return lambda d: [d.floats(2, 3, 4), d.of(options)]


def joined(d: Drawing) -> list[Any]:
    axis = d.of((0, 1))
    return [[d.floats(2, 3) for _ in range(d.of((1, 2, 3)))], axis]


def columns(back: bool) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        window, dilation, padding, stride = [2, 2], [1, 1], [d.of((0, 1))] * 2, [d.of((1, 2))] * 2
        places = ((4 + 2 * padding[0] - 2) // stride[0] + 1) ** 2
        if back:
            return [d.floats(1, 2 * 4, places), [4, 4], window, dilation, padding, stride]
        return [d.floats(1, 2, 4, 4), window, dilation, padding, stride]

    return args


def logical(d: Drawing) -> list[Any]:
    dtype = d.of((torch.bool, torch.int64))
    return [surrounded((3, 4), dtype), surrounded(d.of(((3, 4), (4,), (1,))), dtype)]


def same_size(axes: int) -> Recipe:
    def args(d: Drawing) -> list[Any]:
        images = d.floats(2, 4, *[5] * axes)
        return [images, d.floats(2, 2, *[3] * axes), d.floats(2), [1] * axes, d.of(("same", "valid")), [1] * axes, 2]

    return args


def _dilated(axes: int) -> list[Any]:
    return [[1] * axes, False]


def _averaged(axes: int) -> list[Any]:
    return [False, True, None]


def _averaged_flat(axes: int) -> list[Any]:
    return [False, True]


LOGICAL = ("bitwise_and", "bitwise_or", "bitwise_xor", "__and__", "__or__", "__xor__")
RECIPES: dict[str, Recipe] = {
    **{f"conv{axes}d.default": convolution(axes) for axes in (1, 2, 3)},
    "conv_transpose1d.default": convolution(1, True),
    "conv_transpose2d.input": convolution(2, True),
    "conv_transpose3d.input": convolution(3, True),
    "convolution.default": convolution(2, primitive=True),
    "batch_norm.default": batch_norm(1),
    "native_batch_norm.default": batch_norm(0),
    "cudnn_batch_norm.default": batch_norm(0),
    "instance_norm.default": instance_norm,
    "layer_norm.default": layer_norm(1),
    "native_layer_norm.default": layer_norm(0),
    "rms_norm.default": layer_norm(-1),
    "group_norm.default": group_norm(False),
    "native_group_norm.default": group_norm(True),
    **{f"max_pool{axes}d.default": pool(axes, _dilated) for axes in (1, 2, 3)},
    **{f"max_pool{axes}d_with_indices.default": pool(axes, _dilated) for axes in (1, 2, 3)},
    "avg_pool1d.default": pool(1, _averaged_flat),
    **{f"avg_pool{axes}d.default": pool(axes, _averaged) for axes in (2, 3)},
    **{f"adaptive_{kind}_pool{axes}d.default": adaptive(axes) for kind in ("avg", "max") for axes in (1, 2, 3)},
    **{f"_adaptive_avg_pool{axes}d.default": adaptive(axes) for axes in (2, 3)},
    **{
        f"{name}{axes}d.{kind}": upsample(axes, corners, kind == "vec")
        for name, corners, all_axes in (
            ("upsample_nearest", False, (1, 2, 3)),
            ("_upsample_nearest_exact", False, (1, 2, 3)),
            ("upsample_linear", True, (1,)),
            ("upsample_bilinear", True, (2,)),
            ("upsample_bicubic", True, (2,)),
            ("upsample_trilinear", True, (3,)),
        )
        for axes in all_axes
        for kind in ("vec", "default")
    },
    **{f"{kind}_pad{axes}d.default": border(axes) for kind in ("reflection", "replication") for axes in (1, 2, 3)},
    "constant_pad_nd.default": border(2),
    "pad.default": lambda d: [*border(2)(d), d.of(TEXTS[2:6]), None],
    "mm.default": product(lambda a, b, c: [(a, b), (b, c)]),
    "bmm.default": product(lambda a, b, c: [(2, a, b), (2, b, c)]),
    "matmul.default": product(lambda a, b, c: [(2, a, b), (b, c)]),
    "linear.default": product(lambda a, b, c: [(2, a, b), (c, b), (c,)]),
    "addmm.default": product(lambda a, b, c: [(c,), (a, b), (b, c)]),
    "addmv.default": product(lambda a, b, c: [(a,), (a, b), (b,)]),
    "baddbmm.default": product(lambda a, b, c: [(a, c), (2, a, b), (2, b, c)]),
    "addbmm.default": product(lambda a, b, c: [(a, c), (2, a, b), (2, b, c)]),
    "mv.default": product(lambda a, b, c: [(a, b), (b,)]),
    "dot.default": product(lambda a, b, c: [(a,), (a,)]),
    "vdot.default": product(lambda a, b, c: [(a,), (a,)]),
    "outer.default": product(lambda a, b, c: [(a,), (b,)]),
    "ger.default": product(lambda a, b, c: [(a,), (b,)]),
    "tensordot.default": product(lambda a, b, c: [(a, b), (b, c)], [1], [0]),
    "einsum.default": lambda d: ["bij,bjk->bik", product(lambda a, b, c: [(2, a, b), (2, b, c)])(d), None],
    "scaled_dot_product_attention.default": attention(False),
    "_scaled_dot_product_flash_attention_for_cpu.default": attention(True),
    "embedding.default": lambda d: [d.floats(5, 3), d.places(5, d.of((1, 2)), 3), d.of((-1, 0))],
    "gather.default": looked_up,
    "index_select.default": chosen(),
    "index_fill.int_Scalar": chosen(lambda d: 2.0),
    "index.Tensor": indexed(False),
    "index_put.default": indexed(True),
    "scatter.value": scattered(True),
    "scatter.src": scattered(False),
    "scatter_add.default": scattered(False),
    "one_hot.default": lambda d: [d.places(4, 2, 3), d.of((-1, 4, 6))],
    "lstm.input": recurrent(4, 2),
    "gru.input": recurrent(3, 1),
    "rnn_tanh.input": recurrent(1, 1),
    "rnn_relu.input": recurrent(1, 1),
    "lstm_cell.default": cell(4, 2),
    "gru_cell.default": cell(3, 1),
    "rnn_tanh_cell.default": cell(1, 1),
    "rnn_relu_cell.default": cell(1, 1),
    "prelu.default": lambda d: [d.floats(2, 3, 4), d.floats(d.of((1, 3)))],
    "_weight_norm.default": lambda d: [d.floats(3, 4), d.floats(3, 1), 0],
    "_weight_norm_interface.default": lambda d: [d.floats(3, 4), d.floats(3, 1), 0],
    "masked_fill.Scalar": lambda d: [d.floats(3, 4), surrounded((3, 4), torch.bool), 2.0],
    "where.self": lambda d: [surrounded((3, 4), torch.bool), d.floats(3, 4), d.floats(4)],
    "im2col.default": columns(False),
    "col2im.default": columns(True),
    "pixel_shuffle.default": lambda d: [d.floats(1, 8, 2, 3), 2],
    "pixel_unshuffle.default": lambda d: [d.floats(1, 2, 4, 6), 2],
    "channel_shuffle.default": lambda d: [d.floats(1, 4, 2, 3), d.of((1, 2))],
    "view.default": shaped([6, 4], [-1], [4, 3, 2], [2, 3, 2, 2]),
    "reshape.default": shaped([6, 4], [-1], [4, 3, 2], [2, 3, 2, 2]),
    "_unsafe_view.default": shaped([6, 4], [4, 3, 2]),
    "expand.default": shaped([2, 3, 4], [5, -1, 3, 4], [5, 2, 3, 4]),
    "repeat.default": shaped([1, 2, 1], [2, 1, 2, 1]),
    "tile.default": shaped([1, 2, 1], [2], [2, 1, 2, 1]),
    "permute.default": shaped([2, 0, 1], [0, -1, 1]),
    "flip.default": shaped([0], [0, 2]),
    "split_with_sizes.default": lambda d: [d.floats(2, 5), [2, 3], 1],
    "split.Tensor": lambda d: [d.floats(2, 5), d.of((1, 2)), 1],
    "cat.default": joined,
    **dict.fromkeys(("concat.default", "concatenate.default", "stack.default"), joined),
    "topk.default": lambda d: [d.floats(3, 5), d.of((1, 2, 5)), d.of((0, 1, -1)), d.of((True, False)), True],
    "glu.default": lambda d: [d.floats(3, 4), -1],
    **{f"{name}.Tensor": logical for name in LOGICAL},
    **{f"conv{axes}d.padding": same_size(axes) for axes in (1, 2, 3)},
    "diagonal.default": lambda d: [d.floats(2, 3, 4), d.of((0, 1, -1, 9)), d.of((0, 1)), 2],
    "diag_embed.default": lambda d: [d.floats(2, 3), d.of((0, 1, -1)), -2, -1],
    "diagonal_scatter.default": lambda d: [d.floats(3, 4), d.floats(3), d.of((0, 1)), 0, 1],
    "slice_scatter.default": lambda d: [d.floats(4, 3), d.floats(2, 3), 0, d.of((0, 1)), d.of((2, 3, 9)), d.of((1, 2))],
    "select_scatter.default": lambda d: [d.floats(4, 3), d.floats(3), 0, d.of((0, 3, -1))],
    **{
        f"{name}.{overload}": lambda d: [d.floats(2, 3, 4), d.of((0, 1, -1)), d.of((1, 2))]
        for name, overload in (
            ("transpose", "int"),
            ("movedim", "int"),
            ("moveaxis", "int"),
            ("swapaxes", "default"),
            ("select", "int"),
            ("swapdims", "default"),
        )
    },
    "meshgrid.default": lambda d: [[d.floats(3), d.floats(2)]],
    "tensor_split.indices": lambda d: [d.floats(4, 3), [1, 3], d.of((0, 1))],
    "norm.ScalarOpt_dtype": lambda d: [d.floats(3, 4), d.of((None, 1, 2))],
    "norm.ScalarOpt_dim_dtype": lambda d: [d.floats(3, 4), 2, [d.of((0, 1))], False],
    "narrow.default": lambda d: [d.floats(4, 3), 0, d.of((0, 1, -2)), d.of((0, 1, 2))],
    "unfold.default": lambda d: [d.floats(4, 3), 0, d.of((1, 2, 4)), d.of((1, 2))],
    "roll.default": lambda d: [d.floats(4, 3), [d.of((0, 1, -5))], [0]],
    "rot90.default": lambda d: [d.floats(4, 3), d.of((0, 1, 2, 3)), [0, 1]],
    "unflatten.int": lambda d: [d.floats(4, 3), 0, d.of(([2, 2], [-1, 4], [4, 1]))],
    "where.ScalarSelf": lambda d: [surrounded((3, 4), torch.bool), 0.5, d.floats(4)],
    "masked_fill.Tensor": lambda d: [d.floats(3, 4), surrounded((3, 4), torch.bool), d.floats()],
    "index_fill.int_Tensor": chosen(lambda d: d.floats()),
    **{f"{name}.Scalar": lambda d: [logical(d)[0], d.of((True, 2, 3))] for name in LOGICAL},
    **{f"{name}.Scalar_Tensor": lambda d: [d.of((True, 2)), logical(d)[0]] for name in LOGICAL[:3]},
    "where.ScalarOther": lambda d: [surrounded((3, 4), torch.bool), d.floats(4), 0.5],
    "where.Scalar": lambda d: [surrounded((3, 4), torch.bool), 0.5, d.of((1.0, 2))],
    "split.default": lambda d: [d.floats(2, 5), [2, 3], 1],
    "split.sizes": lambda d: [d.floats(2, 5), [2, 3], 1],
    "slice.Tensor": lambda d: [d.floats(5, 3), 0, d.of((None, 0, 1, -2)), d.of((None, 3, 2**63 - 1)), d.of((1, 2))],
    "scatter.reduce": scattered(False),
    "scatter.value_reduce": scattered(True),
    "norm.ScalarOpt_dim": lambda d: [d.floats(3, 4), d.of((1, 2, 3.0)), [d.of((0, 1))], False],
    "meshgrid.indexing": lambda d: [[d.floats(3), d.floats(2)]],
}


def arguments(operation: torch._ops.OpOverload, chance: random.Random) -> tuple[list[Any], dict[str, Any]]:
    """For an operation, by place and by name: of its recipe, if it has one, with up to two parts exchanged."""
    drawing = Drawing(chance, [])
    recipe = RECIPES.get(str(operation).removeprefix("aten."))
    if recipe and drawing.of((True, True, True, False)):
        return drawing.exchanged(operation, recipe(drawing)), drawing.named(operation)
    return drawing.any_for(operation), drawing.named(operation)
