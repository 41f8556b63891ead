"""What the gradient norms of a student's own network, weights and samples really are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from grader import Array
from grader.checks import gradients_of_each, replay

MOST_TOGETHER = 12  # samples run side by side; more need more memory and save no more time
Loss = Callable[[Tensor, Tensor], Tensor]
Gradients = list[Tensor]  # for each block: samples × the shape of its weight


def gradients(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    images: Sequence[Tensor],
    targets: Sequence[int],
    loss: Loss = F.cross_entropy,
    *,
    alone: bool = False,
) -> Gradients:
    """Gradient of each sample's own loss for each named weight. Images are C × H × W. Raises NotReplayable.

    Samples are run side by side where that can be done, and one after the other where not, or with `alone`.
    """
    parts = [
        _part(network, tensors, names, images[first:last], targets[first:last], loss, alone=alone)
        for first in range(0, len(images), MOST_TOGETHER)
        for last in [first + MOST_TOGETHER]
    ]
    return [torch.cat(found) for found in zip(*parts, strict=True)]


def _part(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    images: Sequence[Tensor],
    targets: Sequence[int],
    loss: Loss,
    *,
    alone: bool,
) -> Gradients:
    if len(images) > 1 and not alone:
        try:
            return gradients_of_each(network, tensors, names, torch.stack(list(images)), torch.tensor(targets), loss)
        except replay.NotReplayable:
            pass  # what cannot be run at all is told below
    made = [_alone(network, tensors, names, image, target, loss) for image, target in zip(images, targets, strict=True)]
    return [torch.stack(found) for found in zip(*made, strict=True)]


def _alone(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    image: Tensor,
    target: int,
    loss: Loss,
) -> Gradients:
    if any(name not in tensors or not tensors[name].is_floating_point() for name in names):
        raise replay.NotReplayable("a weight of it did not come back")
    leaves = dict(tensors) | {name: tensors[name].detach().requires_grad_() for name in names}
    logits = replay.run(network, leaves, image[None])
    logits = logits[None] if logits.ndim == 1 else logits  # some squeeze the only sample's dimension away
    if logits.ndim != 2 or len(logits) != 1 or logits.shape[1] <= target:
        shape = " × ".join(map(str, logits.shape)) or "a single number"
        raise replay.NotReplayable(f"expected logits for 10 classes of one sample, found {shape}")
    try:
        value = loss(logits, torch.tensor([target]))
        return list(torch.autograd.grad(value, [leaves[name] for name in names]))
    except RuntimeError as error:
        raise replay.NotReplayable(f"its loss has no gradient for all blocks ({error})") from None


def norms(found: Gradients) -> Array:
    """Blocks × samples: L2 norms in double precision."""
    return torch.stack([gradient.double().flatten(1).norm(dim=1) for gradient in found]).numpy()
