"""What a residual block does, seen from outside: its skip path and its batch normalizations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import torch
from torch import Tensor

from grader.checks import graph, replay, silence

EXACT = 1e-3
SINGLE_SAMPLES = "a normalization of each sample on its own"


class Skip(StrEnum):
    """Where the block's input is added."""

    NONE = "the block's input is not added"
    BEFORE = "the block's input is added before the last ReLU"
    AFTER = "the block's input is added after the last ReLU"
    UNENDED = "the block's input is added, and no ReLU ends the block"
    NO_RELU = "no ReLU ends the block"
    OTHER = "something else than the block's input alone reaches the last ReLU past the convolutions"

    @property
    def adds_input(self) -> bool:
        """Whether it is the block's input that is added, in whatever place: then its gradient goes past the block."""
        return self in (Skip.BEFORE, Skip.AFTER, Skip.UNENDED)

    @property
    def is_unended(self) -> bool:
        """Whether the last ReLU is missing."""
        return self in (Skip.UNENDED, Skip.NO_RELU)


@dataclass(frozen=True)
class Behaviour:
    """A block in one configuration. `acting` counts batch normalizations that its output depends on."""

    skip: Skip
    acting: int
    convolutions: int
    other_norms: tuple[str, ...] = ()


def fitting(
    network: replay.Network, block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor, images: Tensor
) -> Tensor:
    """Inputs for a block: `x`, or where it only runs on the size that it was written down with, as many of that size.

    `images` are inputs of the network that the block is a part of. Raises NotReplayable.
    """
    try:
        replay.output(block, tensors, x)
    except replay.NotReplayable:
        values: dict[int, Tensor] = {}
        with torch.no_grad():
            replay.run(network, tensors, images, values=values)
        size = values[block.input].shape if block.input in values else images.shape
        if size == x.shape:
            raise
        return torch.randn(size, generator=torch.Generator().manual_seed(int(1000 * x.abs().sum())))
    return x


def behaviour(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> Behaviour:
    """Observe a block on inputs `x` that have both signs. Raises NotReplayable."""
    nodes = block.reached()
    convolutions = [node for node in nodes if graph.is_convolution(node)]
    others = tuple(node.name for node in nodes if node.name in graph.OTHER_NORMALISATIONS)
    acting = sum(graph.is_norm(node) and graph.uses_batch(node) for node in nodes)
    if not acting:
        weights = [graph.names_in(block, [node]) for node in convolutions]
        acting = sum(silence.is_scale_invariant(block, tensors, x, names) for names in weights)
        others += (SINGLE_SAMPLES,) if acting and silence.takes_samples_alone(block, tensors, x) else ()
    return Behaviour(skip_path(block, tensors, x), acting, len(convolutions), others)


def skip_path(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> Skip:
    """What is left of the block when every weight and bias of its own is zero."""
    used = [name for name in graph.names_in(block, block.reached()) if name in tensors]
    # A single number is a factor, a gate or a step: what it switches on or off stays as it is.
    weights = {name for name in used if tensors[name].is_floating_point() and tensors[name].numel() > 1}
    silent = silence.silent(block, tensors, weights)
    left = replay.output(block, silent, x)
    slope = silence.slope(left, x)
    if slope is not None and abs(slope) < EXACT:
        return Skip.BEFORE
    if slope is not None and abs(slope - 1) < EXACT:
        return Skip.AFTER if bool((replay.output(block, tensors, x) - x >= -1e-5).all()) else Skip.UNENDED
    if left.shape != x.shape or not silence.alike(left, replay.output(block, silent, -2 * x)):
        return Skip.OTHER
    return Skip.NONE if bool((replay.output(block, tensors, x) >= 0).all()) else Skip.NO_RELU


def joins_without_relu(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    """Whether what the last convolution of a block without batch normalization gets is no more than sums of its input.

    Then the convolutions are one: nothing that is not linear stands between them.
    """
    convolutions = [node for node in block.reached() if graph.is_convolution(node)]
    if len(convolutions) < 2 or (entering := convolutions[-1].inputs[0]) == block.input:
        return False
    found: list[Tensor] = []
    for factor in (1, -1, 0):
        values: dict[int, Tensor] = {}
        with torch.no_grad():
            replay.run(block, tensors, factor * x, values=values)
        found.append(values[entering])
    plus, minus, nothing = found
    return silence.alike(plus + minus, 2 * nothing)


def adds_correctly(off: replay.Network, on: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    """Whether switching the skip connection on adds the input to what the last ReLU gets, and no more."""
    last = off.reached()[-1]
    if last.name != "relu":
        return True  # the end of the block is judged by its skip path
    values: dict[int, Tensor] = {}
    with torch.no_grad():
        replay.run(off, tensors, x, values=values)
        expected = (values[last.inputs[0]] + x).relu()
    return silence.alike(replay.output(on, tensors, x), expected)


def normalizes_only(off: replay.Network, on: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    """Whether the block without batch normalization is the other one with its normalizations taken out, and no less.

    True as well where that cannot be said: for other convolutions, or a normalization written by hand.
    """
    convolutions = [
        [
            names
            for node in network.reached()
            if graph.is_convolution(node) and (names := [network.name_of(number) for number in node.inputs[1:]])
        ]
        for network in (off, on)
    ]
    if convolutions[0] != convolutions[1] or not any(map(graph.is_norm, on.reached())):
        return True
    nodes = tuple(_taken_out(node) if graph.is_norm(node) else node for node in on.nodes)
    return silence.alike(replay.output(replace(on, nodes=nodes), tensors, x), replay.output(off, tensors, x))


def _taken_out(node: replay.Node) -> replay.Node:
    return replace(node, op="aten.clone.default", args=node.args[:1], kwargs={})
