"""The one kind of exception that a user can do something about; and memory that ran out, which nobody can."""

from __future__ import annotations

import re

_NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|std::bad_alloc")


class UserError(Exception):
    """Shown as it is, without a traceback: what was expected, what was found, and a `hint:`."""


class AssignmentError(UserError):
    """An assignment's folder is not as it should be. The message is for the instructor."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: PyTorch says so in words."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and bool(_NO_MEMORY.search(str(error))))
