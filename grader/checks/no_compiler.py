"""PyTorch measures operations on shapes that are plain numbers, and imports its compiler for that: here it does not.

Three modules are asked for on the way: the compiler, to be told what not to compile; the shapes of which sizes are
unknown; and SymPy, whose symbols stand for such sizes. They take two CPU seconds of each assessing process.
"""

from __future__ import annotations

import operator
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from typing import Any

COMPILER, SHAPES, ALGEBRA = "torch._dynamo", "torch.fx.experimental.symbolic_shapes", "sympy"


@contextmanager
def without_compiler(names: Iterable[str] = (COMPILER, SHAPES, ALGEBRA)) -> Iterator[None]:
    """Stand-ins for them, each where nobody has imported it: then nothing is compiled, and no size is unknown."""
    made = [STAND_INS[name]() for name in names if name not in sys.modules]
    sys.modules.update({one.__name__: one for one in made})
    try:
        yield
    finally:
        for one in made:
            if sys.modules.get(one.__name__) is one:
                del sys.modules[one.__name__]


class _Compiler(types.ModuleType):
    """Is told what not to compile."""

    def __init__(self) -> None:
        super().__init__(COMPILER)

    @staticmethod
    def disable(function: Any, *_: Any, **__: Any) -> Any:
        """The function as it is."""
        return function


class _GivesWay(types.ModuleType):
    """Answers what can be asked about known sizes; for everything else it gives way to the module itself."""

    def __getattr__(self, name: str) -> Any:
        parts_of_a_package = self.__name__ == ALGEBRA and name == "__path__"
        if name.startswith("__") and not parts_of_a_package:
            raise AttributeError(name)
        for one in STAND_INS:  # what the module imports itself has to be the real one, too
            if isinstance(sys.modules.get(one), _GivesWay):
                del sys.modules[one]
        return getattr(import_module(self.__name__), name)


def _shapes() -> types.ModuleType:
    found = _GivesWay(SHAPES)
    vars(found).update(_OF_KNOWN_SIZES)
    return found


def _algebra() -> types.ModuleType:
    """Whether a number is one of its symbols is all that is asked of it."""
    found = _GivesWay(ALGEBRA)
    vars(found).update(Basic=_Symbol, Symbol=_Symbol)
    return found


class _Symbol:
    """No number is one."""


def _known(condition: bool, *_: Any) -> bool:
    if type(condition) is not bool:
        raise AssertionError(f"expected a bool, found {type(condition).__name__}")
    return condition


def _all(*conditions: Any) -> Any:
    return reduce(operator.and_, conditions)


def _any(*conditions: Any) -> Any:
    return reduce(operator.or_, conditions)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


_CONDITIONS = ("expect_true", "guard_or_false", "guard_or_true", "guard_size_oblivious", "statically_known_true")
_OF_KNOWN_SIZES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(_CONDITIONS, _known),
    "guarding_hint_or_throw": lambda size: size,
    "has_guarding_hint": lambda _: True,
    "is_nested_int": lambda _: False,
    "sym_and": _all,
    "sym_or": _any,
    "sym_eq": _same,
}
STAND_INS: dict[str, Callable[[], types.ModuleType]] = {
    COMPILER: _Compiler,
    SHAPES: _shapes,
    ALGEBRA: _algebra,
}
