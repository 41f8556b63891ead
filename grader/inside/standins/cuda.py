"""A machine without a GPU for code that insists on one: requests for `cuda` or `mps` are served by the CPU."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_HARD_CODED = re.compile(r"\.cuda\b|[\"']cuda\b")
_APPLE = re.compile(r"[\"']mps\b|\btorch\.mps\b")
_ABSENT = {"cuda", "mps"}


def is_hard_coded(sources: str, *, gpu: bool = False) -> bool:
    """Whether the code asks for a GPU that is not here. The detour costs a little on every call: not for everyone."""
    return bool(_APPLE.search(sources)) or (not gpu and bool(_HARD_CODED.search(sources)))


def install(*, gpu: bool = False) -> None:
    """Send tensors, modules and random generators that are asked for on a GPU that is not here to the CPU, for good."""
    if gpu:
        _ABSENT.discard("cuda")
    _OnTheCPU().__enter__()  # type: ignore[no-untyped-call]
    torch.Generator = _Generator  # type: ignore[misc]
    _redirect(torch, "set_default_device", 0, "device")
    _redirect(torch, "load", 1, "map_location")
    _redirect(torch.nn.Module, "to", 1, "device")
    for name in ("synchronize", "empty_cache", "manual_seed", "set_per_process_memory_fraction"):
        setattr(torch.mps, name, _no_op(name))
    for name in ("current_allocated_memory", "driver_allocated_memory"):
        setattr(torch.mps, name, lambda: 0)
    if gpu:
        return
    for name in ("set_device", "synchronize", "empty_cache", "manual_seed", "manual_seed_all"):
        setattr(torch.cuda, name, _no_op(name))
    torch.cuda.get_device_name = lambda *_: "none"
    torch.cuda.current_device = lambda: 0


def _no_op(name: str) -> Callable[..., None]:
    """A function of its own for each name: PyTorch tells its functions apart by identity."""

    def nothing(*_: Any, **__: Any) -> None:
        return None

    nothing.__name__ = name
    return nothing


def _redirect(owner: Any, name: str, position: int, keyword: str) -> None:
    """Let a function of PyTorch that looks at devices before any tensor does be called with the CPU."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def redirected(*args: Any, **kwargs: Any) -> Any:
        given = [on_cpu(value, index=True) if place == position else value for place, value in enumerate(args)]
        if keyword in kwargs:
            kwargs[keyword] = on_cpu(kwargs[keyword], index=True)
        return original(*given, **kwargs)

    setattr(owner, name, redirected)


def on_cpu(value: Any, *, index: bool = False) -> Any:
    """`value`, with a GPU that is not here replaced by `cpu`; with `index`, a GPU's number too."""
    if index and type(value) is int and "cuda" in _ABSENT:
        return torch.device("cpu")
    if isinstance(value, torch.device):
        return torch.device("cpu") if value.type in _ABSENT else value
    if isinstance(value, str) and value.partition(":")[0] in _ABSENT:
        return "cpu"
    return value


class _OnTheCPU(TorchFunctionMode):
    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.Tensor.cuda and "cuda" in _ABSENT:
            return args[0]
        given = [on_cpu(value, index=func is torch.Tensor.to and place == 1) for place, value in enumerate(args)]
        return func(*given, **{name: on_cpu(value, index=name == "device") for name, value in (kwargs or {}).items()})


class _Generator(torch.Generator):
    def __new__(cls, device: Any = "cpu") -> _Generator:
        return super().__new__(cls, device=on_cpu(device))  # type: ignore[call-arg]
