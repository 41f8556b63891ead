"""The reference: what the exercise asks for, written to be read. Never sent to a box."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def get_mlp(image_size: int) -> nn.Sequential:
    """N × 1 × image_size × image_size images to N × 10 logits; four hidden layers of 256."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(image_size**2, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )


def get_cnn(image_size: int) -> nn.Sequential:  # noqa: ARG001 - the handout's signature
    """N × 1 × H × W images of any size to N × 10 logits."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 5, padding=2, stride=2),
        nn.ReLU(),
        nn.Conv2d(64, 64, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(64, 128, 5, padding=2, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Conv2d(128, 10, 1),
        nn.Flatten(),
    )


class ResidualBlock(nn.Module):
    """R2(N2(C2(R1(N1(C1(x))))) + Skip(x)).

    The skip path is the identity, or N3(C3(x)): `skip_kernel` is None, 1 or 3 (pixels).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, skip_kernel: int | None) -> None:
        super().__init__()
        self.C1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.N1 = nn.BatchNorm2d(out_channels)
        self.R1 = nn.ReLU()
        self.C2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.N2 = nn.BatchNorm2d(out_channels)
        self.R2 = nn.ReLU()
        self.skip = nn.Sequential()
        if skip_kernel:
            self.skip.C3 = nn.Conv2d(in_channels, out_channels, skip_kernel, stride=stride, padding=skip_kernel // 2)
            self.skip.N3 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """N × in_channels × H × W to N × out_channels × H/stride × W/stride."""
        main = self.N2(self.C2(self.R1(self.N1(self.C1(x)))))
        output: Tensor = self.R2(main + self.skip(x))
        return output


def accuracy(output: Tensor, target: Tensor) -> float:
    """The share of samples whose largest logit is the target's."""
    return (output.argmax(dim=1) == target).float().mean().item()


def train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    criterion: object,
    batches: list[tuple[Tensor, Tensor]],
) -> tuple[list[float], list[float], list[float]]:
    """One epoch: loss, accuracy and learning rate after each batch."""
    model.train()
    losses, accuracies, rates = [], [], []
    for data, target in batches:
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)  # type: ignore[operator]
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        accuracies.append(accuracy(output, target))
        rates.append(float(scheduler.get_last_lr()[0]))
    return losses, accuracies, rates
