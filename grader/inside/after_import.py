"""What is done once a module has been imported, by whoever needs it."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import types
from collections.abc import Callable, Sequence
from typing import Any


class AfterImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Runs a function once a module has been executed. Belongs into `sys.meta_path`, before what finds the module."""

    def __init__(self, name: str, action: Callable[[types.ModuleType], None]) -> None:
        self.name, self.action = name, action
        self.inner: Any = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec that Python finds, to be executed by this object."""
        if fullname != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return None
        self.inner, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """As the module's own loader does."""
        created: types.ModuleType | None = self.inner.create_module(spec)
        return created

    def exec_module(self, module: types.ModuleType) -> None:
        """Execute the module, whose own loader it keeps; then act."""
        if module.__spec__ is not None:
            module.__loader__ = module.__spec__.loader = self.inner
        self.inner.exec_module(module)
        self.action(module)
