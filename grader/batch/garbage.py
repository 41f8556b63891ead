"""When Python looks for objects that nobody needs any more: what is there for the whole class is left out of it.

Each look goes through all objects there are, so that a class of ten times as many would take longer for each student.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from gc import get_freeze_count


@contextmanager
def set_aside() -> Iterator[None]:
    """What is there now is not looked at meanwhile; what the caller has set aside stays so afterwards."""
    others = get_freeze_count()
    gc.freeze()
    try:
        yield
    finally:
        if not others:
            gc.unfreeze()


@contextmanager
def not_looking() -> Iterator[None]:
    """Nothing is looked at meanwhile: for making many objects that all stay."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()
