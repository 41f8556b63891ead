"""The package that a submission's main file belongs to: its imports may be relative to it, as `python -m` allows."""

from __future__ import annotations

import ast
import contextlib
import re
import sys
import types
from pathlib import Path

from . import source
from .raised import PACKAGE

RELATIVE = re.compile(rb"from[ \t]+\.")


def package_of(file: Path, top: Path) -> str:
    """The package that a file belongs to, importable from now on; empty if nothing in it is relative to one.

    Files that lie in `top` itself belong to a package whose name is not known: any will do.
    """
    if not (depth := _relative_depth(file)):
        return ""
    names: list[str] = []
    folder = file.parent
    while folder != top and (len(names) < depth or (folder / "__init__.py").is_file()):
        names.insert(0, folder.name)
        folder = folder.parent
    if not names:
        _make_package(PACKAGE, folder)
        return PACKAGE
    sys.path += [str(folder)] * (str(folder) not in sys.path)
    return ".".join(names)


def _relative_depth(file: Path) -> int:
    """How many folders up the file's relative imports reach: 1 for `from .model import Net`, 0 without any."""
    with contextlib.suppress(OSError, source.SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        if not RELATIVE.search(file.read_bytes()):
            return 0
        trees = [source.usable(chunk)[0] for chunk in source.chunks(str(file), file.read_bytes())]
        nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        return max((node.level for node in nodes), default=0)
    return 0


def _make_package(name: str, folder: Path) -> None:
    """A package of the files of a folder, with what its `__init__.py` gives."""
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    package.__package__ = name
    sys.modules[name] = package
    start = folder / "__init__.py"
    with contextlib.suppress(Exception):  # what is missing then is said where it is used
        if start.is_file():
            exec(compile(start.read_bytes(), str(start), "exec", dont_inherit=True), vars(package))  # noqa: S102
