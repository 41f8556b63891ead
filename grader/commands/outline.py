"""What `grader list` shows, without the seconds that PyTorch and its like take to import.

An assignment names its checks, so that loading it imports what they compute with. Nothing is computed here: in a
process of its own, placeholders stand for those packages. What cannot be loaded so is loaded as it is.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.catalog import load_assignment
from grader.errors import AssignmentError

if TYPE_CHECKING:
    from grader.assignment import Assignment

HEAVY = frozenset({"matplotlib", "pandas", "scipy", "sklearn", "torch", "torchvision"})
LIMIT_S = 60
# Run as a file: as a module of `grader.commands` it would first import every command.
PROGRAM = "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')"


def outlines(root: Path, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Title, points and criteria of each assignment; `problem` in place of them where it cannot be used."""
    quick = {} if HEAVY & sys.modules.keys() else _quick(root, ids)
    return [quick.get(one) or _real(one, root) for one in ids]


def _quick(root: Path, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What another process made of them; empty if it did not come to its end."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, __file__, str(root), *ids], capture_output=True, timeout=LIMIT_S, check=True
        )
        found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return {}
    return found


def _real(assignment_id: str, root: Path) -> dict[str, Any]:
    try:
        return outline(load_assignment(assignment_id, root))
    except AssignmentError as error:  # one that cannot be used hides no other
        return {"id": assignment_id, "problem": str(error)}


def outline(assignment: Assignment) -> dict[str, Any]:
    """An assignment as JSON values."""
    return {
        "id": assignment.id,
        "title": assignment.title,
        "course": assignment.course,
        "points": float(assignment.points),
        "due": None if assignment.due is None else assignment.due.isoformat(),
        "criteria": [
            {"id": one.id, "title": one.title, "points": float(one.points), "manual": one.manual}
            for one in assignment.rubric
        ],
    }


class Anything(types.ModuleType):
    """Stands for a module and for whatever is taken from it: can be called, indexed, or be a base class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)

    def __call__(self, *_: Any, **__: Any) -> Any:
        """As a function, a class or a decorator."""
        return Anything("anything")

    def __getitem__(self, _: Any) -> Any:
        return self

    def __or__(self, _: Any) -> Any:
        return self

    __ror__ = __or__

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:
        """As a base class it adds nothing."""
        return ()


class _Placeholders(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        heavy = fullname.partition(".")[0] in HEAVY
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True) if heavy else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Anything(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def _main(root: str, *ids: str) -> None:
    sys.meta_path.insert(0, _Placeholders())
    found = {}
    for assignment_id in ids:
        try:
            found[assignment_id] = outline(load_assignment(assignment_id, Path(root)))
        except AssignmentError:  # it is loaded again, as it is
            continue
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
