"""The student's network before and after training by the grader's own loop: its weights, to be judged outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from inside import tracing
from inside.budget import Budget
from inside.cause import told
from inside.raised import last_line
from inside.training import Training, packed_state, renew_averages

from . import candidates

Array = npt.NDArray[Any]
Answer = tuple[dict[str, Any], dict[str, Array]]


def answer(session: Any, case: Mapping[str, Any]) -> Answer:
    """`start`: operations in evaluation mode, weights before training. Else those after training at a learning rate."""
    found, _ = candidates.find(session, case["classes"])
    if found is None or found.error is not None:
        return {"missing": True}, {}
    device = "cuda" if session.request.get("gpu") and torch.cuda.is_available() else "cpu"
    network = nn.Module.to(found.make(session.request["seed"]), device)
    images = normalised(session.arrays["hw5.train.images"])
    if case["id"] == "start":
        return _start(network, images, case, device)
    labels = torch.from_numpy(session.arrays["hw5.train.labels"].copy())
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
    """uint8 images as float32 in [-1, 1], as homework 4 asked for."""
    return torch.from_numpy(images.astype(np.float32) / 127.5 - 1)
