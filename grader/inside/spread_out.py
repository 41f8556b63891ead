"""Where the names of a submission are found: in its main file, in its modules that were imported, in its other files.

Work is often spread over files. What the main file defines itself counts first; another file is looked into only for
a name that the main file does not even try to define. If a third file defines it as well, a person has to look.
"""

from __future__ import annotations

import os
import re
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from . import loading, source
from .raised import is_students_file, mark

MAIN = ("__main__", "submission")  # a file that is executed as a whole
MOST_FILES, MOST_BYTES, MOST_TOLD = 60, 2_000_000, 3
_module_dict = vars(types.ModuleType)["__dict__"].__get__  # a module's class may hide it

Load = Callable[[str], loading.Loaded]


class Undecided(Exception):
    """Several files define a name that the main file does not."""


class SpreadNames(Mapping[str, Any]):
    """Names with their values. Another file is executed, its definitions only, when one of its names is asked for."""

    def __init__(self, loaded: loading.Loaded, entry: str, load: Load) -> None:
        self.main, self.entry, self.load = loaded.namespace, entry, load
        self.last_of_ours = loaded.last_of_ours
        lost = {name for error in loaded.errors for name in error.get("lost", ())}
        self.tried = frozenset(lost | loaded.broken | loaded.skipped)
        self.others: dict[str, Any] = {}
        self._places: dict[str, list[str]] | None = None

    def __getitem__(self, name: str) -> Any:
        for known in (self.main, self.others):
            if name in known:
                return known[name]
        if given := self.imported().get(name):
            if len(given) > 1:
                raise self.undecided(name, [os.path.relpath(file) for file, _ in given.values()])
            return next(value for _, value in given.values())
        if name not in self.tried and (places := self.places().get(name)):
            self.take(name, places)
        return self.others[name]

    def __iter__(self) -> Iterator[str]:
        clear = [name for name, values in self.imported().items() if len(values) == 1]
        return iter({**dict.fromkeys(clear), **self.others, **self.main})

    def __len__(self) -> int:
        return len(list(iter(self)))

    def imported(self) -> dict[str, dict[int, tuple[str, Any]]]:
        """What the submission's own modules give that are imported by now: the different values, each with a file."""
        found: dict[str, dict[int, tuple[str, Any]]] = {}
        for module in self._imported_since():
            names = _module_dict(module)
            if type(file := names.get("__file__")) is str and is_students_file(file):
                for name, value in names.items():
                    if not name.startswith("_") and type(value) is not types.ModuleType:
                        found.setdefault(name, {})[id(value)] = (file, value)
        return found

    def _imported_since(self) -> list[types.ModuleType]:
        """The modules that came after ours, oldest first: to look at all of ours takes longer than a short program."""
        newer = list(takewhile(lambda item: item[0] != self.last_of_ours, reversed(sys.modules.items())))
        return [module for key, module in reversed(newer) if type(module) is types.ModuleType and key not in MAIN]

    def places(self) -> dict[str, list[str]]:
        """The files beside the main file that define a name, by the name."""
        if self._places is None:
            self._places = {}
            for file in _other_files(self.entry):
                for name in _defined(file):
                    self._places.setdefault(name, []).append(file)
        return self._places

    def take(self, name: str, files: Sequence[str]) -> None:
        """Execute the definitions of another file, for one of its names. With several nobody knows which one counts."""
        if len(files) > 1:
            raise self.undecided(name, files)
        found = self.load(files[0]).namespace
        if name in found:
            self.others[name] = found[name]

    def undecided(self, name: str, files: Sequence[str]) -> Undecided:
        """What is raised in place of a guess: a person has to say which file counts."""
        words = f"{name} is not defined in {self.entry}, but in {' and in '.join(files[:MOST_TOLD])}"
        return mark(Undecided(words), "unknown")

    def take_fitting(self, patterns: Collection[str]) -> bool:
        """The same for names by the first of the patterns that fits some; whether there are any."""
        for pattern in patterns:
            fitting = [name for name in self.places() if re.search(pattern, name, re.IGNORECASE)]
            if fitting:
                return any(name in self for name in fitting if name not in self.main)
        return False


def _other_files(entry: str) -> list[str]:
    here, main = Path.cwd(), Path(entry).absolute()
    found = sorted(path.relative_to(here) for kind in ("*.py", "*.ipynb") for path in here.rglob(kind))
    shown = [path for path in found if not any(part.startswith((".", "__MACOSX")) for part in path.parts)]
    small = [path for path in shown if here / path != main and path.is_file() and path.stat().st_size <= MOST_BYTES]
    return [str(path) for path in small[:MOST_FILES]]


def _defined(file: str) -> set[str]:
    """The functions, classes and values that a file defines at its top level. Nothing if it is no Python."""
    try:
        trees = [source.usable(chunk)[0] for chunk in source.chunks(file, Path(file).read_bytes())]
    except (source.SourceError, OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return set()
    nodes = [node for tree in trees for node in tree.body]
    return {name for node in nodes for name in source.defined(node) - source.imported(node)}
