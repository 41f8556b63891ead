"""What some operations compute, written as plainly as it can be, in float64."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def _along(given: Tensor, part: Tensor) -> Tensor:
    """One number per channel, against N × C × …"""
    return part.reshape(1, -1, *[1] * (given.dim() - 2))


def batch_norm(
    given: Tensor, weight: Any, bias: Any, mean: Any, variance: Any, trains: bool, momentum: float, eps: float, *_: Any
) -> Tensor:
    if trains:
        axes = [axis for axis in range(given.dim()) if axis != 1]
        mean, variance = given.mean(axes), given.var(axes, correction=0)
    made = (given - _along(given, mean)) / (_along(given, variance) + eps).sqrt()
    made = made if weight is None else made * _along(given, weight)
    return made if bias is None else made + _along(given, bias)


def instance_norm(given: Tensor, weight: Any, bias: Any, mean: Any, variance: Any, own: bool, *rest: Any) -> Tensor:
    if not own:
        return batch_norm(given, weight, bias, mean, variance, False, *rest)
    return torch.cat([batch_norm(image[None], weight, bias, None, None, True, *rest) for image in given] or [given])


def layer_norm(
    given: Tensor, shape: list[int], weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any
) -> Tensor:
    rows = given.reshape(-1, math.prod(shape))
    made = (rows - rows.mean(1, keepdim=True)) / (rows.var(1, correction=0, keepdim=True) + eps).sqrt()
    made = made.reshape(given.shape)
    made = made if weight is None else made * weight
    return made if bias is None else made + bias


def group_norm(given: Tensor, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> Tensor:
    made = layer_norm(given.reshape(given.shape[0], groups, -1), [given[0].numel() // groups], eps=eps)
    made = made.reshape(given.shape)
    made = made if weight is None else made * _along(given, weight)
    return made if bias is None else made + _along(given, bias)


def native_group_norm(
    given: Tensor, weight: Any, bias: Any, n: int, c: int, size: int, groups: int, eps: float
) -> Tensor:
    return group_norm(given, groups, weight, bias, eps)


def convolution(
    given: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    added: Any,
    groups: int,
) -> Tensor:
    """Number by number of the window, spread or gathered."""
    axes = weight.dim() - 2
    stride, padding, dilation, added = (_each(part, axes) for part in (stride, padding, dilation, added))
    run = _spread if transposed else _gathered
    made = torch.cat(
        [
            run(part, kernel, stride, padding, dilation, added)
            for part, kernel in zip(given.chunk(groups, 1), _kernels(weight, groups), strict=True)
        ],
        1,
    )
    return made if bias is None else made + _along(made, bias)


def _each(part: Any, axes: int) -> list[int]:
    part = [part] if isinstance(part, int) else list(part)
    return part * axes if len(part) == 1 else part


def _kernels(weight: Tensor, groups: int) -> list[Tensor]:
    return list(weight.chunk(groups, 0))


def _gathered(given: Tensor, kernel: Tensor, stride: Any, padding: Any, dilation: Any, added: Any) -> Tensor:
    padded = _with_border(given, padding)
    windows = kernel.shape[2:]
    sizes = [
        (padded.shape[2 + axis] - dilation[axis] * (window - 1) - 1) // stride[axis] + 1
        for axis, window in enumerate(windows)
    ]
    made = torch.zeros(given.shape[0], kernel.shape[0], *sizes, dtype=torch.float64)
    for place in itertools.product(*map(range, windows)):
        cut = tuple(
            slice(at * far, at * far + (size - 1) * step + 1, step)
            for at, far, size, step in zip(place, dilation, sizes, stride, strict=True)
        )
        made += torch.einsum("nc...,oc->no...", padded[:, :, *cut], kernel[:, :, *place])
    return made


def _spread(given: Tensor, kernel: Tensor, stride: Any, padding: Any, dilation: Any, added: Any) -> Tensor:
    windows, sizes = kernel.shape[2:], given.shape[2:]
    whole = [
        (size - 1) * step + far * (window - 1) + 1 + more
        for size, step, far, window, more in zip(sizes, stride, dilation, windows, added, strict=True)
    ]
    made = torch.zeros(given.shape[0], kernel.shape[1], *whole, dtype=torch.float64)
    for place in itertools.product(*map(range, windows)):
        cut = tuple(
            slice(at * far, at * far + (size - 1) * step + 1, step)
            for at, far, size, step in zip(place, dilation, sizes, stride, strict=True)
        )
        made[:, :, *cut] += torch.einsum("nc...,co->no...", given, kernel[:, :, *place])
    inside = tuple(slice(pad, size - pad) for pad, size in zip(padding, whole, strict=True))
    return made[:, :, *inside]


def _with_border(given: Tensor, padding: list[int]) -> Tensor:
    sizes = [size + 2 * pad for size, pad in zip(given.shape[2:], padding, strict=True)]
    made = torch.zeros(*given.shape[:2], *sizes, dtype=torch.float64)
    made[:, :, *(slice(pad, pad + size) for pad, size in zip(padding, given.shape[2:], strict=True))] = given
    return made


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Any = None,
    _: float = 0.0,
    causal: bool = False,
    *,
    attn_mask: Any = None,
    scale: Any = None,
    enable_gqa: bool = False,
) -> Tensor:
    mask = attn_mask if mask is None else mask
    key, value = key.to(query.dtype), value.to(query.dtype)
    if enable_gqa:
        key, value = (part.repeat_interleave(query.shape[-3] // part.shape[-3], -3) for part in (key, value))
    scores = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale)
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if mask is not None and mask.dtype == torch.bool:
        scores = torch.where(mask, scores, -torch.inf)
    elif mask is not None:
        scores = scores + mask
    powers = (scores - scores.amax(-1, keepdim=True).nan_to_num(neginf=0)).exp()
    total = powers.sum(-1, keepdim=True)
    return torch.where(total == 0, 0, powers / total) @ value


def embedding(weight: Tensor, places: Tensor, *_: Any) -> Tensor:
    rows = [weight[int(place)] for place in places.flatten()]
    return (
        torch.stack(rows).reshape(*places.shape, *weight.shape[1:])
        if rows
        else weight.new_zeros(*places.shape, weight.shape[1])
    )


def lstm(
    given: Tensor,
    start: list[Tensor],
    params: list[Tensor],
    biases: bool,
    layers: int,
    dropout: float,
    trains: bool,
    both: bool,
    first: bool,
) -> Tensor:
    """The outputs of all steps; two rows of parameters for each layer and direction, and two of biases."""
    steps = given.transpose(0, 1) if first else given
    per, ways = (4 if biases else 2), (2 if both else 1)
    for layer in range(layers):
        made = []
        for way in range(ways):
            number = layer * ways + way
            weights = params[per * number : per * number + per]
            hidden, kept = start[0][number], start[1][number]
            outs = []
            for step in steps.flip(0) if way else steps:
                gates = step @ weights[0].T + hidden @ weights[1].T + sum(weights[2:], torch.zeros(()))
                i, f, g, o = gates.chunk(4, -1)
                kept = f.sigmoid() * kept + i.sigmoid() * g.tanh()
                hidden = o.sigmoid() * kept.tanh()
                outs.append(hidden)
            made.append(torch.stack(outs[::-1] if way else outs))
        steps = torch.cat(made, -1)
    return steps.transpose(0, 1) if first else steps


FORMULAS: dict[str, Callable[..., Any]] = {
    "batch_norm": batch_norm,
    "native_batch_norm": batch_norm,
    "cudnn_batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "layer_norm": layer_norm,
    "native_layer_norm": layer_norm,
    "group_norm": group_norm,
    "native_group_norm": native_group_norm,
    "convolution": convolution,
    "scaled_dot_product_attention": attention,
    "_scaled_dot_product_flash_attention_for_cpu": lambda q, k, v, p=0.0, causal=False, **named: attention(
        q, k, v, None, p, causal, **named
    ),
    "embedding": embedding,
    "lstm": lstm,
}
MADE: dict[str, Callable[..., Any]] = {
    "empty": lambda sizes, *_, dtype=torch.float64: torch.zeros(sizes, dtype=dtype),
    "empty_like": lambda given, *_, dtype=None: torch.zeros_like(given, dtype=dtype),
    "new_empty": lambda given, sizes, *_, dtype=None: given.new_zeros(sizes, dtype=dtype),
}
