"""A machine without a GPU for code that insists on one: every request for `cuda` is served by the CPU."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_HARD_CODED = re.compile(r"\.cuda\b|[\"']cuda(?::\d+)?[\"']")


def is_hard_coded(sources: str) -> bool:
    """Whether the code asks for a GPU at all. The detour costs a little on every call, so not for everyone."""
    return bool(_HARD_CODED.search(sources))


def install() -> None:
    """Send tensors, modules and random generators that are asked for on `cuda` to the CPU, for good."""
    _OnTheCPU().__enter__()  # type: ignore[no-untyped-call]
    torch.Generator = _Generator  # type: ignore[misc]
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


def on_cpu(value: Any) -> Any:
    """`value`, with `cuda` in place of a device replaced by `cpu`."""
    if isinstance(value, torch.device):
        return torch.device("cpu") if value.type == "cuda" else value
    if isinstance(value, str) and re.fullmatch(r"cuda(:\d+)?", value):
        return "cpu"
    return value


class _OnTheCPU(TorchFunctionMode):
    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.Tensor.cuda:
            return args[0]
        return func(*map(on_cpu, args), **{name: on_cpu(value) for name, value in (kwargs or {}).items()})


class _Generator(torch.Generator):
    def __new__(cls, device: Any = "cpu") -> _Generator:
        return super().__new__(cls, device=on_cpu(device))  # type: ignore[call-arg]
