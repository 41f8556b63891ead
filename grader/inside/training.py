"""Training a student's network for a number of steps, the same for everyone, and bringing its weights back.

What the network has learned is measured outside, from the weights that come back (`grader/checks/learning.py`): a loss
that is computed in here, next to student code, proves nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from .adam import Adam
from .arrays import first_tensor, named_numbers, plain
from .budget import Budget
from .loading import Deadline
from .passes import set_mode
from .served import Array
from .tracing import kept

FORWARD_AND_BACKWARD = 3  # a backward pass costs about two forward passes
RECENT = 10  # steps whose losses tell how far training has come
MOST_IN_BUFFER = 1_000_000  # numbers


def affordable(steps: int, work: float, step: float) -> int:
    """How many of the steps `work` multiply-adds allow if one takes `step` of them."""
    return min(steps, int(work / max(1.0, step)))


@dataclass(kw_only=True)
class Training:
    """A network and how its training went so far. `images` N × … and `labels` N stay where they are until needed."""

    network: nn.Module
    images: Tensor
    labels: Tensor
    budget: Budget
    device: str = "cpu"
    forgiving: bool = False  # of blocks that write over what a ReLU has saved, as older SkipBlocks do
    losses: list[float] = field(default_factory=list)
    work: float = 0.0  # multiply-adds of one step
    seconds: float = 0.0
    stopped: str = "steps"  # or work, or time
    in_place: bool = False

    def header(self) -> dict[str, Any]:
        """How far it went, and why no farther."""
        return {
            "learning_rate": self.budget.learning_rate,
            "steps": len(self.losses),
            "work": self.work,
            "stopped": self.stopped,
            "seconds": round(self.seconds, 2),
            "device": self.device,
            "in_place": self.in_place,
        }

    def run(self) -> None:
        """As many steps as the budget allows. Raises what the network raises."""
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[int]:
        """The number of steps done, after each: Adam on the cross-entropy of shuffled batches."""
        weights = [value for value in nn.Module.parameters(self.network) if value.requires_grad]
        optimizer = Adam(weights)
        wanted = self.budget.steps
        for chosen in self.batches():
            started = time.process_time()
            with Deadline(self.budget.step_cpu_s, "cpu"):
                if not self.losses:
                    self.work = FORWARD_AND_BACKWARD * work_of(self.network, self._some(chosen))
                    wanted = affordable(self.budget.steps, self.budget.work, self.work)
                if wanted:
                    self.step(optimizer, chosen)
            self.seconds += time.process_time() - started
            yield len(self.losses)
            if len(self.losses) >= wanted * (self.budget.patience if self._slow() else 1):
                self.stopped = "steps" if wanted == self.budget.steps else "work"
                return
            if self.seconds > self.budget.cpu_s:
                self.stopped = "time"
                return

    def _slow(self) -> bool:
        """Whether the loss is above half of what is possible without looking at the images."""
        shares = torch.bincount(self.labels).double() / max(1, len(self.labels))
        blind = -torch.xlogy(shares, shares).sum()
        return float(np.mean(self.losses[-RECENT:] or [0.0])) > float(blind) / 2

    def batches(self) -> Iterator[Tensor]:
        """Indices of whole batches, in a new order each time all images were seen, or round and round in their own."""
        if self.budget.shuffle is None:
            size = self.budget.batch
            yield from (torch.arange(at * size, (at + 1) * size) % len(self.images) for at in itertools.count())
            return
        generator = torch.Generator().manual_seed(self.budget.shuffle)
        while True:
            order = torch.randperm(len(self.images), generator=generator)
            yield from (part for part in torch.split(order, self.budget.batch) if len(part) == self.budget.batch)

    def step(self, optimizer: Adam, chosen: Tensor) -> None:
        """One update on the chosen images."""
        try:
            loss = self._backward(optimizer, chosen)
        except RuntimeError as error:
            if self.in_place or not self.forgiving or "inplace" not in str(error).replace("-", ""):
                raise
            self.in_place = True
            loss = self._backward(optimizer, chosen)
        optimizer.step(self.budget.rate(len(self.losses)))
        self.losses.append(loss)

    def _backward(self, optimizer: Adam, chosen: Tensor) -> float:
        optimizer.zero_grad()
        with _mutation_allowed(self.in_place):
            loss = F.cross_entropy(first_tensor(self.network(self._some(chosen))), self.labels[chosen].to(self.device))
            torch.autograd.backward(loss)
        return float(loss.detach())

    def _some(self, chosen: Tensor) -> Tensor:
        return self.images[chosen].to(self.device)


def renew_averages(network: nn.Module, images: Tensor, batch: int, batches: int, device: str = "cpu") -> None:
    """Take the running averages of batch normalization anew from some batches of images.

    After a few steps they lag behind the weights. The network is in evaluation mode afterwards.
    """
    norms = [
        part
        for part in nn.Module.modules(network)
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and part.track_running_stats
    ]
    momenta = [part.momentum for part in norms]
    for part in norms:
        part.reset_running_stats()
        part.momentum = None
    set_mode(network, training=True)
    with torch.no_grad():
        for some in torch.split(images, batch)[: batches if norms else 0]:
            network(some.to(device))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    set_mode(network, training=False)


def packed_state(network: nn.Module) -> dict[str, Array]:
    """All parameters, one after the other, as the bytes of float16 numbers, each divided by its largest magnitude.

    `weights` holds the bytes, `scales` the largest magnitudes; buffers come as they are, as `buffer.NAME`.
    """
    values = [plain(value).float().cpu().numpy() for _, value in nn.Module.named_parameters(network)]
    scales = np.array([_scale(value) for value in values], np.float32)
    halves = [(value / scale).astype(np.float16).ravel() for value, scale in zip(values, scales, strict=True)]
    packed = np.concatenate(halves) if halves else np.zeros(0, np.float16)
    return {"weights": packed.view(np.uint8), "scales": scales, **buffers_of(network)}


def buffers_of(network: nn.Module) -> dict[str, Array]:
    """Its buffers of numbers, as `buffer.NAME`."""
    named = [(name, value) for name, value in nn.Module.named_buffers(network) if value.dtype != torch.bool]
    return named_numbers("buffer.", named, MOST_IN_BUFFER)


def _scale(value: Array) -> float:
    largest = float(np.abs(value[np.isfinite(value)]).max(initial=0.0))
    return largest or 1.0


def work_of(network: nn.Module, images: Tensor) -> float:
    """Multiply-adds of a forward pass: those of convolutions and products of matrices. The network stays as it is."""
    counter = WorkCounter()
    with kept(network), torch.random.fork_rng(devices=[]), torch.no_grad(), counter:
        network(images)
    return counter.work


class WorkCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the multiply-adds of convolutions and products of matrices."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.work = 0.0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which costs a CPU second

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        made = result.numel() if isinstance(result, Tensor) else 0
        match func._schema.name.removeprefix("aten::"):
            case "convolution" | "cudnn_convolution":
                self.work += made * (args[1].numel() // max(1, args[1].shape[0]))
            case "mm" | "bmm":
                self.work += made * args[0].shape[-1]
            case "addmm" | "baddbmm":
                self.work += made * args[1].shape[-1]
        return result


@contextlib.contextmanager
def _mutation_allowed(allowed: bool) -> Iterator[None]:
    if not allowed:
        yield
        return
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        yield
