"""Our own answer to the "further investigations": made once, kept in `measured.json`.

`make measure HW=eie4122_lab3` runs it.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .spiral_networks import Architecture, Networks

SEEDS, EPOCHS, BATCH = 5, 200, 32  # Keras' batch size, the handout's epochs
POINTS, NOISE, TURN = 500, 1.5, 780 * 2 * np.pi / 360
PLAIN, RESIDUAL = (2, 4, 6, 8, 12, 16, 24, 31), (5, 13, 23, 53)


def spirals(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Two spirals, scaled to [-1, 1], half for training: points N × 2 and labels N, then those for testing."""
    random = np.random.default_rng(seed)
    angle = np.sqrt(random.random(POINTS)) * TURN
    arm = np.stack([-np.cos(angle) * angle, np.sin(angle) * angle], axis=1) + random.random((POINTS, 2)) * NOISE
    points = np.concatenate([arm, -arm])
    points = 2 * (points - points.min(axis=0)) / np.ptp(points, axis=0) - 1
    labels = np.repeat([0.0, 1.0], POINTS)
    order = random.permutation(2 * POINTS)
    x, y = (torch.from_numpy(values[order].astype(np.float32)) for values in (points, labels))
    return x[:POINTS], y[:POINTS], x[POINTS:], y[POINTS:]


def measured(architecture: Architecture) -> list[dict[str, Any]]:
    """Train the copies; for tanh and for ReLU what came out, over the seeds."""
    x, y, test_x, test_y = spirals(0)
    networks = Networks(architecture, SEEDS)
    gradient = gradient_norms(networks, x, y)
    train(networks, x, y)
    accuracies = [accuracy(networks, *data) for data in ((x, y), (test_x, test_y))]
    halves = {"tanh": slice(0, SEEDS), "relu": slice(SEEDS, None)}
    return [
        {
            "network": "ResNet" if architecture.residual else "FFNet",
            "activation": name,
            "batch_norm": architecture.batch_norm,
            "depth": architecture.depth,
            "train_accuracy": _rounded(accuracies[0][half]),
            "test_accuracy": _rounded(accuracies[1][half]),
            "gradient": _profile(gradient[:, half]),
        }
        for name, half in halves.items()
    ]


def train(networks: Networks, x: Tensor, y: Tensor) -> None:
    """SGD, learning rate 0.01, momentum 0.9, binary cross-entropy; every copy sees the same batches."""
    optimizer = torch.optim.SGD(networks.parameters(), lr=0.01, momentum=0.9)
    generator = torch.Generator().manual_seed(0)
    networks.train()
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(x), generator=generator), BATCH):
            optimizer.zero_grad()
            loss(networks(x[batch]), y[batch]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def loss(logits: Tensor, y: Tensor) -> Tensor:
    """Summed over copies, so that each has the gradients that it would have alone."""
    each = F.binary_cross_entropy_with_logits(logits, y.expand_as(logits), reduction="none")
    return each.mean(dim=1).sum()


def gradient_norms(networks: Networks, x: Tensor, y: Tensor) -> Tensor:
    """Layers × copies: the L2 norm of the loss's gradient with respect to each layer's weight, in training mode."""
    kept = {name: buffer.clone() for name, buffer in networks.named_buffers()}
    networks.train()
    networks.zero_grad()
    loss(networks(x), y).backward()  # type: ignore[no-untyped-call]
    for name, buffer in networks.named_buffers():
        buffer.copy_(kept[name])
    gradients = [parameter.grad for name, parameter in networks.dense.named_parameters() if name.endswith("weight")]
    return torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients if gradient is not None])


def accuracy(networks: Networks, x: Tensor, y: Tensor) -> Tensor:
    """One for each copy, in evaluation mode."""
    networks.eval()
    with torch.no_grad():
        right: Tensor = (networks(x) > 0) == (y > 0.5)
        return right.float().mean(dim=1)


def _profile(norms: Tensor) -> list[float]:
    """The median over the seeds, layer by layer."""
    return [float(f"{value:.2e}") for value in norms.median(dim=1).values.tolist()]


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 3) for value in values.tolist()]


def architectures() -> list[Architecture]:
    """All that is measured."""
    plain = [Architecture(False, depth, norm) for norm in (False, True) for depth in PLAIN]
    return plain + [Architecture(True, depth, norm) for norm in (True, False) for depth in RESIDUAL]


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Everything."""
    rows = []
    for architecture in architectures():
        rows += measured(architecture)
        print(architecture, *(sorted(row["test_accuracy"]) for row in rows[-2:]), file=sys.stderr, flush=True)
    settings = {"seeds": SEEDS, "epochs": EPOCHS, "batch": BATCH, "points": POINTS, "noise": NOISE}
    return {"settings": settings, "rows": rows}
