"""Modules of a submission that are called as one of Python's or of an installed package, such as `code` or `test`.

Where a program is started its own folder comes first, and `from test import shift` means `test.py` beside it. Here
packages are there before the submission is, and most own files of such names are never imported: a `numpy.py` is a
program that was called so. So an own file is meant where it gives a name that the installed module has not.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import re
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import source

HOME = "beside_the_main_file"
MAX_BYTES = 2_000_000


def look_in(folders: Sequence[str]) -> None:
    """From now on own modules lie in these folders, those first that come first."""
    known = sys.modules.get(HOME)
    home = known if known is not None and [*known.__path__] == [*folders] else types.ModuleType(HOME)
    home.__path__ = [*folders]
    sys.modules[HOME] = home


def meant(tree: ast.Module, text: str) -> ast.Module:
    """The tree, whose imports name own modules where those are meant. What it imports may be used anywhere in `text`,
    as in other cells of a notebook.
    """
    own = {top for top in set(_imported(tree)) if (file := _file(top)) and _is_meant(tree, text, top, file)}
    return ast.fix_missing_locations(_Renamed(own).visit(tree)) if own else tree


def _imported(tree: ast.Module) -> Iterator[str]:
    """The first names of what is imported, but for relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _file(top: str) -> Path | None:
    """The own file of a module, or the first of a package."""
    home = sys.modules.get(HOME)
    folders = [] if home is None else [Path(folder) for folder in home.__path__]
    files = (folder / name for folder in folders for name in (f"{top}.py", f"{top}/__init__.py"))
    return next((file for file in files if file.is_file() and file.stat().st_size <= MAX_BYTES), None)


def _is_meant(tree: ast.Module, text: str, top: str, file: Path) -> bool:
    """Whether something is asked of the module that the own file gives, and the installed one has not."""
    installed = _installed(top)
    if installed is None:
        return False  # it is found as every other file is
    lines = text.replace("\\n", "\n")  # as notebooks write them
    asked = set(_asked(tree, lines, top))
    given = _given(file)
    if "*" in asked:
        asked |= set(re.findall(r"\w+", lines)) - _defined(tree)
    return any(name in given and not _has(installed, name) for name in asked)


def _installed(top: str) -> types.ModuleType | None:
    """The module of that name that is none of the submission's."""
    known = sys.modules.get(top)
    if known is None:
        try:
            spec = importlib.util.find_spec(top)
            if spec is None or _is_own(spec.origin):
                return None
            known = importlib.import_module(top)
        except Exception:  # noqa: BLE001 - a module may do anything when it is looked for
            return None
    return None if type(known) is not types.ModuleType or _is_own(vars(known).get("__file__")) else known


def _is_own(file: object) -> bool:
    return isinstance(file, str) and Path(file).absolute().is_relative_to(Path.cwd())


def _has(module: types.ModuleType, name: str) -> bool:
    if hasattr(module, name):
        return True
    try:
        return hasattr(module, "__path__") and importlib.util.find_spec(f"{module.__name__}.{name}") is not None
    except Exception:  # noqa: BLE001 - as above
        return False


def _asked(tree: ast.Module, text: str, top: str) -> Iterator[str]:
    """What is taken out of a module: names and parts of it; `*` for all."""
    called: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first, _, rest = alias.name.partition(".")
                if first == top and rest:
                    yield rest.partition(".")[0]
                elif first == top:
                    called.add(alias.asname or top)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            first, _, rest = node.module.partition(".")
            if first == top:
                yield from [rest.partition(".")[0]] if rest else [alias.name for alias in node.names]
    for name in called:
        yield from re.findall(rf"(?<![\w.]){re.escape(name)}\.(\w+)", text)


def _given(file: Path) -> set[str]:
    """What a file defines; of a package its files and folders too."""
    names: set[str] = set()
    with contextlib.suppress(source.SourceError, SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        names |= _defined(source.usable(source.Chunk(str(file), source.decode(file.read_bytes())))[0])
    return names | ({part.stem for part in file.parent.iterdir()} if file.name == "__init__.py" else set())


def _defined(tree: ast.Module) -> set[str]:
    return {name for node in tree.body for name in source.defined(node)}


class _Renamed(ast.NodeTransformer):
    """Imports of own modules are those of parts of `HOME`."""

    def __init__(self, own: set[str]) -> None:
        self.own = own

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        if not node.level and node.module and node.module.partition(".")[0] in self.own:
            node.module = f"{HOME}.{node.module}"
        return node

    def visit_Import(self, node: ast.Import) -> ast.Import:
        node.names = [renamed for alias in node.names for renamed in self._renamed(alias)]
        return node

    def _renamed(self, alias: ast.alias) -> Iterator[ast.alias]:
        top, _, rest = alias.name.partition(".")
        if top not in self.own:
            yield alias
        elif not rest or alias.asname:
            yield ast.alias(f"{HOME}.{alias.name}", alias.asname or top)
        else:
            yield ast.alias(f"{HOME}.{alias.name}", "_")
            yield ast.alias(f"{HOME}.{top}", top)
