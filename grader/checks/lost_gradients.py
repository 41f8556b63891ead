"""Whether a network has the gradients that its operations have: `no_grad()` leaves no trace in what runs forward."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from grader.checks import replay
from grader.inside.asked.calls import weighted
from grader.sandbox.protocol import Array

# A weight's gradient may be off by so much of its own size and of the largest one's: single precision makes noise of a
# bias before a normalization, whose gradient is 0. The input's is compared as a whole, where a ReLU near 0 counts more.
OWN, LARGEST, INPUT = 1e-2, 1e-4, 5e-2
NOTHING = 1e-9  # of the largest one: no gradient at all does for that


def loses_gradients(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    batch: Array,
    output: Array,
    gradients: Mapping[str, float | None],
    by_input: Array | None,
) -> bool:
    """Whether gradients of parameters (or of the input) are missing, or are others than those of the operations.

    `tensors` are double; `output` is what the pass gave that the gradients are of; `gradients` has one number for each
    parameter, as `weighted` makes it, or None where it got no gradient. Nothing is said where the operations cannot be
    run again here, or give another output.
    """
    names = [name for name in gradients if name in tensors and name in network.names]
    leaves = [tensors[name].requires_grad_() for name in names]
    leaves.append(torch.from_numpy(batch).double().requires_grad_())
    try:
        again = replay.run(network, {**tensors, **dict(zip(names, leaves, strict=False))}, leaves[-1])
        found = torch.autograd.grad(weighted(again), leaves, allow_unused=True)
    except (replay.NotReplayable, RuntimeError):
        return False
    if not _is_alike(again.detach().numpy(), output, OWN):
        return False
    filled = zip(leaves, found, strict=True)
    *wanted, of_image = [torch.zeros_like(leaf) if part is None else part for leaf, part in filled]
    largest = max((float(part.norm()) for part in wanted), default=0.0)
    if any(_is_other(part, gradients[name], largest) for name, part in zip(names, wanted, strict=True)):
        return True
    return by_input is not None and not _is_alike(of_image.numpy(), by_input, INPUT)


def _is_other(wanted: Tensor, own: float | None, largest: float) -> bool:
    norm = float(wanted.norm())
    if own is None:
        return norm > NOTHING * largest
    return not abs(own - float(weighted(wanted))) <= OWN * norm + LARGEST * largest


def _is_alike(wanted: Array, own: Array, share: float) -> bool:
    return own.shape == wanted.shape and bool(np.linalg.norm(own - wanted) <= share * np.linalg.norm(wanted))
