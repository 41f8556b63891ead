"""What an exception in the sandbox comes from, as far as can be seen here: data, from which it is judged outside.

`in_student_code` alone does not tell: a package that is not installed here is missed in a student's line, and a
student's `nn.Sequential` fails without any line of the student's.
"""

from __future__ import annotations

import ast
import gc
import importlib.util
import re
import sys
import traceback
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import third_party
from .aliases import NotTraceable
from .building import CannotCall
from .raised import STEP, Cause, in_student_code, is_students_file, last_line, mark, marked

MAX_CHAIN = 20
STANDINS = f"{__package__}.standins"
_BAD_CALL = re.compile(r"([\w.<>]+)\(\) (?:missing \d|takes |got (?:an unexpected keyword|multiple values|some pos))")
_HOLDERS = (types.SimpleNamespace, types.FunctionType)  # what a step may give methods
_KEYWORD = "got an unexpected keyword argument"
_cause, _context, _traceback = (
    vars(BaseException)[name].__get__ for name in ("__cause__", "__context__", "__traceback__")
)
_qualname, _module = (type.__dict__[name].__get__ for name in ("__qualname__", "__module__"))
OURS: tuple[Cause, ...] = ("package", "stand-in", "operation", "handed", "unknown")
_NOT_DEFINED: dict[str, Cause] = {}  # names of the submission that have no value because of what is missing here


@contextmanager
def their_objects() -> Iterator[None]:
    """In here a student's objects are used: what is raised is the student's, whoever's lines were running."""
    try:
        yield
    except BaseException as error:
        mark(error, "object")
        raise


def told(error: BaseException, length: int = 1000) -> dict[str, Any]:
    """An exception as the part of a frame's header from which it is judged whose it is."""
    found: dict[str, Any] = {"error": last_line(error)[:length], "in_student_code": in_student_code(error)}
    return found | ({"cause": why} if (why := cause(error)) else {})


def cause(error: BaseException) -> Cause | None:
    """What an exception comes from, or what it was raised from or during comes from."""
    first: Cause | None = None
    for part in _chain(error):
        found = _cause_of(part)
        if found in OURS:
            return found
        first = first or (found if part is error else None)
    return first


def _chain(error: BaseException) -> Iterator[BaseException]:
    part: BaseException | None = error
    for _ in range(MAX_CHAIN):
        if part is None:
            return
        yield part
        part = _cause(part) or _context(part)


def _cause_of(error: BaseException) -> Cause | None:
    kind = type(error)
    known = marked(error)
    if issubclass(kind, NotTraceable):
        return "operation"
    name = getattr(error, "name", None) if kind in (ModuleNotFoundError, NameError) else None
    if type(name) is str and (lost := _lost_to(kind, name)) is not None:
        return lost
    if issubclass(kind, CannotCall):
        return known or "call"
    if kind is AttributeError and _is_standin(getattr(error, "obj", None)):
        return "stand-in"
    if kind is TypeError and (bad := _BAD_CALL.search(last_line(error))):
        return _of_call(bad[1], error) or known
    return known


def _lost_to(kind: type, name: str) -> Cause | None:
    """What is missing here that took a name, or a module, away."""
    if kind is NameError:
        return _NOT_DEFINED.get(name)
    return "package" if is_absent(name) else None


def is_absent(module: object) -> bool:
    """Whether a module is of a known package that is not installed, and no file of the submission is called so."""
    if type(module) is not str:
        return False
    top = module.partition(".")[0]
    return top in third_party.NAMES and not _is_installed(top) and not _is_handed_in(top)


def _is_handed_in(top: str) -> bool:
    return any(True for name in (f"{top}.py", f"{top}/__init__.py") for _ in Path.cwd().rglob(name))


def _is_installed(top: str) -> bool:
    try:
        return top in sys.modules or importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def remember_imports(tree: ast.AST) -> None:
    """Note which names a source text imports from packages that are not here: later they will not be defined."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
                name = alias.asname or (alias.name if isinstance(node, ast.ImportFrom) else module.partition(".")[0])
                if module.partition(".")[0] in third_party.NAMES and is_absent(module):
                    _NOT_DEFINED[name] = "package"


def remember_lost(names: Iterable[str], why: Cause | None) -> None:
    """Note names that a statement would have defined which failed: what then misses them failed for the same cause."""
    if why in OURS:
        _NOT_DEFINED.update(dict.fromkeys(names, why))


def _is_standin(value: object) -> bool:
    """Whether a value is a stand-in for something of the world outside, or was made by one."""
    kind = value if issubclass(type(value), type) else type(value)
    return str(_module(kind)).startswith(STANDINS)


def _of_call(name: str, error: BaseException) -> Cause | None:
    """Whose function could not be called as it was: a student's called by us, or a stand-in's called by a student, or
    one that the assignment's own step hands over. What the handout calls the arguments of that is not known here.
    """
    where = {found for part in gc.get_objects() if (found := _defined_in(part, name)) is not None}
    own = any(is_students_file(file) for file in where)
    if not in_student_code(error) and own:
        return "call"
    if in_student_code(error) and _KEYWORD in last_line(error) and ((STEP in where and not own) or _holds(error, name)):
        return "handed"
    standins = str(Path(__file__).parent / "standins")
    return "stand-in" if in_student_code(error) and where and all(file.startswith(standins) for file in where) else None


def _holds(error: BaseException, name: str) -> bool:
    """Whether the line that made the call has a function of this name that a step of the assignment's made."""
    frames = [frame for frame, _ in traceback.walk_tb(_traceback(error))]
    values = list(frames[-1].f_locals.values()) if frames else []
    values += [part for value in values if type(value) in _HOLDERS for part in vars(value).values()]
    return any(_defined_in(value, name) == STEP for value in values)


def _defined_in(part: object, name: str) -> str | None:
    """The file of the function or class of this qualified name."""
    if type(part) is types.FunctionType:
        return part.__code__.co_filename if part.__qualname__ == name else None
    if not issubclass(type(part), type) or _qualname(part) not in (name, name.rpartition(".")[0]):
        return None
    module = sys.modules.get(str(_module(part)))
    return str(getattr(module, "__file__", None) or "")
