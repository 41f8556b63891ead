"""Lets a process outside the boxes import this package under the names and paths that it has in a box.

Its code then shows `/harness/inside/...` in tracebacks, and nothing of where it lies on the host.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from pathlib import Path

HARNESS = "/harness"
PACKAGE = "inside"


class HostFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of `inside` in a folder of the host."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of one of the grader's modules, as if it lay in the box."""
        first, *rest = fullname.split(".")
        if first != PACKAGE:
            return None
        place = "/".join(rest)
        if (Path(self.folder) / place).is_dir():
            return self._spec(fullname, f"{place}/__init__.py".lstrip("/"), package=True)
        return self._spec(fullname, f"{place}.py", package=False)

    def _spec(self, name: str, file: str, *, package: bool) -> importlib.machinery.ModuleSpec | None:
        shown = f"{HARNESS}/{PACKAGE}/{file}"
        folders = [shown.removesuffix("/__init__.py")] if package else None
        source = Path(self.folder) / file
        if not source.is_file():
            return None
        loader = _Loader(name, shown, source)
        return importlib.util.spec_from_file_location(name, shown, loader=loader, submodule_search_locations=folders)


class _Loader(importlib.machinery.SourceFileLoader):
    """Reads from `source` what is shown as lying at `shown`; keeps no compiled files."""

    def __init__(self, name: str, shown: str, source: Path) -> None:
        super().__init__(name, shown)
        self.source = source

    def get_code(self, fullname: str) -> types.CodeType:
        return self.source_to_code(self.source.read_bytes(), self.path)


def install(folder: str) -> None:
    """From now on `inside` is imported from `folder`."""
    sys.meta_path.insert(0, HostFinder(folder))


def settle() -> None:
    """Give what is imported of `inside` the loaders that it has in a box. For the process that copies are made of: in a
    copy, each module's pages would have to be copied first.
    """
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == PACKAGE and module.__spec__ is not None:
            module.__loader__ = importlib.machinery.SourceFileLoader(name, str(module.__file__))
            module.__spec__.loader = module.__loader__


def enter_box() -> None:
    """From now on `inside` is imported from where it lies in a box."""
    # By name: the class was first executed before this module could be imported.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != HostFinder.__name__]
    sys.path.insert(0, HARNESS)
