"""Each sample's own gradients, of many samples in one pass: as if each were run alone, in a fraction of the time.

A network of operations that keep samples apart is run on all of them as a batch. For others PyTorch's `vmap` runs
the operations side by side, so that whatever mixes the samples of a batch sees one sample at a time. The gradient of a
convolution's weight is made of what went in and of what came back to its output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from grader.checks import replay
from grader.checks.by_sample import INSTEAD as BY_SAMPLE
from grader.checks.by_sample import keeps_apart, of_each
from grader.checks.operations import Network, Node, NotReplayable

Loss = Callable[[Tensor, Tensor], Tensor]  # of samples × classes and targets: the mean over the samples
PLAIN = "aten.conv2d.default"
DEFAULTS = ([1, 1], [0, 0], [1, 1], 1)  # stride, padding, dilation, groups of a convolution
MOST_UNFOLDED = 8_000_000  # numbers: what lies under each place of a kernel, of all samples that are taken together


def gradients_of_each(
    network: Network,
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    images: Tensor,
    targets: Tensor,
    loss: Loss,
) -> list[Tensor]:
    """For each named weight or bias of a convolution, samples × its shape: the gradient of each sample's own loss.

    `images` is samples × C × H × W. Raises NotReplayable for what cannot be run side by side: it may still be run one
    sample after the other.
    """
    nodes = {name: _convolutions(network, name) for name in names}
    used = [node for found in nodes.values() for node in found]
    logits, given, made = _passed(network, tensors, images.detach().clone().requires_grad_(), used)
    try:
        value = len(images) * loss(logits, targets)
        slopes = torch.autograd.grad(value, made, allow_unused=True)
    except (RuntimeError, IndexError) as error:
        raise NotReplayable(f"its loss has no gradient ({error})") from error
    parts = iter(zip(given, slopes, strict=True))
    return [
        torch.stack([_of_weight(tensors[name], node, *next(parts)) for node in found]).sum(0)
        for name, found in nodes.items()
    ]


Passed = tuple[Tensor, list[Tensor], list[Tensor]]  # logits; of each convolution used, samples × what went in and out


def _passed(network: Network, tensors: Mapping[str, Tensor], images: Tensor, used: Sequence[Node]) -> Passed:
    """The way that takes half the time, where the network's operations allow it."""
    if keeps_apart(network):
        with suppress(NotReplayable):
            return _in_one_batch(network, tensors, images, used)
    return _under_vmap(network, tensors, images, used)


def _in_one_batch(network: Network, tensors: Mapping[str, Tensor], images: Tensor, used: Sequence[Node]) -> Passed:
    values: dict[int, Tensor] = {}
    logits = replay.run(network, tensors, images, values=values, beside=replay.SideBySide(instead=BY_SAMPLE))
    given, made = ([values[number] for number in side] for side in _ends(used))
    if logits.ndim != 2 or any(len(part) != len(images) for part in (logits, *given, *made)):
        raise NotReplayable("its samples do not stay apart")
    return logits, given, made


def _under_vmap(network: Network, tensors: Mapping[str, Tensor], images: Tensor, used: Sequence[Node]) -> Passed:
    beside = replay.SideBySide(len(images), INSTEAD)

    def forward(image: Tensor) -> Passed:
        values: dict[int, Tensor] = {}
        logits = replay.run(network, tensors, image[None], values=values, beside=beside)
        given, made = ([values[number] for number in side] for side in _ends(used))
        return logits, given, made

    try:
        logits, given, made = torch.vmap(forward)(images)
    except (RuntimeError, IndexError) as error:
        raise NotReplayable(f"its samples cannot be run side by side ({error})") from error
    if any(part.ndim != 5 or part.shape[1] != 1 for part in given):
        raise NotReplayable("its convolutions do not see one sample")
    return _of_classes(logits), [part[:, 0] for part in given], made


def _ends(used: Sequence[Node]) -> tuple[list[int], list[int]]:
    """The numbers of what goes into convolutions, and of what comes out."""
    return [node.inputs[0] for node in used], [_only_output(node) for node in used]


