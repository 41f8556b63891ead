"""Finding and loading assignments; what students may see of one: all but `hidden/`, for which a placeholder stands."""

from __future__ import annotations

import difflib
import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import types
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import AssignmentError
from grader.finding import Finding

if TYPE_CHECKING:
    from grader.assignment import Assignment

NEVER_COPIED = frozenset({"hidden", "__pycache__", "audit.json"})


class Hidden(types.ModuleType):
    """A module of `hidden/`, and everything in it: can be imported, and called as a check."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Hidden(f"{self.__name__}.{name}")

    def __call__(self, *given: Any, **_: Any) -> Any:
        """As a check: no verdict. As a function that makes a check: a placeholder for it."""
        from grader.evidence import Evidence

        if given and isinstance(given[0], Evidence):
            return Finding.ungraded("this is checked when the work is graded")
        return Hidden(f"{self.__name__}()")


class _HiddenModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self) -> None:
        self.packages: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not any(fullname == package or fullname.startswith(f"{package}.") for package in self.packages):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Hidden(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _ProvidedModules(importlib.abc.MetaPathFinder):
    """The course's modules by the names that students import them by, for a solution that is written as theirs are."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.found: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is not None or self.folder is None:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, [str(self.folder)])
        if found is None or found.loader is None:
            return None
        self.found.add(fullname)
        return found

    def provide(self, folder: Path) -> None:
        """Find those of another assignment from now on."""
        for name in list(sys.modules) if self.found else ():
            if name.partition(".")[0] in self.found:
                del sys.modules[name]
        self.found.clear()
        self.folder = folder
        if self not in sys.meta_path:
            sys.meta_path.append(self)


_HIDDEN, _PROVIDED = _HiddenModules(), _ProvidedModules()


def hide(package: str, *, hidden: bool = True) -> None:
    """Let imports of `package` and its modules give placeholders, or no longer."""
    if _HIDDEN not in sys.meta_path:
        sys.meta_path.insert(0, _HIDDEN)
    (_HIDDEN.packages.add if hidden else _HIDDEN.packages.discard)(package)


def public_files(folder: Path, without: Sequence[str] = ()) -> dict[str, bytes]:
    """The files of an assignment's folder that students may have, by path; `without` names sub-folders to leave out."""
    left_out = NEVER_COPIED | set(without)
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.as_posix(): (folder / path).read_bytes() for path in paths if not left_out & set(path.parts)}


def reference_root(given: Path | None = None) -> Path:
    """The folder that holds the assignments: `--reference`, `GRADER_REFERENCE`, or `reference/` of the checkout."""
    if given is not None:
        return given
    if named := os.environ.get("GRADER_REFERENCE"):
        return Path(named)
    checkout = Path(__file__).resolve().parent.parent / "reference"
    return checkout if checkout.is_dir() else Path(__file__).resolve().parent / "assignments"


def assignment_ids(root: Path) -> list[str]:
    """Every sub-folder of `root` that has an `assignment.py`."""
    return sorted(path.parent.name for path in root.glob("*/assignment.py"))


def load_assignment(assignment_id: str, root: Path, *, public: bool = False) -> Assignment:
    """Import `root/<id>/assignment.py` (trusted code) and return its `ASSIGNMENT`.

    With `public`, or where there is no `hidden/` folder, what is imported from there is a placeholder.
    Raises AssignmentError if there is none, with the ids there are.
    """
    from grader.assignment import Assignment  # NumPy, which building the wheel does without

    known = assignment_ids(root)
    if assignment_id not in known:
        listed = ", ".join(known) or "none"
        close = difflib.get_close_matches(assignment_id, known, 1)
        hint = f"\nhint: did you mean {close[0]}?" if close else ""
        raise AssignmentError(f"assignment {assignment_id!r}: not found in {root} (there: {listed}){hint}")
    folder = root / assignment_id
    package = types.ModuleType(f"reference_{assignment_id}")
    package.__path__ = [str(folder)]
    if package.__name__ in sys.modules:
        for name in [name for name in sys.modules if name.partition(".")[0] == package.__name__]:
            del sys.modules[name]
    sys.modules[package.__name__] = package
    _PROVIDED.provide(folder / "provided")
    hide(f"{package.__name__}.hidden", hidden=public or not (folder / "hidden").is_dir())
    from grader.slips import folder_slips

    found = _imported(folder, package.__name__)
    if not isinstance(found, Assignment):
        raise AssignmentError(
            f"{folder}/assignment.py: expected ASSIGNMENT = Assignment(...), found {type(found).__name__}"
        )
    made = replace(found, id=assignment_id, folder=folder)
    if wrong := list(folder_slips(made)):
        raise AssignmentError("\n".join(f"{folder}: {problem}" for problem in wrong))
    return made


def _imported(folder: Path, package: str) -> Any:
    """The module's `ASSIGNMENT`. Raises AssignmentError, which names file and line."""
    from grader.slips import raised_in

    try:
        return getattr(importlib.import_module(f"{package}.assignment"), "ASSIGNMENT", None)
    except AssignmentError as error:
        where = raised_in(folder, error).partition(f": {type(error).__name__}")[0]
        raise AssignmentError("\n".join(f"{where}: {problem}" for problem in str(error).splitlines())) from error
    except (Exception, SystemExit) as error:
        raise AssignmentError(
            f"{raised_in(folder, error)}\nhint: mend that line, or install what it imports"
        ) from error
