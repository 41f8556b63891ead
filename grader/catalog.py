"""What students may see of an assignment: all of its folder but `hidden/`, for which a placeholder stands."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.finding import Finding

NEVER_COPIED = frozenset({"hidden", "__pycache__"})


class Hidden(types.ModuleType):
    """A module of `hidden/`, and everything in it: can be imported, and called as a check."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Hidden(f"{self.__name__}.{name}")

    def __call__(self, *_: Any) -> Finding:
        """As a check: no verdict."""
        return Finding.ungraded("this is checked when the work is graded")


class _HiddenModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self) -> None:
        self.packages: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not any(fullname == package or fullname.startswith(f"{package}.") for package in self.packages):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Hidden(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


_HIDDEN = _HiddenModules()


def hide(package: str, *, hidden: bool = True) -> None:
    """Let imports of `package` and its modules give placeholders, or no longer."""
    if _HIDDEN not in sys.meta_path:
        sys.meta_path.insert(0, _HIDDEN)
    (_HIDDEN.packages.add if hidden else _HIDDEN.packages.discard)(package)


def public_files(folder: Path, without: Sequence[str] = ()) -> dict[str, bytes]:
    """The files of an assignment's folder that students may have, by path; `without` names sub-folders to leave out."""
    left_out = NEVER_COPIED | set(without)
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.as_posix(): (folder / path).read_bytes() for path in paths if not left_out & set(path.parts)}
