"""What a check was given when it was made (numbers, functions, settings), as a text that is the same for the same."""

from __future__ import annotations

import hashlib
import re
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import numpy as np

PLAIN = (bool, int, float, complex, str, bytes, Decimal, Fraction, range, slice, type(None), type(Ellipsis))


class Unfollowed(Exception):
    """Something of which nobody can say whether it is still the same."""


class Fingerprint:
    """Takes fingerprints, and collects the assignment's own modules (`sources`) whose code they stand for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._met: dict[int, int] = {}
        self._held: list[Any] = []
        self.sources: set[Path] = set()

    def of(self, value: Any) -> str:
        """The text that stands for a value and all it holds. Raises Unfollowed."""
        if isinstance(value, Enum) or not isinstance(value, PLAIN):
            if id(value) in self._met:
                return f"the same as {self._met[id(value)]}"
            self._met[id(value)] = len(self._met)
            self._held.append(value)  # so that no other object gets its number
        return self._text(value)

    def _text(self, value: Any) -> str:
        for kinds, taken in self._ways:
            if isinstance(value, kinds):
                return taken(value)
        if is_dataclass(value) or not callable(value):
            return self._object(value)
        return self._callable(value)

    @cached_property
    def _ways(self) -> Sequence[tuple[Any, Callable[[Any], str]]]:
        """What is done with a value, by its kind; the first one that fits."""
        return (
            (Enum, lambda value: f"{self._named(type(value))}.{value.name}"),
            (slice, lambda value: f"slice {self._parts((value.start, value.stop, value.step))}"),
            (PLAIN, lambda value: f"{type(value).__qualname__} {value!r}"),
            ((list, tuple), lambda value: f"{self._named(type(value))} {self._parts(value)}"),
            ((dict, MappingProxyType), lambda value: self._parts([part for pair in value.items() for part in pair])),
            ((set, frozenset), lambda value: f"set {sorted(self.of(part) for part in value)}"),
            ((np.ndarray, np.generic), lambda value: self._array(np.asarray(value))),
            (Path, self._path),
            (re.Pattern, lambda value: f"pattern {value.pattern!r} {value.flags}"),
            (ModuleType, lambda value: f"module {self._source(value.__name__)}"),
            (type, lambda value: f"type {self._named(value)}"),
            (threading.local, lambda _: "kept by a thread"),
            (partial, lambda value: f"partial {self._parts((value.func, value.args, value.keywords))}"),
            (MethodType, lambda value: f"method {self._parts((value.__func__, value.__self__))}"),
            (FunctionType, self._function),
        )

    def _parts(self, parts: Any) -> str:
        return f"({', '.join([self.of(part) for part in parts])})"

    def _array(self, value: np.ndarray[Any, Any]) -> str:
        if value.dtype.hasobject:
            raise Unfollowed
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return f"array {value.dtype} {value.shape} {content}"

    def _path(self, path: Path) -> str:
        """A file by its place in the assignment and its content; a folder is not followed."""
        if path.is_dir():
            raise Unfollowed
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not there"
        place = path.relative_to(self._folder) if path.is_relative_to(self._folder) else path
        return f"path {place} {content}"

    def _function(self, value: FunctionType) -> str:
        """Its place, and what it was given when it was made."""
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        given = (cells, value.__defaults__, value.__kwdefaults__, vars(value).get("__wrapped__"))
        return f"function {self._named(value)} {self._parts(given)}"

    def _callable(self, value: Any) -> str:
        if isinstance(value, BuiltinFunctionType) and value.__module__ is None:
            return f"function {value.__qualname__} of {self.of(value.__self__)}"
        if _is_of_library(value):
            return f"function {self._named(value)}"
        if isinstance(wrapped := getattr(value, "__wrapped__", None), FunctionType):
            return f"remembering {self._parts((wrapped,))}"
        return self._object(value)

    def _object(self, value: Any) -> str:
        """One whose parts can be listed. Others may hold anything."""
        kind = self._named(type(value))
        if kind in ("torch.dtype", "torch.device"):
            return repr(value)
        if is_dataclass(value):
            return f"{kind} {self._parts([getattr(value, part.name) for part in fields(value)])}"
        if not _is_known(type(value).__module__) or not hasattr(value, "__dict__") or _has_slots(type(value)):
            raise Unfollowed
        return f"{kind} {self.of(dict(vars(value)))}"

    def _named(self, value: Any) -> str:
        """The place of a definition. That of a function without a name says which of its file's it is."""
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if not isinstance(module, str) or not isinstance(name, str):
            raise Unfollowed
        code = getattr(value, "__code__", None)
        place = f" line {code.co_firstlineno}" if code is not None and "<lambda>" in name else ""
        return f"{self._source(module)}.{name}{place}"

    def _source(self, module: str) -> str:
        """The name of a module; the files of the assignment's own are noted. Raises Unfollowed for one without file."""
        file = getattr(sys.modules.get(module), "__file__", None)
        if file is not None and Path(file).is_relative_to(self._folder):
            self.sources.add(Path(file))
        elif not _is_known(module) and module.partition(".")[0] not in (*sys.stdlib_module_names, *LIBRARIES):
            raise Unfollowed
        return module


def _is_of_library(value: Any) -> bool:
    """Whether a function is one of a package whose version counts."""
    module = getattr(value, "__module__", None)
    top = module.partition(".")[0] if isinstance(module, str) else ""
    return hasattr(value, "__qualname__") and (top in LIBRARIES or top in sys.stdlib_module_names)


# Whose versions, and that of Python, are part of what a finding rests on.
LIBRARIES = ("torch", "torchvision", "numpy", "sklearn")


def _is_known(module: str) -> bool:
    """Whether a module is the grader's or an assignment's, whose files are digested."""
    top = module.partition(".")[0]
    return top == "grader" or top.startswith("reference_")


def _has_slots(kind: type) -> bool:
    return any("__slots__" in vars(part) for part in kind.__mro__ if _is_known(part.__module__))