def _convolutions(network: Network, name: str) -> list[Node]:
    """The nodes that use a weight or a bias, all of them plain convolutions with it. Raises NotReplayable."""
    number = network.names.get(name)
    found = [node for node in network.reached() if number in node.inputs]
    if not found or not all(_is_plain(node, number) for node in found):
        raise NotReplayable(f"{name} is not the weight or the bias of convolutions alone")
    return found


def _is_plain(node: Node, number: int | None) -> bool:
    weights = [place for place, part in enumerate(node.args) if part == {"value": number}]
    return node.op == PLAIN and weights in ([1], [2]) and not node.kwargs and _steps(node) == ([1, 1], [1, 1], 1)


def _steps(node: Node) -> tuple[Any, ...]:
    """Stride, dilation and groups."""
    found = (*node.args[3:], *DEFAULTS[len(node.args[3:]) :])
    return found[0], found[2], found[3]


def _padding(node: Node) -> tuple[int, int]:
    down, right = node.args[4] if len(node.args) > 4 else DEFAULTS[1]
    return down, right


def _only_output(node: Node) -> int:
    number = node.out[0]
    if number is None:
        raise NotReplayable("a convolution's output is not used")
    return number


def _of_classes(logits: Tensor) -> Tensor:
    """Samples × classes; some squeeze the only sample's dimension away, which was there in each."""
    found = logits[:, 0] if logits.ndim == 3 and logits.shape[1] == 1 else logits
    if found.ndim != 2:
        raise NotReplayable("expected logits for the classes of one sample")
    return found


def _of_weight(weight: Tensor, node: Node, given: Tensor, slope: Tensor | None) -> Tensor:
    """Samples × weight: what lies under each place of the kernel, times what came back to the output."""
    if slope is None:
        raise NotReplayable("its loss has no gradient for all blocks")
    back = slope.reshape(len(given), *slope.shape[-3:]).flatten(2)
    if weight.ndim == 1:  # a bias
        return back.sum(2)
    (down, right), (rows, columns) = _padding(node), weight.shape[2:]
    padded = F.pad(given.detach(), (right, right, down, down))
    seen = padded.unfold(2, rows, 1).unfold(3, columns, 1).permute(0, 1, 4, 5, 2, 3)
    each = weight[0].numel() * back.shape[2]
    if each > MOST_UNFOLDED:
        raise NotReplayable("its convolutions are too large to be taken apart")
    at_once = MOST_UNFOLDED // max(1, each)
    found = [
        torch.bmm(back[first:last], seen[first:last].reshape(-1, weight[0].numel(), back.shape[2]).transpose(1, 2))
        for first in range(0, len(given), at_once)
        for last in [first + at_once]
    ]
    return torch.cat(found).reshape(len(given), *weight.shape)


class _Alone(torch.autograd.Function):
    """Batch normalization in training mode of samples that are each a batch of one: each channel on its own."""

    @staticmethod
    def forward(given: Tensor, weight: Any, bias: Any, eps: float) -> Tensor:
        return of_each(given, weight, bias, eps)

    @staticmethod
    def setup_context(*_: Any) -> None:
        """Nothing: under `vmap` what runs is made of operations that have gradients."""

    @staticmethod
    def vmap(_: Any, places: Any, given: Tensor, weight: Any, bias: Any, eps: float) -> tuple[Tensor, int]:
        samples = given.movedim(places[0], 0)
        found = of_each(samples.flatten(0, 1), weight, bias, eps)
        return found.reshape(samples.shape), 0


def _batch_norm(given: Tensor, weight: Any, bias: Any, *rest: Any) -> Tensor:
    training, eps = rest[2], rest[4]
    if training and given.ndim == 4 and len(given) == 1:
        return cast("Tensor", _Alone.apply(given, weight, bias, eps))  # type: ignore[no-untyped-call]
    return cast("Tensor", torch.ops.aten.batch_norm.default(given, weight, bias, *rest))


INSTEAD = {"aten.batch_norm.default": _batch_norm}
