"""The network that a submission's scripts make, before and after training by the grader's own loop: its weights.

They are judged outside. A case holds what tells that network from others (`chosen/meant_network.py`), the budget, and
the names of arrays: uint8 `train_images`, their `train_labels`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import tracing
from ..budget import Budget
from ..cause import told
from ..chosen.choose_network import choose
from ..chosen.meant_network import MeantNetwork
from ..raised import last_line
from ..served import Array
from ..training import Training, packed_state, renew_averages

Answer = tuple[dict[str, Any], dict[str, Array]]


def answer(session: Any, case: Mapping[str, Any]) -> Answer:
    """`start`: operations in evaluation mode, weights before training. Else those after training at a learning rate."""
    meant = MeantNetwork.of(case)
    found, _ = choose(session, meant)
    if found is None or found.error is not None:
        return {"missing": True}, {}
    device = "cuda" if session.request.get("gpu") and torch.cuda.is_available() else "cpu"
    network = nn.Module.to(found.make(session.request["seed"], meant.shape), device)
    images = normalised(session.arrays[case["train_images"]])
    if case["id"] == "start":
        return _start(network, images, case, device)
    labels = torch.from_numpy(session.arrays[case["train_labels"]].copy())
    budget = Budget.of(case)
    run = Training(network=network, images=images, labels=labels, budget=budget, device=device, forgiving=True)
    try:
        run.run()
        renew_averages(network, images, case["batch"], case["average_batches"], device)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the forward pass is student code
        return run.header() | _raised(error), _losses(run)
    return run.header(), _losses(run) | packed_state(network)


def _raised(error: BaseException) -> dict[str, Any]:
    return {f"train_{name}": value for name, value in told(error).items()}


def _losses(run: Training) -> dict[str, Array]:
    return {"losses": np.array(run.losses, np.float64)}


def _start(network: nn.Module, images: Tensor, case: Mapping[str, Any], device: str) -> Answer:
    try:
        renew_averages(network, images, case["batch"], case["average_batches"], device)
        weights = packed_state(network)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the forward pass is student code
        return _raised(error), {}
    nn.Module.cpu(network)
    found, failure = tracing.trace_as_far_as_it_goes(network, images[: case["replayed"]])
    header: dict[str, Any] = {"trace": found.header()}
    return header if failure is None else header | {"trace_error": last_line(failure)}, weights | found.constants


def normalised(images: Array) -> Tensor:
    """uint8 images as float32 in [-1, 1]."""
    return torch.from_numpy(images.astype(np.float32) / 127.5 - 1)
