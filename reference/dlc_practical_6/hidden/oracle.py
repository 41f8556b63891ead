"""What the gradient norms of a student's own network, weights and samples really are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from grader import Array
from grader.checks import replay

Loss = Callable[[Tensor, Tensor], Tensor]


def gradients(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    image: Tensor,
    target: int,
    loss: Loss = F.cross_entropy,
) -> list[Tensor]:
    """Gradient of one sample's loss for each named weight. `image` is C × H × W. Raises NotReplayable."""
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


def norms(found: Sequence[Tensor]) -> Array:
    """L2 norms in double precision."""
    return np.array([gradient.double().norm().item() for gradient in found])


def columns(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    images: Sequence[Tensor],
    targets: Sequence[int],
) -> Array:
    """Blocks × samples: the right answer for these samples."""
    made = [
        norms(gradients(network, tensors, names, image, target)) for image, target in zip(images, targets, strict=True)
    ]
    return np.stack(made, axis=1)
