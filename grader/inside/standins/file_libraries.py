"""Libraries that open files in another way than by Python's `open`, and have to find the same ones."""

from __future__ import annotations

import contextlib
import functools
import sys
import types
from collections.abc import Callable
from typing import Any, Protocol

from ..after_import import AfterImport

# Modules that keep Python's `open` under another name, if they have been imported already.
_OPEN_OF_THEIR_OWN = {
    "tarfile": "bltn_open",
    "bz2": "_builtin_open",
    "lzma": "_builtin_open",
    "tokenize": "_builtin_open",
}


class Paths(Protocol):
    """Where a file lies that a student calls so."""

    def to_read(self, path: Any) -> Any:
        """The path to read from."""

    def to_open(self, path: Any) -> Any:
        """The path to read what a file holds from."""

    def to_write(self, path: Any) -> Any:
        """The path to write to."""


def install(paths: Paths, opened: Callable[..., Any]) -> None:
    """`opened` is what stands in for `open`."""
    for name, own_name in _OPEN_OF_THEIR_OWN.items():
        if name in sys.modules:
            setattr(sys.modules[name], own_name, opened)
    patches: dict[str, Callable[[types.ModuleType], None]] = {
        "h5py": functools.partial(_patch_h5py, paths),
        "sqlite3": functools.partial(_patch_sqlite, paths),
        "numpy.lib._datasource": functools.partial(_patch_numpy, opened),
    }
    for name, patch in patches.items():
        if name in sys.modules:
            patch(sys.modules[name])
        else:
            sys.meta_path.insert(0, AfterImport(name, patch))


def _patch_numpy(opened: Callable[..., Any], module: types.ModuleType) -> None:
    """What `loadtxt` and `genfromtxt` open files with that are not packed, was noted when it was imported."""
    with contextlib.suppress(AttributeError, KeyError):  # another version
        module._file_openers._file_openers[None] = opened


def _patch_h5py(paths: Paths, module: types.ModuleType) -> None:
    original = module.File.__init__

    @functools.wraps(original)
    def opened(file: Any, name: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> None:
        reads = mode in ("r", "r+")
        original(file, paths.to_open(name) if reads else paths.to_write(name), mode, *args, **kwargs)

    module.File.__init__ = opened


def _patch_sqlite(paths: Paths, module: types.ModuleType) -> None:
    """A data base that is nowhere is made."""
    original = module.connect

    @functools.wraps(original)
    def connected(database: Any, *args: Any, **kwargs: Any) -> Any:
        return original(paths.to_write(paths.to_read(database)), *args, **kwargs)

    vars(module)["connect"] = connected
