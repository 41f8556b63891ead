"""Finding what a submission calls the functions and classes that an assignment asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


class NotThere(Exception):
    """Nothing in the submission has such a name. The message is for the student."""


def named(namespace: Mapping[str, Any], asked: str, patterns: Sequence[str]) -> tuple[str, Callable[..., Any]]:
    """The last definition whose name fits the first pattern that any name fits. Raises NotThere with `asked`."""
    values = list(_callables(namespace))
    for pattern in patterns:
        if found := [pair for pair in values if re.search(pattern, pair[0], re.IGNORECASE)]:
            return found[-1]
    raise NotThere(asked)


def _callables(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Functions and classes, and the functions inside of plain classes, which come first."""
    for value in dict(namespace).values():
        if isinstance(value, type) and "forward" not in vars(value):
            yield from (
                (inner, getattr(value, inner))
                for inner, part in list(vars(value).items())
                if isinstance(part, staticmethod | classmethod) and not inner.startswith("__")
            )
    yield from (
        (name, value) for name, value in dict(namespace).items() if callable(value) and not name.startswith("__")
    )
