"""The reference: a small convolutional network, and loops that train it; each of them is right."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two convolutions and two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(16 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, x: Tensor) -> Tensor:
        """`x` is N × 1 × 28 × 28; the result N × 10."""
        logits: Tensor = self.head(self.features(x))
        return logits


class Normalised(nn.Module):
    """With batch normalization, and no hidden linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(16 * 7 * 7, 10),
        )

    def forward(self, x: Tensor) -> Tensor:
        """As above."""
        logits: Tensor = self.layers(x)
        return logits


def _train(net: nn.Module, loader: Any, epochs: int, optimizer: torch.optim.Optimizer) -> None:
    net.train()
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(images), labels)
            torch.autograd.backward(loss)
            optimizer.step()


def train(net: nn.Module, loader: Any, epochs: int) -> None:
    """With Adam."""
    _train(net, loader, epochs, torch.optim.Adam(net.parameters(), lr=2e-3))


def train_slowly(net: nn.Module, loader: Any, epochs: int) -> None:
    """With AdamW at its usual rate."""
    _train(net, loader, epochs, torch.optim.AdamW(net.parameters(), lr=1e-3))


def train_sgd(net: nn.Module, loader: Any, epochs: int) -> None:
    """With momentum."""
    _train(net, loader, epochs, torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9))


RECIPES = {
    "Adam": {"Net": Net, "train": train},
    "AdamW": {"Net": Net, "train": train_slowly},
    "SGD": {"Net": Net, "train": train_sgd},
    "Adam, normalised": {"Net": Normalised, "train": train},
    "SGD, normalised": {"Net": Normalised, "train": train_sgd},
}
