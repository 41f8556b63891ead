"""A network's forward passes in one mode: written down as operations, and run as it runs when nobody watches.

A network may behave differently while it is written down. So its results come back from the same pass and from
ordinary ones, with and without gradients and of one sample: outside they are compared (`grader/checks/watched.py`).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from .arrays import first_tensor, numbers
from .cause import their_objects
from .plain_runs import plain_run
from .served import Array
from .tracing import Trace, trace


def set_mode(network: nn.Module, *, training: bool) -> nn.Module:
    """Training or evaluation mode for every part: students have methods of their own called `train`."""
    for part in nn.Module.modules(network):
        part.training = training
    return network


def passes(network: nn.Module, batch: Tensor, *, training: bool) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header of the trace in this mode, and arrays: its constants, and the outputs `watched`, `plain` and `graded`.

    In evaluation mode there is `single` too, where it can be had. Buffers are left as they were. Raises what the
    network raises, or NotTraceable.
    """
    set_mode(network, training=training)
    with their_objects():
        found, watched = trace_with_output(network, batch)
        outputs = {"watched": watched} if watched is not None else {}
        outputs["plain"] = plain_run(network, batch, mode="no_grad")
        outputs["graded"] = plain_run(network, batch, mode="gradients")
    if not training:
        outputs |= _single(network, batch)
    return found.header(), found.constants | {f"output.{name}": numbers(out) for name, out in outputs.items()}


def passes_in(mode: str, network: nn.Module, batch: Tensor) -> tuple[dict[str, Any], dict[str, Array]]:
    """As `passes`, in `training` or `evaluation` mode; the arrays' names begin with the mode's."""
    header, arrays = passes(network, batch, training=mode == "training")
    return header, {f"{mode}.{name}": array for name, array in arrays.items()}


def _single(network: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    """The first sample alone; nothing where a network cannot take one, as one that normalises by the batch."""
    try:
        return {"single": plain_run(network, batch[:1], mode="no_grad")}
    except TimeoutError:
        raise
    except Exception:  # noqa: BLE001 - the forward pass is student code
        return {}


def trace_with_output(network: nn.Module, *inputs: Tensor) -> tuple[Trace, Tensor | None]:
    """The trace of a forward pass, and what that pass gave, unless the network's own `__call__` passes hooks over.

    Raises what the network raises, NotTraceable, or TypeError if that is no tensor.
    """
    seen: list[Any] = []
    hook = network.register_forward_hook(lambda _, __, output: seen.append(output))
    try:
        found = trace(network, *inputs)
    finally:
        hook.remove()
    return found, first_tensor(seen[-1]) if seen else None
