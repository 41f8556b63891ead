"""What a loop does beside drawing batches: how often it trains on those it kept, which network it comes back with."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook
from torch.nn.parameter import is_lazy
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from ..passes import set_mode
from .budgeted import TooManySteps

OFTEN = 2  # times the budget: a sample may be seen from two sides, or its gradient be taken twice for one step
TRIED = 4  # samples with which layers that are made in the first pass are made


@contextmanager
def at_most(samples: int, network: nn.Module) -> Iterator[None]:
    """In here gradients come back from the network for at most `OFTEN` times so many samples, wherever these are from:
    batches that were kept are trained on again without a loader. LBFGS looks many times at a batch for one step, which
    count once. Raises TooManySteps.
    """
    taken, within, counted = 0, False, False

    def back(slope: torch.Tensor) -> None:
        nonlocal taken, counted
        taken += 0 if within and counted else len(slope)
        counted = within

    def begins(optimizer: Any, *_: Any) -> None:
        nonlocal within, counted
        within, counted = isinstance(optimizer, torch.optim.LBFGS), False

    def ends(*_: Any) -> None:
        nonlocal within
        within = False

    def called(module: nn.Module, _: Any, result: Any) -> None:
        if not _is_it(module, network) or not isinstance(result, torch.Tensor) or not result.ndim:
            return
        if not (torch.is_grad_enabled() and result.requires_grad):
            return
        if taken >= OFTEN * samples:
            raise TooManySteps
        try:
            result.register_hook(back)  # type: ignore[no-untyped-call]
        except RuntimeError:  # of torch.func, which has no hooks
            return

    hooks = [
        register_module_forward_hook(called),
        register_optimizer_step_pre_hook(begins),
        register_optimizer_step_post_hook(ends),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _is_it(module: nn.Module, network: nn.Module) -> bool:
    """Whether it is the network, or a copy of it."""
    own = not type(network).__module__.startswith("torch.")
    return module is network or (own and type(module) is type(network))


def numbers_of(network: nn.Module, images: torch.Tensor) -> int | None:
    """How many numbers are in a network's parameters, with those that its first pass makes; None if it does not run."""
    try:
        one = copy.deepcopy(network)
        set_mode(one, training=False)
        with torch.no_grad():
            one(images[:TRIED].clone())
    except (TimeoutError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - student code, which is told of when it is trained
        return None
    return sum(part.numel() for part in one.parameters() if not is_lazy(part))


def other_parameters(network: nn.Module, returned: nn.Module) -> int:
    """How many numbers a network that a loop came back with has in parameters that the one it was given has not: an
    average or a copy of that has none.
    """
    own, others = (
        Counter(tuple(part.shape) for part in one.parameters() if not is_lazy(part)) for one in (network, returned)
    )
    return sum(torch.Size(shape).numel() * count for shape, count in (others - own).items())
