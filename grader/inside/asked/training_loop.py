"""A student's training loop at work on a small network and ten batches and more: what it calls, in which order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from .. import building, loop_setting
from ..arrays import as_array, numbers
from ..building import Role
from ..cause import their_objects, told
from ..gradient_changes import MadeGradients
from ..naming import NotThere, named
from ..raised import class_name

MAX_EVENTS = 2000


class WaitingBatch(torch.Tensor):
    """A batch as the loader delivers it: on the CPU, so that on a GPU it would have to be moved."""

    events: list[list[Any]] = []  # noqa: RUF012 - one log for the one call

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """Moving, or changing the number format."""
        given = (*args, *kwargs.values())
        target = next((value for value in given if isinstance(value, str | torch.device) or type(value) is int), None)
        moved = any(isinstance(value, Tensor) for value in args) or target is not None
        self.events.append(["to", str(target)[:40]])
        plain = self.as_subclass(Tensor).to(*args, **kwargs)
        return plain if moved else plain.as_subclass(WaitingBatch)

    def __format__(self, spec: str) -> str:
        """As any tensor is printed: PyTorch formats numbers of no class but its own."""
        return format(self.as_subclass(Tensor), spec)

    def cuda(self, *args: Any, **kwargs: Any) -> Tensor:
        """To the GPU, whatever the device asked for."""
        self.events.append(["to", "cuda"])
        return self.as_subclass(Tensor)


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Call it once, with the arguments of the case's `roles`. Back come the events, the returned histories (as many as
    `results`), the weights after the epoch.
    """
    try:
        name, function = named(session.namespace, case["function"], case["patterns"])
    except NotThere as missing:
        return {"missing": str(missing)}, {}
    network, arguments, log = _arranged(session, case)
    bound, remarks = building.bind(function, _roles(case, arguments), session.namespace)
    args, kwargs = building.positional_only(function, bound)
    header: dict[str, Any] = {"name": name, "remarks": remarks}
    arrays: dict[str, Any] = {}
    try:
        with their_objects():
            result = function(*args, **kwargs)
            if inspect.isgenerator(result):
                result = tuple(result)
            found, arrays = _histories(_as_results(result, case["results"]))
        header |= found
    except Exception as error:  # noqa: BLE001 - the training loop is student code
        header |= {f"raised_{name}": value for name, value in told(error).items()}
    header["events"] = log[:MAX_EVENTS]
    header["training"] = network.training
    state = nn.Module.state_dict(network)
    arrays |= {f"state.{key}": numbers(value) for key, value in state.items() if value.is_floating_point()}
    return header, arrays


def _arranged(session: Any, case: dict[str, Any]) -> tuple[nn.Module, dict[str, Any], list[list[Any]]]:
    log: list[list[Any]] = []
    WaitingBatch.events = log
    network = loop_setting.network(session.request["seed"])
    _watch_network(network, log)
    made = MadeGradients(network.parameters())
    optimizer = loop_setting.optimizer(
        case["id"], network.parameters(), lambda kind: _logged(kind, log, "optimizer", made)
    )
    scheduler = loop_setting.scheduler(case["id"], optimizer, lambda kind: _logged(kind, log, "scheduler"))
    log.clear()  # a scheduler steps once when it is made
    images, labels = (session.arrays[case[part]] for part in ("images", "labels"))
    known = TensorDataset(torch.from_numpy(images.copy()), torch.from_numpy(labels.copy()))
    loader = DataLoader(known, batch_size=loop_setting.BATCH, collate_fn=lambda samples: _delivered(samples, log))
    arguments = {
        "model": network,
        "optimizer": optimizer,
        "scheduler": scheduler,
        "criterion": _Criterion(loop_setting.criterion(case["id"]), log, list(network.parameters())),
        "train_loader": loader,
        "epoch": 1,
        "device": torch.device("cpu"),
    }
    return network, arguments, log


def _roles(case: dict[str, Any], arguments: dict[str, Any]) -> list[Role]:
    return [
        Role(name, value, case["roles"][name], name in ("epoch", "device"))
        for name, value in arguments.items()
        if name in case["roles"]
    ]


