"""Calls of get_stats as a box sends them: the reference's network, some samples, and any answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

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
def measured(skip: bool, batch: bool, init: Init, scale: float) -> tuple[nn.Module, Tensor, Array, Array]:
    """A network, samples, their right norms and their labels."""
    torch.manual_seed(1)
    network = part("hidden.solution").ResNet(30, 10, 3, 10, skip, batch)
    with torch.no_grad():
        init(network)
    arrays = part("data").served(SEED)
    images = torch.from_numpy(arrays["cifar10.train.images"][:SAMPLES]).permute(0, 3, 1, 2).float()
    images = scale * (images - images.mean()) / images.std()
    labels = torch.from_numpy(arrays["cifar10.train.labels"][:SAMPLES])
    norms = part("hidden.solution").gradient_norms(network, zip(images, labels, strict=True)).double().numpy()
    return network, images, norms, labels.numpy()


def recorded(case: Any, init: Init, answer: Answer, scale: float = 1.0) -> Frame:
    """What a box sends of one call of get_stats that ran the reference's network on some samples."""
    network, images, norms, labels = measured(case.skip, case.batch, init, scale)
    header = {"kind": "call", "function": "get_stats", "phase": "run", "case": case.id, "complete": True,
              "networks_made": 1, "result_kind": "Tensor",
              "networks": [{"class": "ResNet", "training": True, "changed": 0,
                            "trace": trace(network, images[:1]).header()}],
              "samples": [{"network": 0, "array": str(index), "count": 1} for index in range(SAMPLES)]}  # fmt: skip
    state = {f"network.0.state.{name}": value.detach().numpy() for name, value in network.state_dict().items()}
    samples = {f"sample.{index}": images[index : index + 1].numpy() for index in range(SAMPLES)}
    return Frame(json.loads(json.dumps(header)), state | samples | {"result": answer(norms, labels)})


def right(norms: Array, labels: Array) -> Array:
    """The right answer."""
    return norms
