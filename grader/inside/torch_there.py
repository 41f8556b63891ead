"""PyTorch where it is: homework that names none of it does not wait for it to be loaded.

What concerns tensors and networks takes effect once somebody has imported PyTorch: from the start where it was loaded
beforehand. Nothing here imports it, but for a use of `torch`.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib import import_module  # itself: calls of it by its module may be watched
from typing import TYPE_CHECKING, Any, TypeGuard

from .after_import import AfterImport

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

__all__ = ["is_network_class", "is_tensor", "is_there", "once_imported", "torch"]

NAME = "torch"
_KINDS: dict[str, type] = {}  # as they were at first: a program may put its own in their places
_WAITING: list[Callable[[], None]] = []


class _Later:
    """The package, imported when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.modules.get(NAME) or import_module(NAME), name)


if not TYPE_CHECKING:
    torch = _Later()


def is_there() -> bool:
    """Whether somebody has imported it."""
    return NAME in sys.modules


def is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether a value is a tensor, whatever it says of itself; none is without PyTorch."""
    tensor = _kind("Tensor")
    return tensor is not None and issubclass(type(value), tensor)


def is_network_class(value: object) -> TypeGuard[type[nn.Module]]:
    """Whether a value is a class of networks; none is without PyTorch."""
    network = _kind("nn.Module")
    return network is not None and issubclass(type(value), type) and issubclass(value, network)  # type: ignore[arg-type]


def once_imported(action: Callable[[], None]) -> None:
    """Act now where PyTorch is imported, else as soon as it is."""
    if is_there():
        _remember()
        action()
        return
    if not _WAITING:
        sys.meta_path.insert(0, AfterImport(NAME, _imported))
    _WAITING.append(action)


def _imported(_: types.ModuleType) -> None:
    waiting, _WAITING[:] = list(_WAITING), []
    _remember()
    for action in waiting:
        action()


def _remember() -> None:
    for name in ("Tensor", "nn.Module"):
        _kind(name)


def _kind(name: str) -> type | None:
    """A class of PyTorch's; None as long as nobody has imported it."""
    if name not in _KINDS:
        found: Any = sys.modules.get(NAME)
        for part in name.split("."):
            found = getattr(found, part, None)
        if not isinstance(found, type):
            return None
        _KINDS[name] = found
    return _KINDS[name]