def _delivered(samples: Sequence[Any], log: list[list[Any]]) -> list[Tensor]:
    log.append(["batch", len(samples)])
    images, labels = (torch.stack([sample[part] for sample in samples]) for part in (0, 1))
    return [images.as_subclass(WaitingBatch), labels.as_subclass(WaitingBatch)]


def _watch_network(network: nn.Module, log: list[list[Any]]) -> None:
    def before(module: nn.Module, inputs: Any) -> Any:
        images = inputs[0]
        modes = [part.training is True for part in nn.Module.modules(module)]
        log.append(["forward", all(modes), isinstance(images, WaitingBatch), len(images), modes[0]])
        return (images.as_subclass(Tensor) if isinstance(images, WaitingBatch) else images, *inputs[1:])

    network.register_forward_pre_hook(before)


def _logged(kind: type, log: list[list[Any]], word: str, made: MadeGradients | None = None) -> type:
    """A sub-class whose `step` and `zero_grad` are noted, an optimizer's with whether there are gradients, and what
    became of those that were `made`.

    PyTorch looks at a class's name in places.
    """

    class Logged(kind):  # type: ignore[misc]
        def step(self, *args: Any, **kwargs: Any) -> Any:
            log.append([f"{word}.step", *([not _are_zero(made.weights), made.changed()] if made else [])])
            return super().step(*args, **kwargs)

        def zero_grad(self, *args: Any, **kwargs: Any) -> Any:
            log.append(["zero_grad"])
            return super().zero_grad(*args, **kwargs)

    Logged.__name__ = Logged.__qualname__ = kind.__name__
    return Logged


class _Criterion(nn.Module):
    """The loss, noting what it is given, and at each backward pass whether the gradients are zero until then."""

    def __init__(
        self, loss: Callable[[Tensor, Tensor], Tensor], log: list[list[Any]], weights: Sequence[nn.Parameter]
    ) -> None:
        super().__init__()
        self.loss, self.log, self.weights = loss, log, weights

    def forward(self, input: Any, target: Any) -> Tensor:  # noqa: A002 - as PyTorch's losses name it
        moved = not (isinstance(target, WaitingBatch) or isinstance(input, WaitingBatch))
        plain = [value.as_subclass(Tensor) if isinstance(value, WaitingBatch) else value for value in (input, target)]
        value = self.loss(*plain)
        self.log.append(["loss", value.item() if value.numel() == 1 else None, moved])
        if value.requires_grad:
            value.register_hook(self._note_backward)  # type: ignore[no-untyped-call]
        return value

    def _note_backward(self, _: Tensor) -> None:
        self.log.append(["backward", _are_zero(self.weights)])


def _are_zero(weights: Sequence[nn.Parameter]) -> bool:
    """Whether no gradient is there."""
    return all(weight.grad is None or not bool(weight.grad.any()) for weight in weights)


def _as_results(result: Any, count: int) -> Any:
    """What was returned as one value for each result: a single history is one result, and not as many as it has."""
    is_single = count == 1 and not (isinstance(result, tuple) and len(result) == 1)
    return (result,) if is_single else result


def _histories(result: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The returned lists: what kinds of entries they hold, and their numbers."""
    header: dict[str, Any] = {"result": class_name(type(result)), "entries": []}
    arrays: dict[str, Any] = {}
    if not isinstance(result, tuple | list):
        return header, arrays
    for index, history in enumerate(result[:6]):
        values = list(history) if isinstance(history, list | tuple | np.ndarray) else [history]
        header["entries"].append(
            {
                "kind": class_name(type(history)),
                "of": sorted({_kind(value) for value in values}),
                "length": len(values),
            }
        )
        array, _ = as_array(values)
        if array is not None and array.size <= 100_000:
            arrays[f"history.{index}"] = array
    return header, arrays


def _kind(value: Any) -> str:
    """An entry's class; of a tensor, whether it keeps its gradient; of an array that is one number, what that is."""
    if isinstance(value, Tensor):
        return loop_setting.KEPT_TENSOR if value.requires_grad else loop_setting.PLAIN_TENSOR
    if type(value) is np.ndarray and value.ndim == 0:
        return str(value.dtype)
    return class_name(type(value))
