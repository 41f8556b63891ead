"""Calls of get_stats as a box sends them: the reference's network, some samples, and any answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from core_examples import SEED
from practical_6 import part
from torch import Tensor, nn

from grader.inside.tracing import trace
from grader.sandbox.protocol import Array, Frame

SAMPLES = 8
Init = Callable[[nn.Module], None]
Answer = Callable[[Array, Array], Array]


@cache
def measured(skip: bool, batch: bool, init: Init, scale: float, classes: int) -> tuple[nn.Module, Tensor, Array, Array]:
    """A network, samples, their right norms and their labels."""
    torch.manual_seed(1)
    network = part("hidden.solution").ResNet(30, 10, 3, classes, skip, batch)
    network.conv.stride = (2, 2)  # a quarter of the time; on still smaller maps these networks are too chaotic
    with torch.no_grad():
        init(network)
    arrays = part("data").served(SEED)
    images = torch.from_numpy(arrays["cifar10.train.images"][:SAMPLES]).permute(0, 3, 1, 2).float()
    images = scale * (images - images.mean()) / images.std()
    labels = torch.from_numpy(arrays["cifar10.train.labels"][:SAMPLES])
    norms = part("hidden.solution").gradient_norms(network, zip(images, labels, strict=True)).double().numpy()
    return network, images, norms, labels.numpy()


def recorded(case: Any, init: Init, answer: Answer, scale: float = 1.0, classes: int = 10) -> Frame:
    """What a box sends of one call of get_stats that ran the reference's network on some samples."""
    network, images, norms, labels = measured(case.skip, case.batch, init, scale, classes)
    header = {
        "kind": "call",
        "function": "get_stats",
        "phase": "run",
        "case": case.id,
        "complete": True,
        "networks_made": 1,
        "result_kind": "Tensor",
        "networks": [{"class": "ResNet", "training": True, "changed": 0, "trace": trace(network, images[:1]).header()}],
        "samples": [{"network": 0, "array": str(index), "count": 1} for index in range(SAMPLES)],
        "outputs": [0],
    }
    state = {f"network.0.state.{name}": value.detach().numpy() for name, value in network.state_dict().items()}
    samples = {f"sample.{index}": images[index : index + 1].numpy() for index in range(SAMPLES)}
    given = {"result": answer(norms, labels), "outputs": first_output(network, images)}
    return Frame(json.loads(json.dumps(header)), state | samples | given)


def first_output(network: nn.Module, images: Tensor) -> Array:
    """What a network gives for the first sample, 1 × classes; its running statistics stay as they are."""
    with torch.no_grad():
        return copy.deepcopy(network)(images[:1]).numpy()


def right(norms: Array, labels: Array) -> Array:
    """The right answer."""
    return norms


class Small(nn.Module):
    """A network with a convolution, that takes no time."""

    def __init__(self, convolutions=True):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3) if convolutions else nn.Identity()
        self.last = nn.Linear(4 if convolutions else 3, 10)

    def forward(self, x):
        return self.last(self.first(x).relu().mean((2, 3)))


IMAGES = np.random.default_rng(0).standard_normal((100, 3, 8, 8)).astype(np.float32)


torch.manual_seed(0)
NETWORK = Small()


def call(case: Any, result: Array, network: nn.Module | None, ran: int = 100, outputs: Any = None) -> Frame:
    """A call of get_stats in which a network ran on some samples, and what it gave for each of them."""
    header: dict[str, Any] = {
        "kind": "call",
        "phase": "run",
        "case": case.id,
        "complete": True,
        "networks_made": 1,
        "result_kind": "Tensor",
        "networks": [],
        "samples": [],
    }
    arrays: dict[str, Array] = {"result": result}
    if network is not None:
        found = trace(network, torch.from_numpy(IMAGES[:1]))
        header["networks"] = [{"class": "Small", "training": True, "changed": 0, "trace": found.header()}]
        header["samples"] = [{"network": 0, "array": str(index), "count": 1} for index in range(ran)]
        arrays |= {f"network.0.state.{name}": value.detach().numpy() for name, value in network.state_dict().items()}
        arrays |= {f"sample.{index}": IMAGES[index : index + 1] for index in range(ran)}
        with torch.no_grad():
            given = network(torch.from_numpy(IMAGES[:ran])).numpy()
        header["outputs"], arrays["outputs"] = list(range(ran)), given if outputs is None else outputs(given)
    return Frame(json.loads(json.dumps(header)), arrays)
