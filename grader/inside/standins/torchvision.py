"""torchvision without its slow and fragile parts: sub-modules load when used, data sets are served from memory.

`import torchvision` costs about 1.4 CPU seconds, nearly all for models that homework seldom touches, and
fails where its compiled operators do not load. Here the package is a shell whose sub-modules are the real
ones, loaded on first use, except `datasets`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

import torch

from . import datasets

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_library: torch.library.Library | None = None


def install() -> None:
    """Put the shell into `sys.modules`, if torchvision is installed at all."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.submodule_search_locations is None:
        return
    shell = _Shell("torchvision")
    shell.__path__ = list(spec.submodule_search_locations)
    shell.__spec__ = spec
    shell.__file__ = spec.origin
    sys.modules["torchvision"] = shell
    sys.modules["torchvision.datasets"] = vars(shell)["datasets"] = datasets.module()


class _Shell(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return importlib.import_module("torchvision.version").__version__
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("models", "ops"):
            register_operators()
        try:
            return importlib.import_module(f"torchvision.{name}")
        except ModuleNotFoundError:
            raise AttributeError(f"module 'torchvision' has no attribute {name!r}") from None


def register_operators() -> None:
    """Declare `torchvision::nms` and `torchvision::qnms`, which its Python code needs to be imported at all.

    A torchvision whose compiled operators load declares them itself: then there is nothing to do.
    """
    global _library  # noqa: PLW0603 - the declarations live as long as this object
    if _library is not None or _compiled_operators_load():
        return
    _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        _library.define(name + _SCHEMA)  # type: ignore[no-untyped-call]


def _compiled_operators_load() -> bool:
    try:
        return bool(importlib.import_module("torchvision.extension")._has_ops())
    except (AttributeError, ImportError, OSError, RuntimeError):
        return False
