"""What a student's exception says, read so that reading it cannot raise another one."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Literal, TypeVar

# Ours: package, stand-in, operation are missing here; unknown: nobody told us what to pass.
# The student's, though no line of theirs need have been running: time, call, object.
PACKAGE = "handed_in"  # what a submission belongs to whose imports are relative; nobody wrote it, so nobody reads it
STEP = "<step>"  # the file of what an assignment's own steps define
Cause = Literal["package", "stand-in", "operation", "handed", "unknown", "time", "call", "object"]
Error = TypeVar("Error", bound=BaseException)

LAST_CALLS = 30
_class_name = vars(type)["__name__"].__get__  # a metaclass may hide it behind a property of its own


def class_name(kind: type) -> str:
    """The name that the class statement gave."""
    return str(_class_name(kind))[:200]


def message(error: BaseException) -> str:
    """`str(error)`, at most 1000 characters."""
    try:
        return str.__str__(str(error)).replace(f"'{PACKAGE}.", "'.")[:1000]
    except BaseException:  # noqa: BLE001 - a student's __str__ may do anything
        return "(no message)"


def last_line(error: BaseException) -> str:
    """The exception as the last line of a traceback shows it."""
    try:
        return "".join(traceback.format_exception_only(error)).replace(f"'{PACKAGE}.", "'.").strip()[-1000:]
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


_attributes = vars(BaseException)["__dict__"].__get__


def mark(error: Error, cause: Cause) -> Error:
    """The same exception, with what it comes from."""
    _attributes(error).setdefault("_grader_cause", cause)
    return error


def marked(error: BaseException) -> Cause | None:
    """What an exception was marked with."""
    found: Cause | None = _attributes(error).get("_grader_cause")
    return found


def in_student_code(error: BaseException) -> bool:
    """Whether a line of the submission was running, at any depth, when it was raised."""
    return any(is_students_file(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(_traceback(error)))


def is_students_file(name: str) -> bool:
    """Whether code of this file name is the submission's: one of its files, or a cell of its notebook."""
    if name.startswith(os.getcwd()) or ", code cell " in name:  # noqa: PTH109 - asked of each frame and module
        return True
    return bool(name) and not name.startswith("/") and Path(name).exists()
