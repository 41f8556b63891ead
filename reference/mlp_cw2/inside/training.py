"""The framework's training loop on a small budget: Adam, cosine annealing, one batch after the other.

Imports nothing from either side of the wall: the reference is trained with it too.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LOWEST_RATE = 2e-5  # the framework's `eta_min`


def train(network: nn.Module, images: Tensor, labels: Tensor, *, batch: int, steps: int) -> list[float]:
    """Cross-entropy before each of `steps` updates. The network stays in the mode that it is in."""
    optimizer = torch.optim.Adam(network.parameters(), amsgrad=False, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=LOWEST_RATE)
    losses = []
    for step in range(steps):
        chosen = torch.arange(step * batch, (step + 1) * batch) % len(images)
        loss = F.cross_entropy(network(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return losses
