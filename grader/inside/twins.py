"""Twins of functions and classes of libraries, in their places: they tell who calls, and do what their originals do."""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib
import re
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .raised import class_name, is_students_file

IMPORTED_FIRST = "imported first"  # the place of a module that is not loaded
# Parts of packages that go by the names of functions and are none of a student's.
LEFT_ALONE = frozenset(("onnx", "testing", "fx", "jit", "export", "distributed", "package", "compiler", "utils"))


# Told of a call: its name, the caller's frame, the twin, and what makes it the submission's own, whoever calls.
Note = Callable[[str, types.FrameType | None, object, str], None]


class Twins:
    """Packages that nobody has loaded yet are loaded only if `texts` name them."""

    def __init__(self, note: Note, texts: str) -> None:
        self.note, self.texts = note, texts
        self.places: dict[str, set[str]] = {}  # by name, where twins stand
        self.methods: dict[str, str] = {}  # of arrays: their type cannot be changed, so their calls are followed
        self.known: dict[int, Any] = {}  # twins by the identity of what they stand for
        self.originals: list[Any] = []  # kept, so that no other object gets an identity of theirs

    def is_twin(self, value: object) -> bool:
        """Whether a value is one of them."""
        return any(value is twin for twin in self.known.values())

    def watch(self, name: str) -> None:
        """A function or class wherever its package has it: at its own place, and by the same last name elsewhere.

        Raises ImportError, AttributeError where there is none.
        """
        home, _, last = name.rpartition(".")
        top = name.partition(".")[0]
        owner = self._owner(home)
        for place, module in list(sys.modules.items()):
            if (f"{place}.").startswith(f"{top}.") and _is_public(place):
                self._replace(module, place, last, name)
        if top == "torch":
            self._replace_method(self._owner("torch.Tensor"), "torch.Tensor", last, name)
        if top == "numpy" and callable(getattr(np.ndarray, last, None)):
            self.methods[last] = name
            self.places.setdefault(name, set()).add(f"numpy.ndarray.{last}")
        if isinstance(owner, type) and owner is not np.ndarray:
            self._replace_method(owner, home, last, name)

    def watch_members(self, name: str) -> None:
        """All that a module has of its own. One that nobody has loaded has to be imported first, which is seen.

        Raises as `watch` does.
        """
        if name not in sys.modules:
            self.places.setdefault(name, set()).add(IMPORTED_FIRST)
        elif isinstance(module := self._owner(name), types.ModuleType):
            for part, value in list(vars(module).items()):
                if not part.startswith("_") and str(getattr(value, "__module__", "")).startswith(name):
                    self._replace(module, name, part, f"{name}.{part}")

    def watch_imports(self, names: tuple[str, ...]) -> None:
        """Imports of these modules and of what lies in them, by statement or by `import_module`."""
        plain, by_name = builtins.__import__, importlib.import_module

        def note(name: str, parts: list[str]) -> None:
            for wanted in names:
                fits = next((one for one in (name, *parts) if f"{one}.".startswith(f"{wanted}.")), None)
                if fits is not None and not _is_own_module(name.partition(".")[0]):
                    self.note(f"import {fits}", sys._getframe(2), None, "")

        @functools.wraps(plain)
        def imported(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:  # noqa: A002 - as Python has them
            if not level:
                note(name, [f"{name}.{part}" for part in fromlist or ()])
            return plain(name, globals, locals, fromlist, level)

        @functools.wraps(by_name)
        def import_module(name: str, package: str | None = None) -> Any:
            note(name, [])
            return by_name(name, package)

        builtins.__import__, importlib.import_module = imported, import_module
        for name in names:
            self.places.setdefault(name, set()).add(f"import {name}")

    def _owner(self, dotted: str) -> Any:
        """A module, or a class in one. Raises ImportError, AttributeError."""
        parts = dotted.split(".")
        found: Any = None
        for count, part in enumerate(parts, 1):
            here = ".".join(parts[:count])
            if here not in sys.modules and not hasattr(found, part) and re.search(rf"\b{part}\b", self.texts):
                importlib.import_module(here)
            found = sys.modules[here] if here in sys.modules else getattr(found, part)
        return found

    def _replace(self, module: Any, place: str, last: str, name: str) -> None:
        value = getattr(module, "__dict__", {}).get(last)
        if value is None or isinstance(value, types.ModuleType) or not callable(value):
            return
        if isinstance(value, type):
            if not self._watch_class(value, name):
                return
        else:
            setattr(module, last, self._twin(value, name))
        self.places.setdefault(name, set()).add(f"{place}.{last}")

    def _replace_method(self, owner: type, place: str, last: str, name: str) -> None:
        value = getattr(owner, last, None)
        if callable(value) and not isinstance(value, type):
            static = isinstance(vars(owner).get(last), staticmethod | classmethod)
            twin = self._twin(value, name)
            type.__setattr__(owner, last, staticmethod(twin) if static else twin)
            self.places.setdefault(name, set()).add(f"{place}.{last}")

    def _twin(self, original: Any, name: str) -> Callable[..., Any]:
        if self.is_twin(original):
            return original  # type: ignore[no-any-return]
        if id(original) in self.known:
            return self.known[id(original)]  # type: ignore[no-any-return]

        @functools.wraps(original)
        def called(*args: Any, **kwargs: Any) -> Any:
            self.note(name, sys._getframe(1), called, "")
            return original(*args, **kwargs)

        if not isinstance(original, types.FunctionType):
            for part in dir(original):  # such as `reduce` of NumPy's functions
                if not part.startswith("_"):
                    with contextlib.suppress(Exception):
                        setattr(called, part, getattr(original, part))
        self._keep(original, called)
        return called

    def _watch_class(self, kind: type, name: str) -> bool:
        """Watch the making of objects; whether that can be."""
        if id(kind) in self.known:
            return True
        original: Any = kind.__init__  # type: ignore[misc]
        if original is object.__init__:
            return False

        @functools.wraps(original)
        def made(this: Any, *args: Any, **kwargs: Any) -> None:
            own = type(this) is not kind and is_students(type(this))
            self.note(name, sys._getframe(1), kind, f"the class {class_name(type(this))}" if own else "")
            original(this, *args, **kwargs)

        try:
            type.__setattr__(kind, "__init__", made)
        except TypeError:
            return False
        self._keep(kind, kind)
        return True

    def _keep(self, original: Any, twin: Any) -> None:
        self.known[id(original)] = twin
        self.originals.append(original)


def is_students(kind: type) -> bool:
    """Whether a class is one of the submission's."""
    named: Mapping[str, Any] = vars(type)["__dict__"].__get__(kind)
    module = str(named.get("__module__", ""))
    file = str(getattr(sys.modules.get(module), "__file__", None) or "")
    return module in ("submission", "__main__") or is_students_file(file)


def _is_public(place: str) -> bool:
    return not any(part.startswith("_") or part in LEFT_ALONE for part in place.split("."))


def _is_own_module(top: str) -> bool:
    folder = Path.cwd()
    return any(True for end in (f"{top}.py", f"{top}/__init__.py") for _ in folder.rglob(end))
