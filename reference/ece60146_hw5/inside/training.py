"""Our own training loop around the student's network: the same for everyone, within a budget of steps and seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inside.cause import told

from . import candidates

Array = npt.NDArray[Any]
Answer = tuple[dict[str, Any], dict[str, Array]]


def answer(session: Any, case: Mapping[str, Any]) -> Answer:
    """Train at the case's learning rate; back come losses, gradient norms, and predictions for held-out images."""
    found, _ = candidates.find(session, case["classes"])
    if found is None or found.error is not None:
        return {"missing": True}, {}
    device = "cuda" if session.request.get("gpu") and torch.cuda.is_available() else "cpu"
    budget = {**case, **case["gpu"]} if device == "cuda" else case
    run = Run(found.make(session.request["seed"]), session.arrays, budget, device)
    try:
        run.train()
        predictions = run.predict()
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the forward pass is student code
        return run.header() | {f"train_{name}": value for name, value in told(error).items()}, run.arrays()
    return run.header(), run.arrays() | {"predictions": predictions}


class Run:
    """One network and how its training went so far."""

    def __init__(self, network: nn.Module, arrays: Mapping[str, Array], budget: Mapping[str, Any], device: str) -> None:
        self.network = nn.Module.to(network, device)
        self.budget, self.device = budget, device
        self.images = _normalised(arrays["hw5.train.images"])
        self.labels = torch.from_numpy(arrays["hw5.train.labels"].copy())
        self.held_out = _normalised(arrays["hw5.held_out.images"])
        self.names = [name for name, value in nn.Module.named_parameters(network) if value.requires_grad]
        self.weights = [value for _, value in nn.Module.named_parameters(network) if value.requires_grad]
        self.losses: list[float] = []
        self.first = np.zeros(len(self.names))
        self.largest = np.zeros(len(self.names))
        self.seconds = 0.0
        self.stopped = "steps"
        self.in_place = False

    def header(self) -> dict[str, Any]:
        """How far it went."""
        return {"learning_rate": self.budget["learning_rate"], "steps": len(self.losses), "stopped": self.stopped,
                "seconds": round(self.seconds, 2), "device": self.device, "in_place": self.in_place,
                "gradients_of": self.names[:20_000]}  # fmt: skip

    def arrays(self) -> dict[str, Array]:
        """Losses by step; for each learnable parameter its gradient's norm at the first step and the largest of all."""
        return {"losses": np.array(self.losses, np.float64), "first_norms": self.first, "largest_norms": self.largest}

    def train(self) -> None:
        """Adam on cross-entropy over shuffled batches, until the steps or the CPU seconds are used up."""
        optimizer = torch.optim.Adam(self.weights, lr=self.budget["learning_rate"])
        generator = torch.Generator().manual_seed(self.budget["shuffle"])
        started = time.process_time()
        for chosen in self.batches(generator):
            with _mutation_allowed(self.in_place):
                self.step(optimizer, chosen)
            self.seconds = time.process_time() - started
            if len(self.losses) >= self.budget["steps"]:
                return
            if self.seconds * (1 + 1 / len(self.losses)) > self.budget["cpu_s"]:
                self.stopped = "cpu_s"
                return

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        """Indices of whole batches, in a new order each time all images were seen."""
        while True:
            order = torch.randperm(len(self.images), generator=generator)
            yield from (part for part in torch.split(order, self.budget["batch"]) if len(part) == self.budget["batch"])

    def step(self, optimizer: torch.optim.Optimizer, chosen: Tensor) -> None:
        """One update on the chosen images."""
        optimizer.zero_grad()
        loss = self._loss(chosen)
        try:
            torch.autograd.backward(loss)
        except RuntimeError as error:
            # Older SkipBlocks add in place to what a ReLU has saved: not the student's fault.
            if self.in_place or "inplace" not in str(error).replace("-", ""):
                raise
            self.in_place = True
            optimizer.zero_grad()
            with _mutation_allowed(allowed=True):
                loss = self._loss(chosen)
                torch.autograd.backward(loss)
        norms = np.array([0.0 if value.grad is None else float(value.grad.norm()) for value in self.weights])
        self.first = norms if not self.losses else self.first
        self.largest = np.fmax(self.largest, norms)
        self.losses.append(float(loss.detach()))
        optimizer.step()

    def _loss(self, chosen: Tensor) -> Tensor:
        logits = _logits(self.network(self.images[chosen].to(self.device)))
        return F.cross_entropy(logits, self.labels[chosen].to(self.device))

    def predict(self) -> Array:
        """The most likely class of each held-out image, as many as the seconds allow, in evaluation mode.

        After a few steps the running averages of batch normalization lag behind: they are taken anew first.
        """
        started = time.process_time()
        with torch.no_grad():
            self._renew_averages(started)
            _set_mode(self.network, training=False)
            found: list[Tensor] = []
            for part in torch.split(self.held_out, self.budget["batch"]):
                found.append(_logits(self.network(part.to(self.device))).argmax(1).cpu())
                if time.process_time() - started > self.budget["predict_cpu_s"]:
                    break
        return torch.cat(found).numpy().astype(np.int64)

    def _renew_averages(self, started: float) -> None:
        norms = [part for part in nn.Module.modules(self.network) if isinstance(part, nn.modules.batchnorm._BatchNorm)
                 and part.track_running_stats]  # fmt: skip
        if not norms:
            return
        _set_mode(self.network, training=True)
        momenta = [part.momentum for part in norms]
        for part in norms:
            part.reset_running_stats()
            part.momentum = None
        for images in torch.split(self.images, self.budget["batch"])[: self.budget["average_batches"]]:
            self.network(images.to(self.device))
            if time.process_time() - started > self.budget["predict_cpu_s"] / 3:
                break
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _set_mode(network: nn.Module, *, training: bool) -> None:
    for part in nn.Module.modules(network):
        part.training = training


def _normalised(images: Array) -> Tensor:
    """uint8 images as float32 in [-1, 1], as homework 4 asked for."""
    return torch.from_numpy(images.astype(np.float32) / 127.5 - 1)


def _logits(result: Any) -> Tensor:
    found = result[0] if isinstance(result, tuple | list) and result else result
    if not isinstance(found, Tensor):
        raise TypeError(f"expected logits from the network, found a {type(found).__name__}")
    return found


@contextlib.contextmanager
def _mutation_allowed(allowed: bool) -> Iterator[None]:
    if not allowed:
        yield
        return
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        yield
