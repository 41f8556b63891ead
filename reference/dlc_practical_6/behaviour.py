"""What a residual block does, seen from outside: its skip path and its batch normalizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import torch
from torch import Tensor

from grader.checks import replay

SINGLE_SAMPLES = "a normalization of each sample on its own"


class Skip(StrEnum):
    """Where the block's input is added."""

    NONE = "the block's input is not added"
    BEFORE = "the block's input is added before the last ReLU"
    AFTER = "the block's input is added after the last ReLU"
    NO_RELU = "no ReLU ends the block"
    OTHER = "something else than the block's input alone reaches the last ReLU past the convolutions"


@dataclass(frozen=True)
class Behaviour:
    """A block in one configuration. `acting` counts batch normalizations that its output depends on."""

    skip: Skip
    acting: int
    convolutions: int
    other_norms: tuple[str, ...] = ()


def behaviour(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> Behaviour:
    """Observe a block on inputs `x` that have both signs. Raises NotReplayable."""
    nodes = block.reached()
    convolutions = [node for node in nodes if node.name in replay.CONVOLUTIONS]
    others = tuple(node.name for node in nodes if node.name in ("instance_norm", "group_norm", "layer_norm"))
    acting = len(
        [node for node in nodes if node.name in replay.NORMALISATIONS and len(node.args) > 5 and node.args[5] is True]
    )
    named = {name: number for number in _inputs(nodes) if (name := block.name_of(number)) in tensors and name}
    weights = [_names(node, named) for node in convolutions]
    if not acting:
        acting = sum(_scale_invariant(block, tensors, x, names) for names in weights)
        others += (SINGLE_SAMPLES,) if acting and _is_for_single_samples(block, tensors, x) else ()
    return Behaviour(skip_path(block, tensors, x), acting, len(convolutions), others)


def _inputs(nodes: Sequence[replay.Node]) -> set[int]:
    return {number for node in nodes for number in node.inputs}


def _names(node: replay.Node, named: Mapping[str, int]) -> list[str]:
    return [name for name, number in named.items() if number in node.inputs[1:]]


def skip_path(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> Skip:
    """What is left of the block when every weight and bias of its own is zero."""
    used = {name for number in _inputs(block.reached()) if (name := block.name_of(number)) in tensors}
    silent = {
        name: torch.zeros_like(value) if name in used and value.is_floating_point() else value
        for name, value in tensors.items()
    }
    left = _run(block, silent, x)
    if left.shape != x.shape:
        return Skip.OTHER
    if _same(left, x.relu()):
        return Skip.BEFORE
    if _same(left, x):
        return Skip.AFTER if _has_relu_end(block, tensors, x) else Skip.NO_RELU
    constant = _same(left, _run(block, silent, -2 * x))
    if not constant:
        return Skip.OTHER
    return Skip.NONE if bool((_run(block, tensors, x) >= 0).all()) else Skip.NO_RELU


def _has_relu_end(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    return bool((_run(block, tensors, x) - x >= -1e-5).all())


def _run(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> Tensor:
    values = {number: tensors[name] for name, number in block.names.items() if name in tensors}
    values[block.input] = x
    with torch.no_grad():
        return replay.execute(block, values).to(x.dtype)


def _same(left: Tensor, right: Tensor) -> bool:
    return torch.allclose(left, right, rtol=1e-4, atol=1e-5)


def _scale_invariant(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor, names: Sequence[str]) -> bool:
    """Whether making a convolution's output larger changes nothing: a normalization written by hand.

    What the convolution adds to the block's output is compared, in double precision: small weights add little.
    """
    if not names:
        return False
    exact = {name: value.double() if value.is_floating_point() else value for name, value in tensors.items()}
    as_it_is, larger, silent = (
        _run(block, exact | {name: factor * exact[name] for name in names}, x.double()) for factor in (1, 8, 0)
    )
    added = (as_it_is - silent).abs().max()
    return bool(added > 0) and torch.allclose(larger, as_it_is, rtol=0.0, atol=float(0.05 * added))


def _is_for_single_samples(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    """Whether a sample's output is the same beside any other samples: then nothing was normalized over the batch."""
    others = torch.cat([x[:1], 3 * x[1:] + 1])
    return _same(_run(block, tensors, x)[:1], _run(block, tensors, others)[:1])


def adds_correctly(off: replay.Network, on: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    """Whether switching the skip connection on adds the input to what the last ReLU gets, and no more."""
    last = off.reached()[-1]
    if last.name != "relu":
        return True  # the end of the block is judged by its skip path
    values = {number: tensors[name] for name, number in off.names.items() if name in tensors}
    values[off.input] = x
    with torch.no_grad():
        replay.execute(off, values)
        expected = (values[last.inputs[0]] + x).relu()
    return torch.allclose(_run(on, tensors, x), expected, rtol=1e-3, atol=1e-4)


def normalizes_only(off: replay.Network, on: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> bool:
    """Whether the block without batch normalization is the other one with its normalizations taken out, and no less.

    True as well where that cannot be said: for other convolutions, or a normalization written by hand.
    """
    convolutions = [
        [
            names
            for node in network.reached()
            if node.name in replay.CONVOLUTIONS and (names := [network.name_of(number) for number in node.inputs[1:]])
        ]
        for network in (off, on)
    ]
    if convolutions[0] != convolutions[1] or not any(node.name in replay.NORMALISATIONS for node in on.reached()):
        return True
    nodes = tuple(_taken_out(node) if node.name in replay.NORMALISATIONS else node for node in on.nodes)
    return torch.allclose(_run(replace(on, nodes=nodes), tensors, x), _run(off, tensors, x), rtol=1e-3, atol=1e-4)


def _taken_out(node: replay.Node) -> replay.Node:
    return replace(node, op="aten.clone.default", args=node.args[:1], kwargs={})
