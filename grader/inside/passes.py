"""A network's forward passes: written down as operations, and run as they run when nobody watches.

A forward pass may ask whether gradients are recorded, whether it is in inference mode, whether something watches its
operations, how many samples it has or how often it was called. What it gives in each situation goes out of the sandbox;
outside it is compared with what its operations give on the same input (`grader/checks/watched.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from .arrays import first_tensor, numbers
from .cause import their_objects
from .raised import last_line
from .served import Array
from .tracing import Trace, kept, trace, trace_as_far_as_it_goes

PREFIX, FIRST = "plain.", "first."
MODES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "gradients": torch.enable_grad,
    "no_grad": torch.no_grad,
    "inference": torch.inference_mode,
}
MODE_NAMES = ("mode", "training", "train_mode", "is_training", "is_train", "flag")


def set_mode(network: nn.Module, *, training: bool) -> nn.Module:
    """Training or evaluation mode for every part, as `network.train(training)` sets it.

    A part's own `train` is called where it is one that sets the mode: it may keep a part in one mode. Students have
    methods of that name that train as well, which are not. Raises what such a method raises.
    """
    _set(network, training, set())
    return network


def _set(part: nn.Module, training: bool, seen: set[int]) -> None:
    if id(part) in seen:
        return
    seen.add(id(part))
    if _sets_the_mode(part):
        with their_objects():
            part.train(training)
        return
    part.training = training
    for inner in nn.Module.children(part):
        _set(inner, training, seen)


def _sets_the_mode(part: nn.Module) -> bool:
    """Whether a part's `train` is its own, and takes a mode and nothing else: `train(self, mode=True)`."""
    own = part.train
    if getattr(own, "__func__", None) is nn.Module.train:
        return False
    try:
        first, *others = inspect.signature(own).parameters.values()
    except (TypeError, ValueError):
        return False
    return first.name in MODE_NAMES and all(
        other.default is not other.empty or other.kind in (other.VAR_POSITIONAL, other.VAR_KEYWORD) for other in others
    )


def passes_in(mode: str, network: nn.Module, batch: Tensor) -> tuple[dict[str, Any], dict[str, Array]]:
    """In `training` or `evaluation` mode: as `passes`, the arrays' names beginning with the mode's.

    In training mode no sample is run alone: it may be normalised by its batch. Buffers are left as they were. Raises
    what the network raises, but for inference mode and single samples, or NotTraceable.
    """
    set_mode(network, training=mode == "training")
    with their_objects():
        header, arrays = passes(network, batch, must_run=("no_grad", "gradients"), alone=mode != "training")
    return header, {f"{mode}.{name}": array for name, array in arrays.items()}


def passes(
    network: nn.Module, *inputs: Tensor, must_run: tuple[str, ...] = (), alone: bool = True
) -> tuple[dict[str, Any], dict[str, Array]]:
    """For a header and arrays: the network's `trace`, its constants, what that pass gave (`plain.watched`), and what is
    `beside_the_trace`. Raises what the network raises while it is written down or in a mode in which it `must_run`.
    """
    found, watched = trace_with_output(network, *inputs)
    header, arrays = beside_the_trace(network, *inputs, must_run=must_run, alone=alone)
    if watched is not None:
        arrays[f"{PREFIX}watched"] = numbers(watched)
    return {"trace": found.header(), **header}, found.constants | arrays


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


def beside_the_trace(
    network: nn.Module, *inputs: Tensor, must_run: tuple[str, ...] = (), alone: bool = True
) -> tuple[dict[str, Any], dict[str, Array]]:
    """For a header and arrays: what the network gives when it is not traced, what it does with a single sample.

    `plain_errors` holds what it raises in which mode; `first` is the trace of the first sample alone, whose arrays
    have the prefix `first.`. Raises what it raises in a mode in which it `must_run`.
    """
    arrays, raised = plain_runs(network, *inputs, must_run=must_run)
    header: dict[str, Any] = {"plain_errors": raised}
    if not alone:
        return header, arrays
    single = [tensor[:1] for tensor in inputs]
    outputs, errors = plain_runs(network, *single, modes=("gradients",))
    header["first_errors"] = errors
    if not errors:
        found, error = trace_as_far_as_it_goes(network, *single)
        if error is None:
            header["first"] = found.header()
            arrays |= {f"{FIRST}{name}": array for name, array in (outputs | found.constants).items()}
    return header, arrays


def plain_runs(
    network: nn.Module, *inputs: Tensor, modes: tuple[str, ...] = tuple(MODES), must_run: tuple[str, ...] = ()
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
        except BaseException as error:  # the forward pass is student code
            if name in must_run:
                raise
            raised[name] = last_line(error)[:500]
    return arrays, raised


def plain_run(network: nn.Module, *inputs: Tensor, mode: str) -> Tensor:
    """What the network gives for these inputs in one of `MODES`; it, and the random generator, are left as they were.

    Raises what the network raises, and TypeError if it gives no tensor.
    """
    with kept(network), torch.random.fork_rng(devices=[]), MODES[mode]():
        return first_tensor(network(*[tensor.clone() for tensor in inputs]))
