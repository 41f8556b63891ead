"""A network run plainly, beside its trace: what it gives when nothing but its input is to be seen.

A forward pass may ask whether gradients are recorded, whether it is in inference mode, whether something watches its
operations, how many samples it has or how often it was called. What it gives in each situation goes into the sandbox;
outside it is compared with what its traced operations give on the same input.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from .arrays import first_tensor, numbers
from .raised import last_line
from .served import Array
from .tracing import kept, trace_as_far_as_it_goes

PREFIX, FIRST = "plain.", "first."
MODES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "gradients": torch.enable_grad,
    "no_grad": torch.no_grad,
    "inference": torch.inference_mode,
}


def plain_run(network: nn.Module, *inputs: Tensor, mode: str) -> Tensor:
    """What the network gives for these inputs in one of `MODES`; it, and the random generator, are left as they were.

    Raises what the network raises, and TypeError if it gives no tensor.
    """
    with kept(network), torch.random.fork_rng(devices=[]), MODES[mode]():
        return first_tensor(network(*[tensor.clone() for tensor in inputs]))


def plain_runs(
    network: nn.Module, *inputs: Tensor, modes: tuple[str, ...] = tuple(MODES)
) -> tuple[dict[str, Array], dict[str, str]]:
    """What the network gives for these inputs in each of `modes`, as arrays `plain.<mode>`; or what it raises there.

    Its buffers and attributes, and the random generator, are left alone.
    """
    arrays: dict[str, Array] = {}
    raised: dict[str, str] = {}
    for name in modes:
        try:
            arrays[f"{PREFIX}{name}"] = numbers(plain_run(network, *inputs, mode=name))
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - the forward pass is student code
            raised[name] = last_line(error)[:500]
    return arrays, raised


def beside_the_trace(network: nn.Module, *inputs: Tensor) -> tuple[dict[str, Any], dict[str, Array]]:
    """For a header and arrays: what the network gives when it is not traced, what it does with a single sample.

    `plain_errors` holds what it raises in which mode; `first` is the trace of the first sample alone, whose arrays
    have the prefix `first.`.
    """
    arrays, raised = plain_runs(network, *inputs)
    single = [tensor[:1] for tensor in inputs]
    alone, errors = plain_runs(network, *single, modes=("gradients",))
    header: dict[str, Any] = {"plain_errors": raised, "first_errors": errors}
    if not errors:
        found, error = trace_as_far_as_it_goes(network, *single)
        if error is None:
            header["first"] = found.header()
            arrays |= {f"{FIRST}{name}": array for name, array in (alone | found.constants).items()}
    return header, arrays
