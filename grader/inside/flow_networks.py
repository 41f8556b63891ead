"""Small networks for plots of gradients, the same inside the sandbox and outside: convolutions, norms, a linear map."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from .building import fill

CHANNELS = 6
DEPTHS = {"shallow": 3, "deep": 12}


def network(name: str, seed: int) -> nn.Sequential:
    """`shallow` or `deep`, with hidden weights; its layers are called `conv0`, `norm0`, … `linear`."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for place in range(DEPTHS[name]):
        layers[f"conv{place}"] = nn.Conv2d(CHANNELS if place else 3, CHANNELS, 3, padding=1)
        layers[f"norm{place}"] = nn.BatchNorm2d(CHANNELS)
        layers[f"relu{place}"] = nn.ReLU()
    layers |= {"pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "linear": nn.Linear(CHANNELS, 10)}
    made = nn.Sequential(layers)
    fill(made, seed)
    return made
