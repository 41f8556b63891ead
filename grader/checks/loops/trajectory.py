"""The right epoch: what the reference's loop gives on the hidden network and samples, and what that would show."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import nn

from grader.checks.loops.loop_task import LoopTask
from grader.checks.power import Power, power, together, usual_rivals
from grader.inside import loop_setting
from grader.inside.gradient_changes import Change, MadeGradients
from grader.probes import weights_seed
from grader.sandbox.protocol import Array

RTOL, ATOL = 2e-4, 2e-5  # float32 over 13 steps was seen to drift by far less (measured.json)
Reference = Callable[..., Any]


@dataclass(frozen=True)
class Trajectory:
    """What an epoch gives: the results in the order in which they are returned, and the weights at both ends.

    `losses` are those that the criterion gave for each batch, `rates_before` the learning rates before each step,
    `changes` what was done with gradients before steps.
    """

    histories: tuple[Array, ...]
    losses: Array
    rates_before: Array
    state: dict[str, Array]
    start: dict[str, Array]
    changes: tuple[Change, ...]

    @property
    def power(self) -> Power:
        """Of the comparisons with the losses and with the weights: what no training gives would have been seen."""
        deviation = f"a deviation of {RTOL:g} of a loss is caught, and of {10 * RTOL:g} of a weight"
        found = [power(self.losses, ATOL + RTOL * np.abs(self.losses), usual_rivals(self.losses), deviation)]
        for name, right in self.state.items():
            allowed = 10 * (ATOL + RTOL * np.abs(right))
            found.append(power(right, allowed, {"weights as they were": self.start[name]}))
        return together(found)


def right_epoch(task: LoopTask, reference: Reference, seed: int, case: str) -> Trajectory:
    """The reference's own epoch, `reference(model, optimizer, scheduler, criterion, batches)`."""
    return _epoch(task, reference, seed, case, loop_setting.network(weights_seed(seed)))


def changed_epoch(
    task: LoopTask, reference: Reference, seed: int, case: str, made: Callable[[nn.Sequential], nn.Module]
) -> Trajectory:
    """The reference's epoch with the network that is `made` of the hidden one."""
    return _epoch(task, reference, seed, case, made(loop_setting.network(weights_seed(seed))))


def unclipped_epoch(task: LoopTask, reference: Reference, seed: int, case: str) -> Trajectory:
    """The reference's epoch without PyTorch's functions that clip gradients."""
    with contextlib.ExitStack() as patched:
        for name in ("clip_grad_norm_", "clip_grad_value_"):
            patched.enter_context(patch.object(torch.nn.utils, name, _leave_alone))
            if name in getattr(reference, "__globals__", {}):
                patched.enter_context(patch.dict(reference.__globals__, {name: _leave_alone}))
        return right_epoch(task, reference, seed, case)


def _leave_alone(*_: Any, **__: Any) -> None:
    """In place of a function that changes gradients."""


def _epoch(task: LoopTask, reference: Reference, seed: int, case: str, network: nn.Module) -> Trajectory:
    samples = task.samples(seed)
    optimizer = loop_setting.optimizer(case, network.parameters())
    made, changes = MadeGradients(network.parameters()), list[Change | None]()
    optimizer.register_step_pre_hook(lambda *_: changes.append(made.changed()))
    scheduler = loop_setting.scheduler(case, optimizer)
    batches = loop_setting.batches(samples[task.images], samples[task.labels])
    losses: list[float] = []
    before: list[float] = []
    start = _floats(network)

    def criterion(output: Any, target: Any) -> Any:
        loss = loop_setting.criterion(case)(output, target)
        losses.append(loss.item())
        before.append(float(optimizer.param_groups[0]["lr"]))
        return loss

    results = reference(network, optimizer, scheduler, criterion, batches)
    listed = results if isinstance(results, tuple) else (results,)[: len(task.results)]
    histories = tuple(np.atleast_1d(np.array(history)) for history in listed)
    done = tuple(change for change in changes if change is not None)
    return Trajectory(histories, np.array(losses), np.array(before), _floats(network), start, done)


def _floats(network: nn.Module) -> dict[str, Array]:
    return {name: value.numpy().copy() for name, value in network.state_dict().items() if value.is_floating_point()}
