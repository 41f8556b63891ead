"""What a wrong result holds instead of the right one: the usual mistakes are tried, each by what it would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Usual = tuple[str, str, Any]  # the mistake in words, what to do about it, and what makes it: a function, or its name


def usual_mistake(usual: Iterable[Usual], gives: Callable[[Any], bool]) -> tuple[str, str] | None:
    """Words and advice of the first mistake that `gives` what was found; None if none does."""
    return next(((words, todo) for words, todo, wrong in usual if gives(wrong)), None)
