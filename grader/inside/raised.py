"""What a student's exception says, read so that reading it cannot raise another one."""

from __future__ import annotations

import traceback
from pathlib import Path

LAST_CALLS = 30
_class_name = vars(type)["__name__"].__get__  # a metaclass may hide it behind a property of its own


def class_name(kind: type) -> str:
    """The name that the class statement gave."""
    return str(_class_name(kind))[:200]


def message(error: BaseException) -> str:
    """`str(error)`, at most 1000 characters."""
    try:
        return str.__str__(str(error))[:1000]
    except BaseException:  # noqa: BLE001 - a student's __str__ may do anything
        return "(no message)"


def last_line(error: BaseException) -> str:
    """The exception as the last line of a traceback shows it."""
    try:
        return "".join(traceback.format_exception_only(error)).strip()[-1000:]
    except BaseException:  # noqa: BLE001 - as above
        return class_name(type(error))


def report(error: BaseException) -> str:
    """The end of the traceback, at most 4000 characters of its last calls."""
    try:
        return "".join(traceback.format_exception(error, limit=-LAST_CALLS))[-4000:]
    except BaseException:  # noqa: BLE001 - as above
        return last_line(error)


def line_in(error: BaseException, where: str) -> int | None:
    """The last line of the file `where` that was running, or that could not be parsed."""
    try:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == where]
        line = lines[-1] if lines else getattr(error, "lineno", None)
    except BaseException:  # noqa: BLE001 - as above
        return None
    return line if type(line) is int else None


_traceback = vars(BaseException)["__traceback__"].__get__  # a subclass may hide it


def in_student_code(error: BaseException) -> bool:
    """Whether a line of the submission was running, at any depth, when it was raised."""
    here = str(Path.cwd())
    for frame, _ in traceback.walk_tb(_traceback(error)):
        name = frame.f_code.co_filename
        if name.startswith(here) or ", code cell " in name or (not Path(name).is_absolute() and Path(name).exists()):
            return True
    return False
